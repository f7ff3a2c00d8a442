"""Care routines with their versions, what is due, and the history of it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the four tables."""
    op.create_table(
        "routine",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=8), nullable=False),
        sa.Column("content", sa.Integer(), nullable=False),
        sa.Column("timed", sa.Boolean(), nullable=False),
        sa.Column("persons", sa.String(length=600), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_routine")),
    )
    op.create_table(
        "routine_due",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("person", sa.String(length=48), nullable=True),
        sa.Column("routine", sa.String(length=48), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_routine_due_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_routine_due")),
        sa.UniqueConstraint("id", name=op.f("uq_routine_due_id")),
    )
    for column in ("at", "open", "person"):
        op.create_index(op.f(f"ix_routine_due_{column}"), "routine_due", [column])
    op.create_table(
        "routine_entry",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(length=48), nullable=True),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_routine_entry_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_routine_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_routine_entry_id")),
    )
    for column in ("at", "counts", "person"):
        op.create_index(op.f(f"ix_routine_entry_{column}"), "routine_entry", [column])
    op.create_table(
        "routine_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("looked", sa.String(length=32), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("behind", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routine_mark")),
    )
