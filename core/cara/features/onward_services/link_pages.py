"""The page that a service opens by its link, without sign-in."""

from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import BadInput, CaraError, Conflict, NotFound, Stale
from cara.features.onward_services import service_replies
from cara.features.onward_services.states import OPEN
from cara.features.onward_services.vocabulary import DECLINES
from cara.i18n import lazy as _
from cara.platform.unit_of_work import new_token
from cara.web.pages.page import Asked, Form, Page, answered_before, faults_of, page, sending_of
from cara.web.rate_limit import LINK
from cara.web.routing import get, post
from cara.web.ui import form_binding

_WHY = "whoever holds a link that a service was sent says whether it takes somebody on"
QUESTIONS = (
    Question("answer", _("Can you take this person on?"), "choice", options=(
        Option("accept", _("Yes"), _("You then see their name and telephone number.")), Option("decline", _("No")),
    )),
    Question("reason", _("Why not?"), "choice", when=("answer", "decline"),
             options=tuple(Option(one, label) for one, label in DECLINES.items())),
    Question("note", _("Anything to add?"), "text", _("Name nobody."), required=False, when=("answer", "decline"), max_length=300),
)  # fmt: skip


@get("/onward/{token:str}", public=_WHY, opt=LINK)
def open_onward(request: Asked, token: str) -> Page:
    """What somebody needs, and whether the service takes them on."""
    return _link_page(request, token)


def _link_page(request: Asked, token: str, typed: Any = None, error: CaraError | None = None) -> Page:
    shown = service_replies.look(request.app.state.store, token)
    office = request.app.state.writer.texts.sender(shown.force).phone
    return page(
        request, "onward_services/link.html", status=error.status if error else 200, shown=shown, asks=shown.state in OPEN,
        ring=office if any(map(str.isdigit, office)) else "", action=f"/onward/{token}",
        questions=QUESTIONS, typed=typed or {}, faults=faults_of(error) if error else (), key=new_token(),
    )  # fmt: skip


@post("/onward/{token:str}", public=_WHY, opt=LINK)
def answer_onward(request: Asked, form: Form, token: str) -> Page | Redirect:
    form.only(*(question.name for question in QUESTIONS))
    store, reading, sending = request.app.state.store, form_binding.read(QUESTIONS, form), sending_of(request, form)
    if reading.faults:
        return _link_page(request, token, reading.typed, BadInput(faults=reading.faults))
    try:
        if reading.values["answer"] == "accept":
            if not service_replies.accept(store, token, sending):
                return _link_page(request, token, error=Conflict(f"{NO_PLACE}"))
            return Redirect(f"/onward/{token}", status_code=303)
        service_replies.decline(store, token, reading.values["reason"], reading.values.get("note", ""), sending)
    except Stale:
        return Redirect(f"/onward/{token}", status_code=303)  # somebody was quicker: what they did is what it shows
    except Conflict as error:
        return _link_page(request, token, reading.typed, error)
    except NotFound:
        if answered_before(request, sending) != service_replies.DECLINED:
            raise
    return Redirect("/onward", status_code=303)


NO_PLACE = _("No paid place is left for this person’s area, so you could not be given their name. Whoever wrote to you knows. "
             "Nothing has been drawn; you can accept as soon as there is a place.")  # fmt: skip


@get("/onward", public="says thank you, and names nobody")
def thanks(request: Asked) -> Page:
    """Where a link leads once it was declined."""
    return page(request, "onward_services/thanks.html")


ROUTES = (open_onward, answer_onward, thanks)
