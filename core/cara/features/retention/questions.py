"""What several pages of retention ask in the same way."""

from cara.api import Question
from cara.i18n import lazy as _


def reason(asked: str) -> Question:
    """Why somebody decides as they do."""
    return Question(
        "reason", asked, "long_text", _("Stays on record. No name, and no victim’s details."), max_length=1000
    )
