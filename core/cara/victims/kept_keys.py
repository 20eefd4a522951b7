"""Which keys the database knows of: those that open somebody's record, and those of people who were erased.

For whoever keeps the key folder. It says nothing of anybody: a key's id is random.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Table, bindparam, select
from sqlmodel import SQLModel

from cara.storage.engine import behind_the_wall
from cara.work import Work


def known(w: Work, force: str) -> Mapping[str, bool]:
    """Key id → whether the person whose key it was has been erased, of every row behind one force's wall."""
    erased: dict[str, bool] = {}
    with behind_the_wall(w.session, force) as session:
        for table in _tables():
            when = table.c.get("erased_at")
            columns = [table.c.key_id, *([when] if when is not None else [])]
            rows = select(*columns).where(table.c.force_id == bindparam("scope_force", force))
            for key, *gone in session.execute(rows):
                erased[key] = erased.get(key, False) or any(gone)
    return erased


def _tables() -> Iterator[Table]:
    for table in SQLModel.metadata.tables.values():
        if table.info.get("wall") == "victim" and "key_id" in table.c:
            yield table
