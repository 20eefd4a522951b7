"""In which formats a case's course can be done: the nation's two, and the pathways of its force."""

from collections.abc import Mapping

from cara.forces.arrangements import kept
from cara.i18n import lazy as _
from cara.referrals.models import Referral
from cara.work import Work

NATIONAL: Mapping[str, str] = {"group": _("Group workshops"), "cti": _("CARA Telephone Intervention")}


def formats(w: Work, referral: Referral) -> dict[str, str]:
    """Format → label. A force's own pathways come from its kept arrangement, so that a suspended force's cases have them too;
    what the case names already is always among them."""
    declared = kept(w.session, referral.force_id).get("pathways", ())
    labels = dict(NATIONAL) | {one["value"]: one["label"] for one in declared}
    for named in (referral.pathway, referral.format_proposed, referral.format_confirmed):
        if named:
            labels.setdefault(named, named)
    return labels
