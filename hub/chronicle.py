"""Keeps the history true in time: when nobody listened, and what a wrong clock has misdated."""

import logging
import math
from collections import deque
from collections.abc import Callable

from msgspec.structs import asdict

from contract.clock import NOT_BEFORE_S, is_settled
from hub.gaps import LastAlive
from hub.household import Household, Moment
from hub.ingest import REMEMBERED_IDS
from hub.store.records import Memory, Record, Redated

ALIVE_S = 20.0
"""So exactly is the beginning of a power cut known; a card bears three rows a minute for years."""

log = logging.getLogger(__name__)


class Chronicle:
    """Writes what the passing of time itself brings into the history."""

    def __init__(
        self, household: Household, keep: Callable[[Record], bool], *, boot_id: str
    ) -> None:
        """Begin.

        Args:
            household: Knows who listens, and what it has dated.
            keep: Where records go; False if there is no room.
            boot_id: This start of the machine.
        """
        self._household = household
        self._keep = keep
        self._boot_id = boot_id
        self._alive_s = -math.inf
        self._unsure: deque[tuple[str, bool]] = deque(maxlen=REMEMBERED_IDS)

    def recall(self, memory: Memory) -> None:
        """Go on from what an earlier run left."""
        self._household.gaps.recall(memory.gaps, memory.alive, self._boot_id)

    def follow(self, now: Moment) -> bool:
        """Follow the wall clock, before anything else is done at this moment; tell if it was set.

        What came in before it could be right is dated again.
        """
        by_s = self._household.follow(now)
        if not by_s:
            return False
        log.info("the wall clock was set by %.0f s", by_s)
        for event_id, is_dated in self._unsure:
            heard_by_s = 0.0 if is_dated else by_s
            self._keep(Redated(event_id=event_id, heard_by_s=heard_by_s, received_by_s=by_s))
        return True

    def came_in(self, event_id: str, now: Moment, *, is_dated: bool) -> None:
        """Note an event: where the clock may be wrong, it is to be dated again.

        Args:
            event_id: The event.
            now: When it came in.
            is_dated: Its node has told when it was heard, by a clock that was set.
        """
        if is_settled(now.mono_s, now.wall_s):
            self._unsure.clear()
        else:
            self._unsure.append((event_id, is_dated))

    def take_stock(self, now: Moment, *, broker_up: bool, is_storing: bool) -> bool:
        """Keep when nobody listened, and that we live; tell if there is anything new to show.

        Args:
            now: The moment.
            broker_up: Whether nodes can reach us at all.
            is_storing: While nothing can be stored, signs of life would only take up room.
        """
        gaps = self._household.listen(now, broker_up=broker_up)
        for gap in gaps:
            self._keep(gap)
            log.info("nobody listened", extra=asdict(gap))
        if is_storing and now.mono_s >= self._alive_s + ALIVE_S:
            self.say_alive(now)
        return bool(gaps)

    def say_alive(self, now: Moment) -> None:
        """Keep that the hub lives: if this is the last time, a gap begins here."""
        self._alive_s = now.mono_s
        wall_s = now.wall_s if now.wall_s >= NOT_BEFORE_S else None
        self._keep(LastAlive(boot_id=self._boot_id, mono_s=now.mono_s, wall_s=wall_s))
