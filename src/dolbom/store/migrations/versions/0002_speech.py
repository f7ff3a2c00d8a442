"""How the robot speaks to each person."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "speech_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=48), nullable=True),
        sa.Column("rate", sa.Double(), nullable=True),
        sa.Column("volume_db", sa.Double(), nullable=True),
        sa.Column("pause_s", sa.Double(), nullable=True),
        sa.Column("end_of_turn_s", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_speech_settings_person_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speech_settings")),
        sa.UniqueConstraint("person", name=op.f("uq_speech_settings_person")),
    )
