"""The areas of a force, as its arrangement names them, and which of them a case is in."""

from collections.abc import Mapping

from cara.features.referrals import queries
from cara.features.referrals.models import Referral
from cara.platform.plugins.force_settings import kept
from cara.platform.unit_of_work import Work


def areas(w: Work, force: str) -> dict[str, str]:
    """The force's areas: value → label; none where its arrangement has none."""
    return {area["value"]: area["label"] for area in kept(w.session, force).get("areas", ())}


def area_of(w: Work, referral: Referral) -> str:
    """The area that an answer to the force's own questions names; empty if none does. A proposal: a person confirms it."""
    labels: Mapping[str, str] = {label: value for value, label in areas(w, referral.force_id).items()}
    answers = [answer.answer for answer in queries.local_answers(w, referral)]
    return next((labels[answer] for answer in answers if answer in labels), "")
