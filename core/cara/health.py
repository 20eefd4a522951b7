"""Is it up, and can it work? For load balancers and for people who run the platform: no case, no name."""

from typing import Any

from litestar import Response
from sqlalchemy import text

from cara import __version__
from cara.errors import Unavailable
from cara.routes import get
from cara.shell import Asked
from cara.work import NOBODY_IS, work_as


@get("/health/live", public="a load balancer asks")
def live(request: Asked) -> dict[str, str]:  # noqa: ARG001 - Litestar passes it
    """The process answers."""
    return {"status": "alive", "version": __version__}


@get("/health/ready", public="a load balancer asks")
def ready(request: Asked) -> Response[dict[str, Any]]:
    """The database answers and no force is suspended unnoticed. 503 while it cannot work."""
    state = request.app.state
    try:
        with work_as(state.store, NOBODY_IS, "account", "ready") as w:
            w.session.execute(text("select 1"))
    except Unavailable:
        return Response({"status": "database does not answer"}, status_code=503)
    suspended = [slug for slug in state.forces.known if state.forces.status(slug) == "suspended"]
    return Response({"status": "ready", "version": __version__, "suspended_forces": suspended})


ROUTES = (live, ready)
