"""Practice sign-in proves nothing about anybody: the application refuses to be made where people could take it for the real one."""

from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from cara.errors import Misconfigured
from cara.platform.access.models import Organisation
from cara.platform.database.engine import Store, Use
from cara.platform.ledger.origin import practice
from cara.platform.oidc.issuers import is_loopback
from cara.platform.unit_of_work import operator, work_as
from cara.settings import Settings


def refuse_practice_address(settings: Settings) -> None:
    """Refuse settings that would serve practice data to other machines than this one.

    Raises:
        Misconfigured: they would.
    """
    if settings.demo and _is_reached_by_others(settings):
        raise Misconfigured(
            "CARA_DEMO is set, and CARA_BASE_URL or CARA_HOST names a real address: practice sign-in proves nothing about anybody. "
            "Unset one of the two."
        )


def refuse_practice_sign_in(settings: Settings, store: Store) -> None:
    """Refuse a database that practice sign-in does not belong to, and one whose people sign in by practice where others reach it.

    Raises:
        Misconfigured: it is such a one, and its connections are given back.
    """
    if why := _why_refused(settings, store):
        store.engine.dispose()
        raise Misconfigured(why)


def _why_refused(settings: Settings, store: Store) -> str:
    with work_as(store, operator("starting"), "installation", "examine", use=Use.READING) as w:
        made, issuers = practice(w.session) is not None, _issuers_in_use(w.session)
    if settings.demo and issuers and not made:
        return (
            "CARA_DEMO is set, and the demonstration did not make this database: its people are real, and its messages would wait "
            "unsent. Unset CARA_DEMO."
        )
    by_practice = any(is_loopback(urlsplit(issuer).hostname or "") for issuer in issuers)
    if (made or by_practice) and _is_reached_by_others(settings):
        return (
            "People sign in to this database by practice sign-in on this machine, and CARA_BASE_URL or CARA_HOST names a real "
            "address. Use a new database, or each organisation’s own sign-in service."
        )
    return ""


def _issuers_in_use(session: Session) -> list[str]:
    columns = col(Organisation.issuer)
    found = session.scalars(select(columns).where(columns.is_not(None), col(Organisation.ended_at).is_(None)))
    return [issuer for issuer in found if issuer]


def _is_reached_by_others(settings: Settings) -> bool:
    """Whether another machine than this one can open a page: by the address that browsers use, or by what is listened on."""
    return not all(is_loopback(host) for host in (urlsplit(settings.address).hostname or "", settings.host))
