"""What keeping adds to a case's page: the ways to its legal hold and to what is held of the person, for whoever may go them."""

from typing import Any

from cara.features.referrals import legal_hold
from cara.features.referrals.models import Referral
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work

_WAYS = (
    (("retention", "hold"), "legal-hold", _("Legal hold")),
    (("subject_access", "read"), "subject-access", _("What is held of this person")),
)


def part(w: Work, referral: Referral) -> dict[str, Any] | None:
    """The part of the page; None where the actor may go none of these ways."""
    ways = [(path, text) for does, path, text in _WAYS if w.actor.may(*does)]
    if not ways:
        return None
    return {"template": "retention/part.html", "ways": ways, "standing": legal_hold.standing(w, referral.id or 0)}
