"""The tables of the hub's database, as the newest migration leaves them."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

history = Table(
    "history",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("node_id", String(32), nullable=False),
    Column("room_id", String(32), nullable=False),
    Column("sound", String(48), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("urgency", String(16), nullable=False),
    Column("score", Float, nullable=False),
    Column("level_db", Float, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("heard_s", Float, nullable=False),
    Column("alerted", Boolean, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("until_s", Float),
    Column("received_s", Float, nullable=False),
    Column("event", Text, nullable=False),  # the whole message as JSON, for what comes later
    Index("history_heard", "heard_s"),
    Index("history_received", "received_s"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", String(36), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("at_s", Float, nullable=False),
    Column("sound", String(48), nullable=False),
    Column("urgency", String(16), nullable=False),
    Column("room_id", String(32), nullable=False),
    Column("reason", String(32), nullable=False),
    Index("alerts_at", "at_s"),
)

lamps = Table(
    "lamps",
    metadata,
    Column("lamp_id", String(32), primary_key=True),
    Column("calm", Text),
    Column("flashing", Boolean, nullable=False),
)

gaps = Table(
    "gaps",
    metadata,
    Column("gap_id", String(36), primary_key=True),
    Column("room_id", String(32), nullable=False),  # "" for the whole home
    Column("why", String(16), nullable=False),
    Column("from_s", Float),
    Column("to_s", Float),
    Column("is_open", Boolean, nullable=False),
)

alive = Table(
    "alive",
    metadata,
    Column("id", Integer, primary_key=True),  # one row
    Column("boot_id", String(36), nullable=False),
    Column("mono_s", Float, nullable=False),
    Column("wall_s", Float),
)
