"""Alembic's entry: runs the steps on the connection that `dolbom.staff.database` hands over."""

from alembic import context

from dolbom.web.care.models import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
