"""An event that a person must be told of, and what becomes of it."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from contract.catalogue import Urgency
from contract.messages import HeardBy
from hub.view import MissedSound


class Alert(Struct, frozen=True, kw_only=True):
    """An event that a person must be told of, and what has become of it."""

    alert_id: str
    """The id of the event that raised it."""
    sound: str
    urgency: Urgency
    room_id: str
    reason: str
    since_s: float
    """When the sound began: wall clock, seconds since 1970."""
    is_dated: bool = False
    """That was told by the node's own clock: it does not move when ours is set."""
    raised_s: float
    """Monotonic, as the times below unless they say otherwise."""
    score: float = 0.0
    heard_by: HeardBy = HeardBy.NETWORK
    sounding: bool = True
    missed: bool = False
    """It came too late for a flash."""
    ear_lost: bool = False
    ended_s: float | None = None
    acknowledged_s: float | None = None
    acknowledged_wall_s: float | None = None
    quiet: bool = False
    """The lamps have stopped, though nobody has acknowledged it."""
    parts: tuple[MissedSound, ...] = ()
    """Of a summary: all that was missed, the most urgent first."""
    until_s: float | None = None
    """Of a summary: when the last of it was heard; wall clock."""

    def shifted(self, by_s: float) -> "Alert":
        """Return it as the wall clock dates it that was set by so much."""
        seen_s, until_s = self.acknowledged_wall_s, self.until_s
        heard_by_s = 0.0 if self.is_dated else by_s
        return replace(
            self,
            since_s=self.since_s + heard_by_s,
            acknowledged_wall_s=None if seen_s is None else seen_s + by_s,
            until_s=None if until_s is None else until_s + heard_by_s,
        )


class News(Struct, frozen=True):
    """Something has become of an alert."""

    phase: Literal["raised", "acknowledged", "ended", "quiet"]
    alert: Alert
