"""What the hub shows: one frozen picture of the home, and the port through which pages see it."""

from contextlib import AbstractContextManager
from typing import Literal, Protocol

from msgspec import Struct

from contract.catalogue import Urgency


class SoundView(Struct, frozen=True, kw_only=True):
    """A sound that is on now."""

    sound: str
    urgency: Urgency
    score: float
    since_s: float
    """Wall clock, seconds since 1970, as all times here."""


class NodeView(Struct, frozen=True, kw_only=True):
    """One ear."""

    node_id: str
    hears: bool
    level_db: float
    floor_db: float
    inference_ms: float
    outbox_depth: int
    dropped_windows: int
    """Pieces of sound that it had no time for, since it started."""
    version: str
    model: str
    unproven: tuple[str, ...] = ()
    """Sounds that its model was never tested for with a real recording."""
    last_heard_s: float | None
    """When its last sign of life came in; None: never."""


class RoomView(Struct, frozen=True, kw_only=True):
    """One room. Where it does not hear, its silence means nothing."""

    room_id: str
    name_en: str
    name_ko: str
    hears: bool
    sounds: tuple[SoundView, ...]
    nodes: tuple[NodeView, ...]


class MissedSound(Struct, frozen=True, kw_only=True):
    """One sound of a room in a summary of what was missed."""

    sound: str
    room_id: str
    times: int


class AlertView(Struct, frozen=True, kw_only=True):
    """An alert that is sounding or not yet acknowledged."""

    alert_id: str
    sound: str
    urgency: Urgency
    room_id: str
    since_s: float
    score: float
    heard_by: str
    reason: str
    sounding: bool
    acknowledged_s: float | None
    ear_lost: bool
    """The node went away while the sound was on."""
    also_in: tuple[str, ...] = ()
    """Ids of further rooms where it is heard."""
    parts: tuple[MissedSound, ...] = ()
    """All that a summary of an outage tells, the most urgent first."""
    until_s: float | None = None
    """Of a summary: when the last of it was heard."""


class LampView(Struct, frozen=True, kw_only=True):
    """A lamp as it last reported itself."""

    lamp_id: str
    name_en: str
    name_ko: str
    room_id: str
    on: bool
    brightness: int
    """0..254, as Zigbee2MQTT counts."""
    colour: str
    """sRGB, "#rrggbb"."""
    flashing: bool
    answers: bool


class TroubleView(Struct, frozen=True, kw_only=True):
    """Something is broken; never red, never a flame."""

    trouble: str
    """Its name in docs/troubleshooting.md."""
    subject: str
    """Id of the node or lamp."""
    room_id: str
    since_s: float
    detail: str


class HistoryRow(Struct, frozen=True, kw_only=True):
    """One stored event and what the hub decided."""

    event_id: str
    node_id: str
    room_id: str
    sound: str
    phase: Literal["began", "ended", "possible"]
    urgency: Urgency
    score: float
    level_db: float
    duration_s: float
    heard_s: float
    alerted: bool
    reason: str
    until_s: float | None = None
    """Of quiet hours: when they were to end."""


Why = Literal["ear", "hub", "power", "broker"]
"""What kept a room from being heard: its ear, the hub, the machine's power, the broker."""


class Gap(Struct, frozen=True, kw_only=True):
    """A time in which nobody listened."""

    gap_id: str
    room_id: str
    """"" for the whole home."""
    why: Why
    from_s: float | None
    """None: nobody knows, as the clock was not set."""
    to_s: float | None
    """None while it is on, and where nobody knows."""
    is_open: bool


class HomeView(Struct, frozen=True, kw_only=True):
    """The whole home at one moment."""

    at_s: float
    version: str
    broker: str
    """Which broker runs: "mosquitto", "amqtt", "external"."""
    broker_up: bool
    rooms: tuple[RoomView, ...] = ()
    alerts: tuple[AlertView, ...] = ()
    lamps: tuple[LampView, ...] = ()
    troubles: tuple[TroubleView, ...] = ()
    gaps: tuple[Gap, ...] = ()
    """The latest ones, oldest first."""


class Counters(Struct, frozen=True, kw_only=True):
    """What has been counted since the hub started, for /metrics."""

    events: int
    events_dropped: int
    alerts: int
    lamp_commands: int
    lamp_failures: int
    stored: int
    store_failures: int


Change = Literal["home", "lamps"]
"""What a page must look at again: everything, or only the lamps."""


class Changes(Protocol):
    """The changes one open page has not seen yet."""

    def next(self, timeout_s: float) -> Change | None:
        """Wait for the next change; None when none came in time."""


class Home(Protocol):
    """The hub, as pages see it. Every call returns at once and may come from any thread."""

    def view(self) -> HomeView:
        """Return the home as it is now."""

    def history(self, limit: int) -> list[HistoryRow]:
        """Return the newest stored events, newest first."""

    def acknowledge(self, alert_id: str) -> bool:
        """Tell the hub that a person has seen an alert; False if it is not open."""

    def changes(self) -> AbstractContextManager[Changes]:
        """Follow what changes, until the context ends."""

    def counters(self) -> Counters:
        """Return what has been counted."""
