"""The two clocks: monotonic seconds for everything that lasts, UTC for people and history."""

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

NOT_BEFORE_S = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
"""A wall clock that shows less was never set: a Pi without a clock chip starts in the past."""

LAST_S = datetime(2199, 12, 31, tzinfo=UTC).timestamp()


SETTLES_S = 600.0
"""Since the machine's start; by then a network's time has come, where there is one at all."""


class Clock(Protocol):
    """Tells both times; tests pass their own."""

    def mono_s(self) -> float:
        """Seconds that only ever grow, from an arbitrary start."""

    def wall_s(self) -> float:
        """Seconds since 1970 in UTC, as the machine believes them."""


class SystemClock:
    """The clocks of this machine."""

    def mono_s(self) -> float:
        """Return the monotonic clock."""
        return time.monotonic()

    def wall_s(self) -> float:
        """Return the wall clock."""
        return time.time()


def is_settled(mono_s: float, wall_s: float) -> bool:
    """Tell whether a wall clock is set: a machine that has just started shows a saved time."""
    return wall_s >= NOT_BEFORE_S and mono_s >= SETTLES_S


def boot_id() -> str:
    """Return which start of this machine the monotonic clock counts from."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # not Linux: then no two runs share a start
        return str(uuid.uuid4())


def rfc3339(wall_s: float) -> str:
    """Return an instant as "2026-01-31T12:00:00.000Z", within the years that messages may carry.

    A clock at the very epoch tells of what was heard a moment before it.
    """
    return (
        datetime.fromtimestamp(min(max(0.0, wall_s), LAST_S), UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def from_rfc3339(instant: str) -> float:
    """Return seconds since 1970 of an instant that `rfc3339` wrote."""
    return datetime.fromisoformat(instant).timestamp()
