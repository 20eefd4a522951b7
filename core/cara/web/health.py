"""Is it up, and can it work? For load balancers and for people who run the platform: no case, no name."""

from typing import Any

from litestar import Response

from cara import __version__
from cara.errors import Unavailable
from cara.platform.plugins.force_settings import read_standings
from cara.platform.reference_data import suspension_notice
from cara.platform.unit_of_work import NOBODY_IS, work_as
from cara.web.pages.page import Asked
from cara.web.routing import get

_TOLD = {
    "works": str(suspension_notice.WORKS),
    "refused": str(suspension_notice.REFUSED),
    "ends": str(suspension_notice.ENDS),
}


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
            state.forces.heed(read_standings(w.connection))
    except Unavailable:
        return Response({"status": "database does not answer"}, status_code=503)
    suspended = [slug for slug in state.forces.known if state.forces.status(slug) == "suspended"]
    return Response({
        "status": "ready", "version": __version__, "suspended_forces": suspended,
        "suspended": {slug: {"why": state.forces.why(slug), **_TOLD} for slug in suspended},
    })  # fmt: skip


ROUTES = (live, ready)
