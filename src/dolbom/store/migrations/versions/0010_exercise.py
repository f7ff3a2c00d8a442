"""How people exercise, and each time that they did."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the two tables."""
    op.create_table(
        "exercise_mover",
        sa.Column("person", sa.String(length=48), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_exercise_mover_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_exercise_mover")),
    )
    op.create_table(
        "exercise_session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=48), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("routine", sa.String(length=32), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_exercise_session_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exercise_session")),
    )
    for column in ("at", "person"):
        op.create_index(op.f(f"ix_exercise_session_{column}"), "exercise_session", [column])
