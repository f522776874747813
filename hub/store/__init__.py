"""What the hub remembers on disk; the only place that knows SQL."""

import logging

logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells each start's plumbing
