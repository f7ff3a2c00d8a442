"""What happened is found by its time, alarms among everything else, and what became of doses among the history."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the indexes."""
    op.create_index("ix_outbox_at", "outbox", ["at"])
    op.create_index("ix_outbox_alarm_at", "outbox", ["at"], sqlite_where=sa.text("alarm = 1"))
    op.create_index("ix_routine_entry_what", "routine_entry", ["what"])
