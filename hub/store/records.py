"""What the hub keeps: events and decisions, alerts, lamps, and when it could not listen."""

from msgspec import Struct

from contract.messages import SoundEvent
from hub.gaps import LastAlive
from hub.lights.port import LampState
from hub.view import Gap, HistoryRow


class EventRecord(Struct, frozen=True, kw_only=True):
    """One event and what was decided."""

    row: HistoryRow
    event: SoundEvent
    received_s: float
    """Wall clock, seconds since 1970."""


class AlertRecord(Struct, frozen=True, kw_only=True):
    """One line of the alerts' journal."""

    alert_id: str
    phase: str
    at_s: float
    """Wall clock, seconds since 1970."""
    sound: str
    urgency: str
    room_id: str
    reason: str


class LampRecord(Struct, frozen=True, kw_only=True):
    """What one lamp goes back to after an alert."""

    lamp_id: str
    calm: LampState | None
    flashing: bool
    """An alert has the lamp: whoever starts next must put it back."""


class Redated(Struct, frozen=True, kw_only=True):
    """The clock was wrong when an event came in, and has been set by so much since."""

    event_id: str
    heard_by_s: float
    """0.0 where the node's own clock told when it was heard."""
    received_by_s: float


Record = EventRecord | AlertRecord | LampRecord | Gap | LastAlive | Redated


class Memory(Struct, frozen=True):
    """What an earlier run of the hub left."""

    event_ids: tuple[str, ...] = ()
    """The newest known ones, oldest first."""
    rows: tuple[HistoryRow, ...] = ()
    """The newest history, oldest first."""
    lamps: tuple[LampRecord, ...] = ()
    gaps: tuple[Gap, ...] = ()
    """The newest times in which nobody listened, oldest first."""
    alive: LastAlive | None = None
