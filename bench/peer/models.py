"""The peer's tables: CARA's names, columns and indexes, as Django models."""

from typing import ClassVar

from django.db import models
from django.db.models import Index

text, day, instant = models.TextField, models.DateField, models.DateTimeField
_RUNNING = models.Q(accepted_at__isnull=False, completed_at=None, breached_at=None, closed_at=None)
"""What CARA's index of deadlines covers."""


class Organisation(models.Model):
    id = text(primary_key=True)
    name = text()
    force_id = text(null=True)
    mail_domains = models.JSONField(default=list)
    issuer = text(null=True, unique=True)
    client_id = text(default="")
    client_auth = text(default="none")
    entra = models.BooleanField(default=False)
    groups_claim = text(default="groups")
    group_roles = models.JSONField(default=dict)
    just_in_time = models.BooleanField(default=False)
    added_at = instant()
    ended_at = instant(null=True)

    class Meta:
        db_table = "organisation"


class OrganisationCapacity(models.Model):
    pk = models.CompositePrimaryKey("organisation_id", "capacity")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="capacities")
    capacity = text()

    class Meta:
        db_table = "organisation_capacity"


class Person(models.Model):
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    kind = text(default="person")
    name = text()
    work_address = text()
    subject = text(null=True)
    added_at = instant()
    added_by = text(default="")
    ended_at = instant(null=True)
    ended_by = text(default="")

    class Meta:
        db_table = "person"


class Membership(models.Model):
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    capacity = text()
    role = text()
    by_group = models.BooleanField(default=False)
    added_at = instant()
    added_by = text(default="")
    ended_at = instant(null=True)
    ended_by = text(default="")

    class Meta:
        db_table = "membership"


class BrowserSession(models.Model):
    token_hash = text(primary_key=True)
    person = models.ForeignKey(Person, models.PROTECT)
    capacity = text()
    started_at = instant()
    seen_at = instant()
    ends_at = instant()
    ended_at = instant(null=True)

    class Meta:
        db_table = "browser_session"


class SentForm(models.Model):
    pk = models.CompositePrimaryKey("actor_id", "key")
    actor_id = text()
    key = text()
    route = text()
    body_hash = text()
    location = text()
    at = instant()

    class Meta:
        db_table = "idempotency_key"


class LedgerEntry(models.Model):
    at = instant()
    actor_kind = text()
    actor_id = text()
    organisation_id = text(default="")
    capacity = text(default="")
    roles = text(default="")
    act = text()
    verb = text()
    subject_kind = text(default="")
    subject_id = text(default="")
    force_id = text(default="")
    provider_id = text(default="")
    shown = text(default="[]")
    codes = text(default="{}")
    reason = text(default="")
    digest = text()

    class Meta:
        db_table = "ledger_entry"
        indexes: ClassVar = [Index("subject_kind", "subject_id", name="ledger_entry_subject")]


class OffenceCode(models.Model):
    code = text(primary_key=True)
    title = text()
    folded = text()
    mode = text(default="")
    home_office = text(default="")
    category = text(default="")

    class Meta:
        db_table = "offence_code"


class Instrument(models.Model):
    force_id = text(db_index=True)
    rule = text()
    admits = text()
    kind = text()
    authority = text()
    reference = text()
    starts = day()
    until = day(null=True)
    shipped = models.BooleanField(default=False)
    entered_at = instant()
    entered_by = text(default="")
    confirmed_at = instant(null=True)
    confirmed_by = text(default="")
    revoked_at = instant(null=True)
    revoked_by = text(default="")

    class Meta:
        db_table = "instrument"


class Licence(models.Model):
    provider = models.ForeignKey(Organisation, models.PROTECT, related_name="licences", db_index=False)
    force_id = text()
    starts = day()
    until = day(null=True)
    reference = text()
    granted_at = instant()
    granted_by = text(default="")
    ended_at = instant(null=True)
    ended_by = text(default="")

    class Meta:
        db_table = "licence"
        indexes: ClassVar = [Index("provider", "force_id", name="licence_pair")]


class Draft(models.Model):
    reference = text(unique=True)
    force_id = text()
    provider_id = text(null=True)
    version = models.IntegerField(default=1)
    answers = models.JSONField(default=dict)
    typed = models.JSONField(default=dict)
    done = models.JSONField(default=list)
    source = text(default="officer")
    identity_key = text(null=True)
    fingerprint = text(null=True)
    started_at = instant()
    started_by = text()
    saved_at = instant()
    referral_id = models.BigIntegerField(null=True)
    discarded_at = instant(null=True)
    discarded_by = text(default="")

    class Meta:
        db_table = "draft"
        indexes: ClassVar = [
            Index("force_id", "id", name="draft_list"),
            Index("force_id", "identity_key", name="draft_identity"),
        ]


class Referral(models.Model):
    reference = text(unique=True)
    force_id = text()
    provider_id = text(null=True)
    version = models.IntegerField(default=1)
    crime_reference = text()
    offence_code = text(default="")
    offence_category = text()
    category_corrected = models.BooleanField(default=False)
    offence_date = day()
    relationship = text()
    risk = text()
    risk_tool = text(default="")
    risk_count = models.IntegerField(null=True)
    risk_assessor = text(default="")
    risk_assessed_on = day(null=True)
    victim_contacted = models.BooleanField(null=True)
    victim_agrees = models.BooleanField(null=True)
    victim_overridden = models.BooleanField(default=False)
    regime = text(default="conditional_caution")
    caution_date = day()
    conditions = models.JSONField(default=list)
    complete_by = day()
    pathway = text()
    format_proposed = text()
    format_confirmed = text(default="")
    needs = models.JSONField(default=list)
    interpreter_language = text(default="")
    access_needs = text(default="")
    created_at = instant()
    created_by = text()
    authorisation_needed = models.BooleanField(default=False)
    proposed_provider = text()
    authorised_at = instant(null=True)
    authorised_by = text(default="")
    declined_at = instant(null=True)
    declined_by = text(default="")
    declined_reason = text(default="")
    referred_at = instant(null=True)
    accept_by = day(null=True)
    asked_at = instant(null=True)
    accepted_at = instant(null=True)
    accepted_by = text(default="")
    returned_at = instant(null=True)
    returned_by = text(default="")
    return_reason = text(default="")
    return_note = text(default="")
    withdrawn_at = instant(null=True)
    withdrawn_by = text(default="")
    superseded_at = instant(null=True)
    offered_at = instant(null=True)
    booked_at = instant(null=True)
    telephone_at = instant(null=True)
    a_on = day(null=True)
    b_on = day(null=True)
    reported_at = instant(null=True)
    breached_at = instant(null=True)
    closed_at = instant(null=True)
    completed_at = instant(null=True)

    class Meta:
        db_table = "referral"
        indexes: ClassVar = [
            Index("force_id", "complete_by", "id", name="referral_due_force", condition=_RUNNING),
            Index("provider_id", "complete_by", "id", name="referral_due_provider", condition=_RUNNING),
            Index("force_id", "id", name="referral_force"),
            Index("provider_id", "id", name="referral_provider"),
            Index("force_id", "crime_reference", name="referral_crime"),
        ]


class Offender(models.Model):
    referral = models.OneToOneField(Referral, models.PROTECT, primary_key=True)
    force_id = text()
    provider_id = text(null=True)
    surname = text()
    forenames = text()
    folded = text()
    date_of_birth = day()
    sex = text()
    identity_key = text()
    phone = text(default="")
    email = text(default="")
    address = text(default="")
    postcode = text(default="")

    class Meta:
        db_table = "offender"
        indexes: ClassVar = [
            Index("force_id", "identity_key", name="offender_identity"),
            Index("force_id", "folded", name="offender_name"),
        ]


class EligibilityDecision(models.Model):
    referral = models.ForeignKey(Referral, models.PROTECT)
    force_id = text()
    provider_id = text(null=True)
    rule_pack = text()
    facts = models.JSONField()
    answer = models.JSONField()
    outcome = text()
    override_officer = text(default="")
    override_reason = text(default="")
    decided_at = instant()
    decided_by = text()

    class Meta:
        db_table = "eligibility_decision"


class LocalAnswer(models.Model):
    pk = models.CompositePrimaryKey("referral_id", "question")
    referral = models.ForeignKey(Referral, models.PROTECT, db_index=False)
    question = text()
    force_id = text()
    provider_id = text(null=True)
    label = text()
    answer = text()
    force_only = models.BooleanField(default=False)

    class Meta:
        db_table = "local_answer"


class ForceArrangement(models.Model):
    force_id = text(primary_key=True)
    profile = models.JSONField()
    distribution = text(default="")
    version = text(default="")
    loaded_at = instant()

    class Meta:
        db_table = "force_arrangement"


class Venue(models.Model):
    reference = text(unique=True)
    force_id = text()
    provider_id = text()
    version = models.IntegerField(default=1)
    name = text()
    area = text(default="")
    address = text(default="")
    access = text(default="")
    capacity = models.IntegerField()
    added_at = instant()
    added_by = text()
    ended_at = instant(null=True)
    ended_by = text(default="")

    class Meta:
        db_table = "venue"
        indexes: ClassVar = [Index("provider_id", "id", name="venue_provider")]


class Cohort(models.Model):
    reference = text(unique=True)
    force_id = text()
    provider_id = text()
    version = models.IntegerField(default=1)
    group = text()
    area = text(default="")
    capacity = models.IntegerField()
    taken = models.IntegerField(default=0)
    lead_id = models.BigIntegerField(null=True)
    second_id = models.BigIntegerField(null=True)
    cover_id = models.BigIntegerField(null=True)
    interpreter_language = text(default="")
    gap_reason = text(default="")
    made_at = instant()
    made_by = text()
    cancelled_at = instant(null=True)
    cancelled_by = text(default="")
    cancel_reason = text(default="")

    class Meta:
        db_table = "cohort"
        indexes: ClassVar = [Index("provider_id", "id", name="cohort_provider")]


class Workshop(models.Model):
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="workshops", db_index=False)
    force_id = text()
    provider_id = text()
    version = models.IntegerField(default=1)
    part = text()
    day = day()
    starts = models.TimeField()
    ends = models.TimeField()
    venue = models.ForeignKey(Venue, models.PROTECT, db_index=False)
    sequence = models.IntegerField(default=0)

    class Meta:
        db_table = "workshop"
        constraints: ClassVar = [models.UniqueConstraint(fields=["cohort", "part"], name="workshop_part")]
        indexes: ClassVar = [Index("provider_id", "day", name="workshop_day")]


class Place(models.Model):
    referral = models.ForeignKey(Referral, models.PROTECT, db_index=False)
    cohort = models.ForeignKey(Cohort, models.PROTECT, db_index=False)
    force_id = text()
    provider_id = text()
    version = models.IntegerField(default=1)
    only_b = models.BooleanField(default=False)
    gap_reason = text(default="")
    waiting_at = instant(null=True)
    waiting_by = text(default="")
    offered_at = instant(null=True)
    offered_by = text(default="")
    booked_at = instant(null=True)
    booked_by = text(default="")
    confirmed_at = instant(null=True)
    confirmed_by = text(default="")
    refused_at = instant(null=True)
    refused_by = text(default="")
    released_at = instant(null=True)
    released_by = text(default="")
    release_reason = text(default="")

    class Meta:
        db_table = "place"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["referral"], name="place_active", condition=models.Q(refused_at=None, released_at=None)
            )
        ]
        indexes: ClassVar = [Index("cohort", name="place_cohort")]


class Attendance(models.Model):
    referral = models.ForeignKey(Referral, models.PROTECT, db_index=False)
    workshop = models.ForeignKey(Workshop, models.PROTECT, db_index=False)
    force_id = text()
    provider_id = text()
    part = text()
    outcome = text()
    reason_code = text(default="")
    gap_reason = text(default="")
    happened_on = day()
    recorded_at = instant()
    recorded_by = text()
    corrects = models.BigIntegerField(null=True, unique=True)
    correction_reason = text(default="")

    class Meta:
        db_table = "attendance"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workshop", "referral"], name="attendance_first", condition=models.Q(corrects=None)
            )
        ]
        indexes: ClassVar = [
            Index("referral", name="attendance_referral"),
            Index("workshop", name="attendance_workshop"),
        ]


class BreachDecision(models.Model):
    referral = models.ForeignKey(Referral, models.PROTECT, db_index=False)
    force_id = text()
    provider_id = text()
    report_id = models.BigIntegerField(null=True)
    decision = text()
    reason = text()
    complete_by_before = day()
    complete_by = day()
    decided_at = instant()
    decided_by = text()

    class Meta:
        db_table = "breach_decision"
        indexes: ClassVar = [Index("referral", name="breach_decision_referral")]


class VictimHold(models.Model):
    referral_id = models.BigIntegerField()
    force_id = text()
    provider_id = text(null=True)
    key_id = text()
    cause = models.BinaryField()
    placed_at = instant()
    placed_by = text()
    advice_before_b = models.BooleanField(default=False)
    released_at = instant(null=True)
    released_by = text(default="")

    class Meta:
        db_table = "victim_hold"
        indexes: ClassVar = [Index("referral_id", name="victim_hold_referral")]
