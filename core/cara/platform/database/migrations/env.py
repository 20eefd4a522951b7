"""Alembic's entry: runs on the connection that `cara.platform.database.schema` hands over."""

from typing import Any

from alembic import context
from cara.platform.database.schema import import_models
from sqlmodel import SQLModel


def render(kind: str, thing: Any, _context: Any) -> Any:
    """Plain types in migrations: they must still run when SQLModel has moved on."""
    if kind == "type" and type(thing).__name__ == "AutoString":
        return "sa.String()"
    return False


import_models()
context.configure(
    render_item=render,
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
