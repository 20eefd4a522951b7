"""The link by which a service answers, and the message that carries it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlmodel import col

from cara.features.messages.linked_messages import LinkedMessage
from cara.features.messages.render import Reader
from cara.features.onward_services.models import OnwardReferral, OnwardService
from cara.platform import one_time_links
from cara.platform.unit_of_work import Work

PURPOSE: Final = "onward"
LASTS: Final = timedelta(days=14)
NO_LINK: Final[Mapping[str, Any]] = {"nonce": "", "token_hash": "", "link_ends_at": None}
"""The columns of an onward referral that has no link."""

_MESSAGE = (
    select(col(OnwardReferral.nonce), col(OnwardService.email))
    .join(
        OnwardService,
        (col(OnwardService.id) == col(OnwardReferral.service_id))
        & (col(OnwardService.audience) == col(OnwardReferral.audience)),
    )
    .where(col(OnwardReferral.reference) == bindparam("reference"))
)


def issue(w: Work, secret: str, force: str, replaces: str = "") -> Mapping[str, Any]:
    """Issue a link, and return the columns of the onward referral that it opens. The link whose hash is `replaces` ends."""
    link = one_time_links.issue(w, secret, PURPOSE, force, LASTS, replaces=replaces)
    return {"nonce": link.nonce, "token_hash": link.token_hash, "link_ends_at": link.ends_at}


def _nonce(w: Work, _case: int, facts: Mapping[str, Any]) -> str:
    row = w.run(_MESSAGE, reference=facts["onward"]).one_or_none()
    return row.nonce if row else ""


def _recipient(w: Work, facts: Mapping[str, Any]) -> Reader:
    row = w.run(_MESSAGE, reference=facts["onward"]).one_or_none()
    return Reader(email=row.email) if row else Reader()


MESSAGE: Final = LinkedMessage("onward_referral", "/onward", PURPOSE, _nonce, _recipient)
