"""What people are told of a force that is suspended: what still works, what is refused, and who ends it."""

from typing import Final

from cara.i18n import lazy as _

WORKS: Final = _(
    "People can still read cases, fill in drafts, record attendance and contact with victims, and place holds. "
    "An officer can open a record in an emergency, and a supervisor can release a hold."
)
REFUSED: Final = _(
    "Checking eligibility, referring, authorising and planning groups are refused. "
    "An answer without the force’s own rules would be a guess."
)
ENDS: Final = _(
    "The people who run CARA end this: they install the force’s plugin and start CARA again. "
    "If the plugin is gone for good, the Trust retires it on the page “Forces”, and the force’s administrator confirms that."
)
EXACT: Final = _("The national rules do not take their place by themselves.")
