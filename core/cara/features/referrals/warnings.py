"""What somebody should look at again, though it blocks nothing: the officer decides. Pure."""

from collections.abc import Iterator
from datetime import date

from cara.features.referrals.questions import OFFENCE
from cara.i18n import gettext as _
from cara.platform.reference_data.offence_codes import Listed
from cara.web.ui import form_binding

_KIND = next(question for question in OFFENCE.questions if question.name == "offence_category")


def advice(
    listed: Listed | None, kind: str | None, offence_date: date | None, assessed_on: date | None
) -> Iterator[str]:
    """`listed` is the offence of the code, if there is one; `kind` what the officer chose."""
    if listed and kind and listed.category not in ("", kind):
        yield _("The code {code} says: {title} ({mapped}). The officer chose: {chosen}. Check which is right.").format(
            code=listed.code, title=listed.title, chosen=form_binding.show(_KIND, kind),
            mapped=_("not a CARA offence") if listed.category == "other" else form_binding.show(_KIND, listed.category),
        )  # fmt: skip
    if offence_date and assessed_on and assessed_on < offence_date:
        yield _("The risk was assessed before the offence. Is it the assessment of this offence?")


def named(code: str, listed: Listed | None) -> str:
    """An offence code with its title."""
    return f"{listed.code} {listed.title}" if listed else code
