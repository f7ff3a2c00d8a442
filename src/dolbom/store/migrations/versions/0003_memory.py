"""What people told the robot, and the daily check-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes both tables."""
    op.create_table(
        "memory_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(length=48), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("expires", sa.String(length=32), nullable=False),
        sa.Column("fact", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_memory_fact_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_fact")),
    )
    op.create_index(op.f("ix_memory_fact_person"), "memory_fact", ["person"])
    op.create_table(
        "check_in",
        sa.Column("person", sa.String(length=48), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("expires", sa.String(length=32), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_check_in_person_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "day", name=op.f("pk_check_in")),
    )
