"""`POST /api/v1/forces/{slug}/eligibility`: the same answer as on a page or by command, for a force's own systems."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import Provide

from cara.accounts.machines import caller
from cara.eligibility.engine import answer
from cara.eligibility.instruments import instruments_of
from cara.eligibility.reading import LARGEST, read_facts
from cara.errors import Forbidden, NotFound
from cara.ledger.record import Act
from cara.reference.forces import FORCES
from cara.routes import post
from cara.work import work


async def body(request: Request[Any, Any, State]) -> bytes:
    """Dependency: the body as it came. One byte over the limit is enough to know."""
    return (await request.body())[: LARGEST + 1]


@post(
    "/api/v1/forces/{slug:str}/eligibility",
    does=("eligibility", "use"),
    dependencies={"caller": Provide(caller), "document": Provide(body)},
    status_code=200,
    opt={"exclude_from_csrf": True},
    security=[{"bearer": []}],
)
def answer_eligibility(
    request: Request[Any, Any, State],
    caller: None,  # noqa: ARG001 - the dependency verifies the token
    document: bytes,
    slug: str,
) -> Response[dict[str, Any]]:
    """May this case be dealt with by CARA, and why? The caller is a system of the force itself, known by its token.

    Nothing is stored; the ledger keeps that the question was asked and how it was answered.
    """
    with work(request) as w:
        if slug not in FORCES:
            raise NotFound("There is no such force. Slugs are like thames_valley.")
        if w.actor.force != slug:
            raise Forbidden("This client belongs to another force.")
        given = answer(read_facts(document), slug, request.app.state.forces, instruments_of(w.session, slug))
        w.record("eligibility.answered", Act.CONSULTATION, codes={"outcome": given.outcome, "rules": given.rule_pack})
    return Response(given.as_dict())


ROUTES = (answer_eligibility,)
