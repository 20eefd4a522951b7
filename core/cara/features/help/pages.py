"""Pages of help. They hold no case and name nobody, so nobody need be signed in to read them."""

from cara.features.accounts.sign_in_attempts import LASTS as ATTEMPT_LASTS
from cara.settings import SIGN_IN_COOKIE as ATTEMPT_COOKIE
from cara.web.pages.page import Asked, Page, page
from cara.web.pages.unsaved_forms import COOKIE as TYPING_COOKIE
from cara.web.routing import get


@get("/help", public="help is for whoever needs it, before sign-in too")
def show_help(request: Asked) -> Page:
    """How to begin, what the words mean, and whom to ask."""
    return page(request, "help/help.html", demo=request.app.state.settings.demo)


@get("/help/privacy", public="people may read what is kept about them before they sign in")
def privacy(request: Asked) -> Page:
    """What is kept about the people who use CARA, and why."""
    settings = request.app.state.settings
    return page(
        request, "help/privacy.html", idle=settings.session_idle_minutes, hours=settings.session_hours,
        session_cookie=settings.session_cookie, csrf_cookie=settings.cookie("form_token"),
        attempt_cookie=ATTEMPT_COOKIE, typing_cookie=TYPING_COOKIE, attempt=int(ATTEMPT_LASTS.total_seconds() // 60),
    )  # fmt: skip


@get("/help/accessibility", public="an accessibility statement is public")
def accessibility(request: Asked) -> Page:
    """The accessibility statement."""
    return page(request, "help/accessibility.html")


ROUTES = (show_help, privacy, accessibility)
