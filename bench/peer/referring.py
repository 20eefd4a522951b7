"""The peer's creation of a referral: a validated form, the same pure rules, the same rows, one transaction."""

import hashlib
from datetime import date
from typing import Any

from cara.api import Instrument as Paper
from cara.clock import london_day
from cara.features.eligibility.engine import answer
from cara.features.eligibility.parse_facts import facts_from
from cara.features.referrals import mapping
from cara.features.referrals.deadlines import accept_by
from cara.features.referrals.eligibility_facts import facts_of
from cara.features.referrals.name_matching import identity_key, new_reference
from cara.features.referrals.questions import steps
from cara.platform.plugins import load_forces
from django.core.exceptions import BadRequest
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST
from rest_framework import serializers

from peer import models
from peer.unit import Actor, work

FORCES = load_forces()
OURS = {"csrfmiddlewaretoken", "key", "version", "provider"}
OPEN = Q(superseded_at=None, withdrawn_at=None, returned_at=None, declined_at=None)


class ReferForm(serializers.Serializer[Any]):
    """The fields of the form, and no other."""

    key = serializers.RegexField(r"^[A-Za-z0-9_-]{16,64}$")
    version = serializers.IntegerField(min_value=1)
    provider = serializers.CharField(allow_blank=True, required=False, default="", max_length=40)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if set(self.initial_data) - OURS:
            raise serializers.ValidationError("strange fields")
        return attrs


class SeeOther(HttpResponseRedirect):
    status_code = 303


@require_POST
def refer(request: HttpRequest, reference: str) -> HttpResponse:
    form = ReferForm(data=request.POST.dict())
    if not form.is_valid():
        raise BadRequest
    sent = form.validated_data
    body = hashlib.sha256(repr(sorted((k, v) for k, v in sent.items() if k != "key")).encode()).hexdigest()
    with work(request, "referral", "refer") as actor:
        before = (
            models.SentForm.objects.filter(actor_id=actor.id, key=sent["key"])
            .values("route", "body_hash", "location")
            .first()
        )
        if before:
            if (before["route"], before["body_hash"]) != (request.path, body):
                raise BadRequest
            actor.record("consultation", "form.repeated")
            return SeeOther(before["location"])
        location = _refer(actor, reference, sent)
        models.SentForm.objects.create(
            actor_id=actor.id, key=sent["key"], route=request.path, body_hash=body, location=location, at=actor.now
        )
    return SeeOther(location)


def _refer(actor: Actor, reference: str, sent: dict[str, Any]) -> str:
    draft = models.Draft.objects.filter(force_id=actor.force, reference=reference).first()
    if draft is None:
        raise Http404
    local = FORCES.extra_questions(actor.force)
    if draft.discarded_at or draft.referral_id or draft.version != sent["version"]:
        raise BadRequest
    if any(step.slug not in draft.done for step in steps(local)):
        raise BadRequest
    today = london_day(actor.now)
    a = draft.answers
    facts = facts_of(a, today)
    given = answer(
        facts_from(facts), actor.force, FORCES, _instruments(actor.force), {q.name: a.get(q.name) for q in local}
    )
    provider = _provider(actor.force, today, sent["provider"])
    code = a.get("offence_code") or ""
    mapped = (
        models.OffenceCode.objects.filter(code=code).values_list("category", flat=True).first() or "" if code else ""
    )
    key = identity_key(actor.force, a["crime_reference"], a["surname"], a["forenames"], a["date_of_birth"])
    already = models.Referral.objects.filter(
        OPEN, force_id=actor.force, offender__force_id=actor.force, offender__identity_key=key
    )
    if given.outcome != "eligible" or already.exists():
        raise BadRequest
    second = FORCES.profile(actor.force).authorisation.required or bool(a.get("victim_overridden"))
    opened_to = None if second else provider
    referral = models.Referral.objects.create(
        **mapping.referral(a, actor.force, given.pathway or "group", mapped), reference=new_reference(), provider_id=opened_to,
        proposed_provider=provider, authorisation_needed=second, created_at=actor.now, created_by=actor.id,
        referred_at=None if second else actor.now, accept_by=None if second else accept_by(today),
    )  # fmt: skip
    shared = {"referral": referral, "force_id": actor.force, "provider_id": opened_to}
    models.Offender.objects.create(**mapping.offender(a), **shared, identity_key=key)
    models.EligibilityDecision.objects.create(
        **mapping.decision(facts, given), **(shared | {"provider_id": None}), decided_at=actor.now, decided_by=actor.id
    )
    models.LocalAnswer.objects.bulk_create(
        models.LocalAnswer(**row, **shared) for row in mapping.local_answers(a, local)
    )
    changed = models.Draft.objects.filter(force_id=actor.force, id=draft.id, version=draft.version).update(
        version=F("version") + 1, referral_id=referral.id, answers={}, typed={}, done=[], identity_key=key
    )
    if changed != 1:
        raise BadRequest
    actor.record(
        "collection" if second else "disclosure", "referral.proposed" if second else "referral.referred",
        subject=("referral", str(referral.id)), provider=opened_to or "",
        codes={"outcome": given.outcome, "rules": given.rule_pack, "draft": draft.id},
    )  # fmt: skip
    return f"/cases/{referral.reference}?done={'proposed' if second else 'sent'}"


def _instruments(force: str) -> tuple[Paper, ...]:
    found = models.Instrument.objects.filter(force_id=force, confirmed_at__isnull=False, revoked_at=None)
    names = ("rule", "admits", "kind", "authority", "reference", "starts", "until")
    return tuple(Paper(force=force, **one) for one in found.values(*names))


def _provider(force: str, today: date, wanted: str) -> str:
    """The only provider licensed for the force today, or the one chosen among them: one query."""
    licensed = Q(licences__until=None) | Q(licences__until__gte=today)
    found = dict(
        models.Organisation.objects.filter(
            licensed, capacities__capacity="provider", ended_at=None, licences__force_id=force, licences__starts__lte=today,
            licences__ended_at=None,
        ).values_list("id", "name")
    )  # fmt: skip
    if not wanted and len(found) == 1:
        return next(iter(found))
    if wanted not in found:
        raise BadRequest
    return wanted
