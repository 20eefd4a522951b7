"""In which formats a case's course can be done: the nation's two, and the pathways of its force."""

from collections.abc import Mapping

from cara.features.referrals.models import Referral
from cara.i18n import lazy as _
from cara.platform.plugins.force_settings import pathways, retired
from cara.platform.unit_of_work import Work

NATIONAL: Mapping[str, str] = {"group": _("Group workshops"), "cti": _("CARA Telephone Intervention")}


def formats(w: Work, referral: Referral) -> dict[str, str]:
    """Format → label. A force's own pathways come from its kept arrangement, so that a suspended force's cases have them too, and end
    when its plugin is retired. What the case names already is always among them."""
    declared = pathways(w.session, referral.force_id)
    labels = dict(NATIONAL) | ({} if retired(w.session, referral.force_id) else declared)
    for named in (referral.pathway, referral.format_proposed, referral.format_confirmed):
        if named:
            labels.setdefault(named, declared.get(named, named))
    return labels
