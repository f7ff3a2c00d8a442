"""The first tables.

Add a table here by declaring its model and running tests/unit/test_store.py: it prints the lines to paste.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables of version 0.1."""
    _safety()


def _safety() -> None:
    op.create_table(
        "distress",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("person", sa.String(length=48), nullable=True),
        sa.Column("began", sa.String(length=32), nullable=False),
        sa.Column("changed", sa.String(length=32), nullable=False),
        sa.Column("alarm_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distress")),
    )
    op.create_index(op.f("ix_distress_open"), "distress", ["open"])
