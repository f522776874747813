"""When nobody listened, and until when the hub was alive."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "gaps",
        sa.Column("gap_id", sa.String(36), primary_key=True),
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("from_s", sa.Float),
        sa.Column("to_s", sa.Float),
        sa.Column("is_open", sa.Boolean, nullable=False),
    )
    op.create_table(
        "alive",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("boot_id", sa.String(36), nullable=False),
        sa.Column("mono_s", sa.Float, nullable=False),
        sa.Column("wall_s", sa.Float),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("alive")
    op.drop_table("gaps")
