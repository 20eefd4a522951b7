"""The unit of work: the only way to a session.

`with work(request) as w:` opens session and transaction, finds out who asks, applies the policy to what the route says it
does (`does=("referral", "accept")`, see `cara.web.routing`), sets the scope and one span. What the block does and what
it writes in the ledger commit together, or not at all. Commands and jobs use `work_as`, the same thing without a request.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from sqlalchemy import Connection, CursorResult, Row, bindparam, select, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session, SQLModel

from cara import clock
from cara.errors import CaraError, Forbidden, NotFound, NotSignedIn, Stale, Unavailable, WallBreached
from cara.platform.access import actor as actors
from cara.platform.access.actor import Actor
from cara.platform.access.models import BrowserSession
from cara.platform.access.policy import reach_of
from cara.platform.database.engine import Store, Use, narrow
from cara.platform.database.row_scope import Scope, scoped
from cara.platform.ledger import writer as record
from cara.platform.ledger.case_digests import CASES, GIVEN_BACK, touched
from cara.platform.ledger.writer import Act
from cara.platform.plugins.force_settings import read_standings
from cara.settings import COOKIE as COOKIE  # what tests sign people in with

if TYPE_CHECKING:
    from litestar import Request

_log = logging.getLogger("cara.platform.unit_of_work")
_TRACER = trace.get_tracer("cara")
LOGGED = frozenset(
    {
        "draft",
        "referral",
        "import",
        "message",
        "feedback",
        "cohort",
        "schedule",
        "place",
        "register",
        "telephone",
        "course",
        "breach",
        "signpost",
        "onward_referral",
        "retention",
        "subject_access",
        "victim",
        "review",
        "hold",
        "concern",
        "asked_review",
        "consultation",
    }
)
"""Resources of which every reading and change leaves a ledger entry: a unit of work that left none is a defect."""
SEEN_EVERY = timedelta(minutes=5)
_b: Any = BrowserSession
_FREE = select(_b.token_hash).where(_b.token_hash == bindparam("of_session")).with_for_update(skip_locked=True)
_SEEN = (
    update(BrowserSession)
    .where(_b.token_hash == bindparam("of_session"), _b.token_hash.in_(_FREE))
    .values(seen_at=bindparam("now"))
    .execution_options(synchronize_session=False)
)
"""Another page of the same person, which is long under way, may hold the row: it has been seen, and nobody waits for it."""
DOWN = "CARA’s database does not answer. Try again in a minute."
"""Never that nothing was saved: the answer to a commit may be all that was lost."""


@lru_cache(maxsize=256)
def _changing(model: Any, names: tuple[str, ...]) -> Any:
    """The statement that changes these columns of one versioned row: building it anew costs more than running it."""
    changing = (
        update(model)
        .where(model.id == bindparam("row_id"), model.version == bindparam("row_version"))
        .values({name: bindparam(name) for name in ("version", *names)})
        .execution_options(synchronize_session=False)
    )
    if model.__tablename__ != CASES:
        return changing
    # A case comes back as it is then, for the digest that this unit of work leaves of it.
    return changing.returning(*model.__table__.c).execution_options(**GIVEN_BACK)


@lru_cache(maxsize=256)
def _reads_cases(statement: Any) -> bool:
    """Whether a statement's `id` and `force_id` are those of cases."""
    columns = statement.selected_columns
    return all(str(columns.get(name)) == f"referral.{name}" for name in ("id", "force_id"))


@dataclass(slots=True)
class Work:
    """One unit of work in progress."""

    session: Session
    actor: Actor
    now: datetime
    reach: str
    connection: Connection
    """The session's own: to ask for it anew costs as much as a short statement's way through the driver."""
    recorded: int = 0
    _cases: set[tuple[str, int]] = field(default_factory=set)
    """Force and number of the cases that were read as columns."""

    @property
    def today(self) -> Any:
        """The calendar day in London on which this is done."""
        return clock.london_day(self.now)

    def record(
        self,
        verb: str,
        act: Act,
        *,
        subject: tuple[str, str | int] = ("", ""),
        force: str | None = None,
        provider: str | None = None,
        shown: Sequence[str | int] = (),
        codes: Mapping[str, str | int] | None = None,
    ) -> None:
        """Leave a ledger entry in this transaction. Codes only: no names, nothing that was typed."""
        record.append(
            self.session,
            at=self.now,
            actor=self.actor.signature,
            act=act,
            verb=verb,
            subject=(subject[0], str(subject[1])),
            force=force or self.actor.force or "",
            provider=provider or "",
            shown=[str(one) for one in shown],
            codes=codes,
        )
        self.recorded += 1

    def run(self, statement: Any, **sent: Any) -> CursorResult[Any]:
        """Run a statement that is kept at module level, within the scope: columns in and out, no objects. It skips the
        ORM's own bookkeeping, which is half of what a short statement costs."""
        scope = self.session.info["scope"]
        return self.connection.execute(scoped(statement, scope) if scope else statement, sent)

    def cases(self, statement: Any, **sent: Any) -> Sequence[Row[Any]]:
        """Run a statement that reads cases as columns, their `id` and `force_id` among them. They count as read from then on,
        as objects in the session do."""
        if not _reads_cases(statement):
            raise LookupError("a statement that reads cases names their id and force_id")
        rows = self.run(statement, **sent).all()
        self._cases.update((row.force_id, row.id) for row in rows)
        return rows

    def has_read(self, case: Any) -> bool:
        """Whether this unit of work has read a case, through its own scope: a row of `cases`, or an object of the session."""
        return (case.force_id, case.id) in self._cases or (isinstance(case, SQLModel) and case in self.session)

    def change(self, model: type[SQLModel], row_id: Any, version: int, **values: Any) -> int:
        """Change one versioned row and return its new version.

        Raises:
            Stale: somebody else changed it since `version` was read.
        """
        sent = {"row_id": row_id, "row_version": version, "version": version + 1, **values}
        result: Any = self.run(_changing(model, tuple(values)), **sent)
        if model.__tablename__ == CASES:
            row = result.mappings().one_or_none()
            if row is None:
                raise Stale
            touched(self.session, row_id, row)
        elif result.rowcount != 1:
            raise Stale
        return version + 1


def token_hash(token: str) -> str:
    """What the database keeps of a session or browser token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A fresh secret for a cookie or an idempotency key: 32 random bytes."""
    return secrets.token_urlsafe(32)


@contextmanager
def work(request: "Request[Any, Any, Any]") -> Iterator[Work]:
    """A unit of work for the person (or machine) behind a request, to do what its route says.

    Raises:
        NotSignedIn: no valid session or token.
        Forbidden: the policy has no row for it.
        Unavailable: the database does not answer, or is busy for too long.
    """
    resource, action = request.route_handler.opt["does"]
    route = f"{request.method} {request.scope['path_template']}"
    try:
        with _transaction(request.app.state.store, route) as (session, now):
            actor = _resolve(session, request, now)
            request.app.state.forces.heed(read_standings(session.connection()))
            request.scope["cara_actor"] = actor  # type: ignore[typeddict-unknown-key]  # ours: for the frame of the page
            yield from _within(session, now, actor, resource, action)
    except (Forbidden, NotFound) as refusal:
        if isinstance(refusal, Forbidden) or "{reference" in route:
            _record_refusal(request.app.state.store, actor, route, refusal.status)
        raise


def _record_refusal(store: Store, actor: Actor, route: str, status: int) -> None:
    """Leave an entry that somebody was refused, in a transaction of its own: theirs was rolled back. The route says what they
    tried; which record it was is not for the ledger of somebody who may not know of it."""
    try:
        with work_as(store, actor, "account", "refuse") as w:
            w.record("access.refused", Act.ACCESS, codes={"route": route, "status": status})
    except (CaraError, SQLAlchemyError) as error:
        _log.error("refused access not recorded: %s", type(error).__name__)


def _resolve(session: Session, request: "Request[Any, Any, Any]", now: datetime) -> Actor:
    token: Any = request.scope.get("cara_token")
    if token is not None:
        machine = actors.by_subject(session, token.issuer, token.subject)
        if machine is None:
            raise NotSignedIn("This client is not registered here. Ask the force’s administrator to add it.")
        return machine
    idle = timedelta(minutes=request.app.state.settings.session_idle_minutes)
    cookie = request.cookies.get(request.app.state.settings.session_cookie)
    found = actors.by_session(session, token_hash(cookie), now, idle) if cookie else None
    if found is None:
        raise NotSignedIn
    actor, seen_at = found
    if now - seen_at > SEEN_EVERY:
        session.execute(_SEEN, {"of_session": actor.session, "now": now})
    return actor


@contextmanager
def work_as(
    store: Store, actor: Actor, resource: str, action: str, scope: Scope | None = None, *, use: Use = Use.WRITING
) -> Iterator[Work]:
    """A unit of work for a command or a job, by a named operator or service, within `scope`. One that reads for long says so
    by its `use`."""
    with _transaction(store, f"{resource}.{action}", use) as (session, now):
        if scope is not None:
            narrow(session, scope)
        unit = Work(session, actor, now, "operator", session.connection())
        yield unit
        _check(unit, resource, action)


def operator(name: str = "system") -> Actor:
    """Who a command acts as."""
    return Actor("operator", name)


@contextmanager
def _transaction(store: Store, name: str, use: Use = Use.WRITING) -> Iterator[tuple[Session, datetime]]:
    # What an exception says could hold what somebody typed: a span keeps its type alone.
    with _TRACER.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
        session = store.session(use=use)
        try:
            session.connection()
        except (OperationalError, PoolTimeoutError):
            session.close()
            raise Unavailable(DOWN) from None
        try:
            yield session, clock.now()
            session.commit()
        except BaseException as error:
            session.rollback()
            span.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            session.close()


def _within(session: Session, now: datetime, actor: Actor, resource: str, action: str) -> Iterator[Work]:
    reach = reach_of(actor.capacity, actor.roles, resource, action)
    if reach is None:
        raise Forbidden("Your role does not allow this. The access policy page says who may.")
    scope = actor.scope(reach)
    if scope is not None:
        narrow(session, scope)
    unit = Work(session, actor, now, reach, session.connection())
    yield unit
    _check(unit, resource, action)


def _check(unit: Work, resource: str, action: str) -> None:
    if resource in LOGGED and not unit.recorded:
        raise WallBreached(f"{resource}.{action} left no ledger entry")


NOBODY_IS = actors.NOBODY
"""Who acts before anybody is signed in."""
