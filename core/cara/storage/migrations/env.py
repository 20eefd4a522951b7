"""Alembic's entry: runs on the connection that `cara.storage.schema` hands over."""

from alembic import context
from sqlmodel import SQLModel

from cara.storage.schema import import_models

import_models()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
