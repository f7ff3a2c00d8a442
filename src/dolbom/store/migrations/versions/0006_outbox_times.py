"""What happened is found by its time, and alarms among everything else."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the indexes."""
    op.create_index("ix_outbox_at", "outbox", ["at"])
    op.create_index("ix_outbox_alarm_at", "outbox", ["at"], sqlite_where=sa.text("alarm"))
