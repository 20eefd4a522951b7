"""Between a hold that is being placed and a workshop that is being recorded: whichever comes first is known to the other.

On SQLite one writer waits for the other anyway.
"""

from sqlalchemy import TextClause, text
from sqlmodel import Session

HOLDING = 20124
"""PostgreSQL advisory lock, by case: who places a hold takes it alone, who records a workshop shares it."""
_ALONE = text(f"select pg_advisory_xact_lock({HOLDING}, :number)")
_SHARED = text(f"select pg_advisory_xact_lock_shared({HOLDING}, :number)")


def wait_to_hold(session: Session, number: int) -> None:
    """Wait for whoever records a workshop of this case, and keep others from it until the hold is there."""
    _wait(session, _ALONE, number)


def wait_for_holds(session: Session, number: int) -> None:
    """Wait for whoever is placing a hold on this case: what is read next counts until this transaction ends."""
    _wait(session, _SHARED, number)


def _wait(session: Session, lock: TextClause, number: int) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(lock, {"number": number})
