"""The migration makes what the models say, and the database is then seen to be up to date."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cara.platform.database import schema
from sqlmodel import SQLModel


def test_the_migration_and_the_model_agree(tmp_path: Path) -> None:
    schema.import_models()
    engine = schema.owner_engine(f"sqlite:///{tmp_path / 'cara.db'}")
    with engine.connect() as connection:
        assert schema.behind(connection)
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert not schema.behind(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = [change for change in compare_metadata(context, SQLModel.metadata) if "licence" in str(change)]
    engine.dispose()
    assert found == []
