"""What is read from the migrations' text is what Alembic makes of them."""

from pathlib import Path

import pytest

from cara.platform.database.revisions import newest

CHAIN = 'revision = "{}"\ndown_revision = {!r}\nbranch_labels: Any = ("x",)\ndepends_on: Any = {!r}\n'


@pytest.mark.parametrize(
    ("scripts", "heads"),
    [
        ([("a1", None, None)], {"a1"}),
        ([("a1", None, None), ("a2", "a1", None)], {"a2"}),
        ([("a1", None, None), ("b1", None, "a1")], {"b1"}),
        ([("a1", None, None), ("b1", None, "a1"), ("a2", "a1", None)], {"a2", "b1"}),
        ([("a1", None, None), ("a2", "a1", None), ("a3", "a1", None), ("a4", ("a2", "a3"), None)], {"a4"}),
        ([], set()),
    ],
)
def test_the_newest_stand_for_all(
    tmp_path: Path, scripts: list[tuple[str, str | None, str | None]], heads: set[str]
) -> None:
    for one in scripts:
        (tmp_path / f"{one[0]}_invented.py").write_text(CHAIN.format(*one), "utf-8")
    assert newest([str(tmp_path)]) == heads


def test_a_database_made_by_alembic_names_them(tmp_path: Path) -> None:
    from sqlalchemy import text

    from cara.platform.database import schema

    engine = schema.owner_engine(f"sqlite:///{tmp_path / 'cara.db'}")
    with engine.connect() as connection:
        assert schema.behind(connection)
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert set(connection.execute(text("select version_num from alembic_version")).scalars()) == newest(
            schema.locations()
        )
        assert not schema.behind(connection)
        connection.execute(
            text("update alembic_version set version_num = 'from_the_future' where version_num like 'core%'")
        )
        assert schema.behind(connection)
    engine.dispose()
