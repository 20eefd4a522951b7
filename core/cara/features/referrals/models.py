"""Tables of a referral. All stand behind the case wall: `force_id` always, `provider_id` once a provider may see the row."""

from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant, only
from cara.platform.database.row_scope import CASE, of_its_case

_RUNNING = "accepted_at IS NOT NULL AND completed_at IS NULL AND breached_at IS NULL AND closed_at IS NULL"
"""Cases whose clock a provider watches: few of all that there have been, so that their index stays small."""


class Draft(SQLModel, table=True):
    """What an officer has typed so far, valid or not. Providers never see one: `provider_id` stays empty."""

    __tablename__ = "draft"
    __table_args__ = (
        Index("draft_list", "force_id", "id"),
        Index("draft_identity", "force_id", "identity_key"),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    provider_id: str | None = None
    version: int = 1
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Valid answers by question name; dates in ISO format."""
    typed: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """By step, exactly what was typed where a step has faults."""
    done: list[str] = Field(default_factory=list, sa_type=JSON)
    """Steps answered without fault."""
    source: str = "officer"
    """`officer`, `import` or `amendment`."""
    identity_key: str | None = None
    """Hash of force, crime reference, name and birth date. Stays when the draft is referred or discarded: a repeated
    import must know what came before."""
    fingerprint: str | None = None
    """Hash of everything in an imported row, to tell a repeat from a changed repeat."""
    started_at: datetime = Field(sa_type=Instant)
    started_by: str
    saved_at: datetime = Field(sa_type=Instant)
    referral_id: int | None = None
    discarded_at: datetime | None = Field(default=None, sa_type=Instant)
    discarded_by: str = ""


def _new_salt() -> str:
    return token_hex(16)


class Referral(SQLModel, table=True):
    """One case: offence, risk, the victim's decision, caution, format, and who did what when. States are derived."""

    __tablename__ = "referral"
    __table_args__ = (
        Index("referral_force", "force_id", "id", unique=True),
        Index("referral_provider", "provider_id", "id"),
        Index("referral_crime", "force_id", "crime_reference"),
        Index("referral_due_force", "force_id", "complete_by", "id", **only(_RUNNING)),
        Index("referral_due_provider", "provider_id", "complete_by", "id", **only(_RUNNING)),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    provider_id: str | None = None
    version: int = 1
    salt: str = Field(
        default_factory=_new_salt, sa_column_kwargs={"default": _new_salt, "server_default": ""}, repr=False
    )
    """Part of the key of this case's digests (`cara.platform.ledger.case_digests`): with the row goes what they could tell."""

    crime_reference: str
    offence_code: str = ""
    offence_category: str
    category_corrected: bool = False
    """The officer chose another category than the code maps to."""
    offence_date: date
    relationship: str
    risk: str
    risk_tool: str = ""
    risk_count: int | None = None
    risk_assessor: str = ""
    risk_assessed_on: date | None = None
    victim_contacted: bool | None = None
    victim_agrees: bool | None = None
    victim_overridden: bool = False
    """The decision only. Who the victim is, and what they said, is behind the victim wall."""
    regime: str = "conditional_caution"
    caution_date: date
    conditions: list[str] = Field(default_factory=list, sa_type=JSON)
    complete_by: date
    """Day 112 after the caution, until an officer varies it."""
    pathway: str
    """`group`, `cti` or a pathway of the force: what the rules propose."""
    format_proposed: str
    format_confirmed: str = ""
    needs: list[str] = Field(default_factory=list, sa_type=JSON)
    interpreter_language: str = ""
    access_needs: str = ""

    created_at: datetime = Field(sa_type=Instant)
    created_by: str
    authorisation_needed: bool = False
    proposed_provider: str
    """Whom it goes to once authorised; `provider_id` follows, and opens the case to it."""
    authorised_at: datetime | None = Field(default=None, sa_type=Instant)
    authorised_by: str = ""
    declined_at: datetime | None = Field(default=None, sa_type=Instant)
    declined_by: str = ""
    declined_reason: str = ""
    referred_at: datetime | None = Field(default=None, sa_type=Instant)
    accept_by: date | None = None
    asked_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the provider's open request for information was made; empty when none is open."""
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    accepted_by: str = ""
    returned_at: datetime | None = Field(default=None, sa_type=Instant)
    returned_by: str = ""
    return_reason: str = ""
    return_note: str = ""
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str = ""
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
    """When an officer started again from this referral's answers."""

    # Where the course stands now. How it came there is kept by `cara.features.course`, which alone moves these.
    offered_at: datetime | None = Field(default=None, sa_type=Instant)
    booked_at: datetime | None = Field(default=None, sa_type=Instant)
    """Since when they have a place; empty once it was given back or missed."""
    telephone_at: datetime | None = Field(default=None, sa_type=Instant)
    a_on: date | None = None
    """Day of a workshop A that still counts: emptied when workshop B was missed."""
    b_on: date | None = None
    """Day of a workshop B that makes a valid pair with `a_on`."""
    reported_at: datetime | None = Field(default=None, sa_type=Instant)
    """Reported to the officer, who has not decided yet."""
    breached_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    completed_at: datetime | None = Field(default=None, sa_type=Instant)


class Offender(SQLModel, table=True):
    """The person referred, as one case knows them."""

    __tablename__ = "offender"
    __table_args__ = (
        Index("offender_identity", "force_id", "identity_key"),
        Index("offender_name", "force_id", "folded"),
        of_its_case(),
        CASE,
    )

    referral_id: int = Field(primary_key=True)
    force_id: str
    provider_id: str | None = None
    surname: str
    forenames: str
    folded: str
    """Surname and forenames as searched; see `names.fold`."""
    date_of_birth: date
    sex: str
    identity_key: str
    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""


class EligibilityDecision(SQLModel, table=True):
    """What the officer decided, with every fact and every rule's answer as it stood. The force's own: no provider sees it."""

    __tablename__ = "eligibility_decision"
    __table_args__ = (Index("eligibility_decision_referral", "referral_id"), of_its_case(), CASE)

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    provider_id: str | None = None
    rule_pack: str
    facts: dict[str, Any] = Field(sa_type=JSON)
    """As the rules were given them; under `local`, the answers to the force's own questions."""
    answer: dict[str, Any] = Field(sa_type=JSON)
    outcome: str
    override_officer: str = ""
    override_reason: str = ""
    decided_at: datetime = Field(sa_type=Instant)
    decided_by: str


class LocalAnswer(SQLModel, table=True):
    """The answer to one of the force's own questions, with the question as it read then. One that is for the force alone never
    opens to a provider."""

    __tablename__ = "local_answer"
    __table_args__ = (of_its_case(), CASE)

    referral_id: int = Field(primary_key=True)
    question: str = Field(primary_key=True)
    force_id: str
    provider_id: str | None = None
    label: str
    answer: str
    force_only: bool = False


class InformationRequest(SQLModel, table=True):
    """What the provider asked the officer, and the answer."""

    __tablename__ = "information_request"
    __table_args__ = (Index("information_request_referral", "referral_id"), of_its_case(), CASE)

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    provider_id: str | None = None
    question: str
    asked_at: datetime = Field(sa_type=Instant)
    asked_by: str
    answer: str = ""
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_by: str = ""


class HeldUpload(SQLModel, table=True):
    """A file between its dry run and its import; afterwards its counts, and for a day its rejected rows. The force's own."""

    __tablename__ = "held_upload"
    __table_args__ = (Index("held_upload_list", "force_id", "id"), CASE)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    provider_id: str | None = None
    content: bytes = Field(default=b"", sa_type=LargeBinary)
    """The file as it came; after the import what is left to mend, as `rejected_csv` writes it; empty once expired."""
    made_at: datetime = Field(sa_type=Instant)
    made_by: str
    expires_at: datetime = Field(sa_type=Instant)
    imported_at: datetime | None = Field(default=None, sa_type=Instant)
    imported_by: str = ""
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0


class LegalHold(SQLModel, table=True):
    """A case of which nothing may be erased, by any path, until somebody lifts it."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index("legal_hold_standing", "referral_id", unique=True, **only("lifted_at IS NULL")),
        of_its_case(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    provider_id: str | None = None
    reason: str
    placed_at: datetime = Field(sa_type=Instant)
    placed_by: str
    lifted_at: datetime | None = Field(default=None, sa_type=Instant)
    lifted_by: str = ""
    lift_reason: str = ""
