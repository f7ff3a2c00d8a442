"""Disaster check-ins and notices of the day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes their tables."""
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("area", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("deadline", sa.String(length=32), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=100), nullable=True),
        sa.Column("withdrawn_at", sa.String(length=32), nullable=True),
        sa.Column("escalated_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index("ix_campaign_deadline", "campaign", ["deadline"], unique=False)
    op.create_table(
        "campaign_home",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("home_id", sa.String(length=48), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.String(length=32), nullable=True),
        sa.Column("alarm_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_home_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f("fk_campaign_home_home_id_home")),
        sa.PrimaryKeyConstraint("campaign_id", "home_id", name=op.f("pk_campaign_home")),
    )
    op.create_table(
        "campaign_downlink",
        sa.Column("downlink_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("robot_id", sa.String(length=48), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_downlink_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["downlink_id"], ["downlink.id"], name=op.f("fk_campaign_downlink_downlink_id_downlink")
        ),
        sa.ForeignKeyConstraint(["robot_id"], ["robot.id"], name=op.f("fk_campaign_downlink_robot_id_robot")),
        sa.PrimaryKeyConstraint("downlink_id", name=op.f("pk_campaign_downlink")),
    )
    op.create_index(op.f("ix_campaign_downlink_campaign_id"), "campaign_downlink", ["campaign_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("until", sa.String(length=32), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=100), nullable=True),
        sa.Column("withdrawn_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_made_at", "notice", ["made_at"], unique=False)
