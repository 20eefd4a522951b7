"""Machine clients: a force's own systems, known by access tokens of the force's own provider. CARA issues none."""

from typing import Any

from litestar import Request
from litestar.datastructures import State
from sqlmodel import select

from cara.errors import NotSignedIn
from cara.platform.access.models import Organisation
from cara.platform.oidc import bearer_tokens
from cara.platform.oidc.configured_issuers import issuer_of
from cara.platform.unit_of_work import NOBODY_IS, work_as

AUDIENCE = "cara-api"


async def caller(request: Request[Any, Any, State]) -> None:
    """Dependency: verify the bearer token, before any unit of work begins, and leave its claims for `work`.

    Raises:
        NotSignedIn: no token, or none that is acceptable.
    """
    scheme, _space, token = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise NotSignedIn("Send an access token of your organisation’s sign-in service as a bearer token.")
    state = request.app.state

    def find() -> list[Organisation]:
        with work_as(state.store, NOBODY_IS, "account", "find_issuers") as w:
            columns: Any = Organisation
            return list(
                w.session.exec(select(Organisation).where(columns.issuer.is_not(None), columns.ended_at.is_(None)))
            )

    organisations = await state.store.run(find)
    issuers = {one.issuer: issuer_of(one, state.settings) for one in organisations if one.issuer}
    request.scope["cara_token"] = await bearer_tokens.verify(state.providers, issuers, token, AUDIENCE)  # type: ignore[typeddict-unknown-key]
