"""History, alerts' journal and the lamps' calm states."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "history",
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("node_id", sa.String(32), nullable=False),
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("sound", sa.String(48), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("level_db", sa.Float, nullable=False),
        sa.Column("duration_s", sa.Float, nullable=False),
        sa.Column("heard_s", sa.Float, nullable=False),
        sa.Column("alerted", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("received_s", sa.Float, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
    )
    op.create_index("history_heard", "history", ["heard_s"])
    op.create_index("history_received", "history", ["received_s"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alert_id", sa.String(36), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("at_s", sa.Float, nullable=False),
        sa.Column("sound", sa.String(48), nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
    )
    op.create_index("alerts_at", "alerts", ["at_s"])
    op.create_table(
        "lamps",
        sa.Column("lamp_id", sa.String(32), primary_key=True),
        sa.Column("calm", sa.Text),
        sa.Column("flashing", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Forget everything."""
    for table in ("lamps", "alerts", "history"):
        op.drop_table(table)
