"""A form whose answer is unknown, to be sent again as it was: with its key, so that what was saved after all is not saved twice.

It is a part of the page that says so, and needs no database: that is what has just failed.
"""

from dataclasses import dataclass

from litestar.datastructures import FormMultiDict
from litestar.utils.scope.state import ScopeState

from cara.web.pages.page import KEY, Asked


@dataclass(frozen=True, slots=True)
class Again:
    """A form to send again. A browser gives no page the `file` that was chosen before: it has to be chosen once more."""

    action: str
    fields: tuple[tuple[str, str], ...]
    file: bool


def sent_again(request: Asked) -> Again | None:
    """The form that this request sent; None if it sent none, or one that has no key."""
    read = ScopeState.from_scope(request.scope).form
    if request.method != "POST" or not isinstance(read, dict):
        return None
    every = list(FormMultiDict.from_form_data(read).multi_items())
    fields = tuple((name, value) for name, value in every if isinstance(value, str) and name != "_csrf_token")
    keyed = any(name == "_key" and KEY.fullmatch(value.strip()) for name, value in fields)
    if not keyed or not all(_can_be_shown(text) for pair in fields for text in pair):
        return None
    file = any(not isinstance(value, str) for _name, value in every)
    return Again(request.scope["path"], fields, file)


def _can_be_shown(text: str) -> bool:
    """Whether a page can hold a text: half a character cannot be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
