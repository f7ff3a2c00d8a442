"""How long nobody was noticed, the night, and the hours that a home's rhythm is learnt from."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the two tables."""
    op.create_table(
        "activity",
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("person", sa.String(length=48), nullable=True),
        sa.Column("looked", sa.String(length=32), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_activity_person_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_activity")),
    )
    op.create_table(
        "activity_hour",
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=48), nullable=True),
        sa.Column("watched_s", sa.Double(), nullable=False),
        sa.Column("silence_s", sa.Double(), nullable=False),
        sa.Column("signs", sa.Integer(), nullable=False),
        sa.Column("spoilt", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_activity_hour_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subject", "day", "hour", name=op.f("pk_activity_hour")),
    )
