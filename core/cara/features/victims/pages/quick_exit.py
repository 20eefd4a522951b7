"""Leaving quickly: one press ends the session, empties the browser's memory of this site, and shows something harmless."""

from litestar import MediaType, Response
from sqlalchemy.exc import SQLAlchemyError

from cara.errors import CaraError
from cara.features.accounts.sign_in import end_session
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import NOBODY_IS, token_hash, work_as
from cara.settings import COOKIE
from cara.web.cookies import drop_cookie
from cara.web.pages.page import Asked, Page
from cara.web.routing import post


@post("/leave", public="leaving must work for anybody at any moment", status_code=200, opt={"exclude_from_csrf": True})
def leave(request: Asked) -> Page:
    """End the session, if there is one, and go away. Whatever fails on the way, the browser leaves.

    No token against forgery is asked for: a page that has stood open for hours must still let somebody leave, and all that
    another site could do by forging this is to sign somebody out.
    """
    settings, store = request.app.state.settings, request.app.state.store
    cookie = request.cookies.get(settings.session_cookie)
    if cookie:
        try:
            with work_as(store, NOBODY_IS, "account", "leave") as w:
                if end_session(w.session, token_hash(cookie), w.now):
                    w.record("account.left", Act.ACCESS)  # of a session: a stranger's cookie leaves no entry
        except (CaraError, SQLAlchemyError):
            pass  # the cookie goes in any case
    html = request.app.state.templates.get_template("victims/left.html").render(there=settings.leave_to)
    answer: Page = Response(html, media_type=MediaType.HTML)
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    # A page that goes on by itself, and no redirect: our forms lead nowhere but here. Going on at once, it leaves no step behind.
    answer.headers["Refresh"] = f"0; url={settings.leave_to}"
    drop_cookie(settings, answer, COOKIE)
    return answer


ROUTES = (leave,)
