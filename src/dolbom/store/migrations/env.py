"""Alembic's entry: runs the steps on the connection that `dolbom.store.base` hands over."""

from alembic import context

from dolbom.store.base import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
