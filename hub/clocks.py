"""How old a node's event is, however long it waited: each node's clock against the hub's."""

import math
from typing import NamedTuple

from msgspec import Struct

from contract.clock import NOT_BEFORE_S, from_rfc3339, is_settled
from contract.messages import Health, SoundEvent

DRIFT = 200e-6
"""Two quartz clocks of 100 ppm each may part this fast."""
SLEPT_S = 5.0
"""A jump of this size is no network delay: the node's machine was asleep."""
AHEAD_S = 5.0
"""A node whose set clock shows so much more than ours tells that ours is not set yet."""


class When(NamedTuple):
    """When a sound was heard."""

    age_s: float
    """How long ago; infinite where it is only known to be old."""
    heard_s: float
    """Wall clock, seconds since 1970, by the hub; when it came in where nobody knows better."""
    is_dated: bool
    """By the node's own clock, which was set: it does not move when ours is."""


class _NodeClock(Struct, frozen=True):
    boot_id: str
    offset_s: float
    """Hub's monotonic time less the node's; the smallest seen had the least delay."""
    at_s: float


class NodeClocks:
    """What the hub knows of each node's monotonic clock."""

    def __init__(self) -> None:
        self._clocks: dict[str, _NodeClock] = {}

    def alive(self, node_id: str, health: Health, now_s: float) -> None:
        """Take in a sign of life, which is never queued and so tells the node's clock now."""
        seen_s = now_s - health.mono_s
        clock = self._clocks.get(node_id)
        if clock and clock.boot_id == health.boot_id and seen_s - clock.offset_s < SLEPT_S:
            seen_s = min(seen_s, clock.offset_s + DRIFT * (now_s - clock.at_s))
        self._clocks[node_id] = _NodeClock(health.boot_id, seen_s, now_s)

    def when(self, node_id: str, event: SoundEvent, *, now_s: float, wall_s: float) -> When:
        """Tell when a sound was heard; arguments as those of `age_s`."""
        age_s = self.age_s(node_id, event, now_s=now_s, wall_s=wall_s)
        own_s = self._own_s(node_id, event)
        if own_s is None:
            heard_s = wall_s - (age_s if math.isfinite(age_s) else 0.0)
            return When(age_s, heard_s, is_dated=False)
        heard_s = min(own_s, wall_s) if is_settled(now_s, wall_s) else own_s
        return When(age_s, heard_s, is_dated=True)

    def age_s(self, node_id: str, event: SoundEvent, *, now_s: float, wall_s: float) -> float:
        """Tell how long ago a sound was heard.

        Args:
            node_id: The node that reports it.
            event: Its report.
            now_s: The hub's monotonic time.
            wall_s: The hub's wall clock.

        Returns:
            Seconds, 0 at least. Of a boot whose clock is not known, by the wall clocks where
            both are set; else 0 where it may be the node's present boot (never miss an alarm)
            and infinite where the node runs in another one.
        """
        clock = self._clocks.get(node_id)
        if clock and clock.boot_id == event.boot_id:
            return max(0.0, now_s - (event.heard_mono_s + clock.offset_s))
        own_s = self._own_s(node_id, event)
        if own_s is None or not _is_set(wall_s, now_s=now_s, other_s=own_s):
            return math.inf if clock else 0.0
        return max(0.0, wall_s - own_s)

    def _own_s(self, node_id: str, event: SoundEvent) -> float | None:
        """Return the node's own date of what its present boot does not date better."""
        clock = self._clocks.get(node_id)
        is_present = clock is not None and clock.boot_id == event.boot_id
        return from_rfc3339(event.heard_at) if event.clock_ok and not is_present else None


def _is_set(wall_s: float, *, now_s: float, other_s: float) -> bool:
    """Whether a wall clock can be believed, beside what another one showed that was set."""
    is_behind = other_s - wall_s > AHEAD_S and not is_settled(now_s, wall_s)
    return wall_s >= NOT_BEFORE_S and not is_behind
