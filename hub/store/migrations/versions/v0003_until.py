"""Until when what kept a sound from alerting was to last."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("history", sa.Column("until_s", sa.Float))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("history", "until_s")
