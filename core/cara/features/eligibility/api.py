"""`POST /api/v1/forces/{slug}/eligibility`: the same answer as on a page or by command, for a force's own systems."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.params import HeaderParameter

from cara.errors import Forbidden, NotFound
from cara.features.eligibility.engine import answer
from cara.features.eligibility.instruments import instruments_of
from cara.features.eligibility.parse_facts import LARGEST, read_facts
from cara.platform.ledger.writer import Act
from cara.platform.oidc.machine_clients import caller
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import work
from cara.web.pages.page import Keyed, sending_of
from cara.web.routing import post

KEY = "Idempotency-Key"


async def body(request: Request[Any, Any, State]) -> AsyncIterator[bytes]:
    """Dependency: the body as it came. One byte over the limit is enough to know. The same, sent meanwhile, waits."""
    read = (await request.body())[: LARGEST + 1]
    async with request.app.state.idempotency.turn(request.headers.get(KEY, "")):
        yield read


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
    key: Annotated[str | None, HeaderParameter(name=KEY, description="16 to 64 letters, digits, - or _")] = None,
) -> Response[dict[str, Any]]:
    """May this case be dealt with by CARA, and why? The caller is a system of the force itself, known by its token.

    Nothing of the case is stored; the ledger keeps that the question was asked and how it was answered. With a header
    `Idempotency-Key` the same question, sent again, is answered as before and not asked again; another one is refused (422).
    """
    with work(request) as w:
        if slug not in FORCES:
            raise NotFound("There is no such force. Slugs are like thames_valley.")
        if w.actor.force != slug:
            raise Forbidden("This client belongs to another force.")
        sending = sending_of(request, Keyed(key, document), w.actor) if key is not None else None
        earlier = sending.reserve(w.connection, w.today) if sending else None
        if earlier is not None:
            w.record("form.repeated", Act.CONSULTATION)
            return Response(json.loads(earlier))
        given = answer(read_facts(document), slug, request.app.state.forces, instruments_of(w.session, slug))
        if sending:
            sending.settle(w.connection, json.dumps(given.as_dict()))
        w.record("eligibility.answered", Act.CONSULTATION, codes={"outcome": given.outcome, "rules": given.rule_pack})
    return Response(given.as_dict())


ROUTES = (answer_eligibility,)
