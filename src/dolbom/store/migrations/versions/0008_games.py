"""How people play, and each time that they did."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Makes the two tables."""
    op.create_table(
        "game_player",
        sa.Column("person", sa.String(length=48), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_game_player_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_game_player")),
    )
    op.create_table(
        "game_sitting",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=48), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("game", sa.String(length=32), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_game_sitting_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_game_sitting")),
    )
    for column in ("at", "person"):
        op.create_index(op.f(f"ix_game_sitting_{column}"), "game_sitting", [column])
