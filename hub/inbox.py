"""The bounded queue between all other threads and the hub's loop, and the gate before it."""

import queue
from collections.abc import Collection

from msgspec import Struct

from contract.clock import Clock
from contract.mqtt import Arrival
from hub.ingest import Gate
from hub.lights.port import LampReport
from hub.store.records import Record

ROOM_FOR = 10_000
"""Past this, messages of nodes and lamps are refused and counted; nodes send events again."""


class Acknowledge(Struct, frozen=True):
    """A person has seen an alert."""

    alert_id: str


class Stored(Struct, frozen=True):
    """The store has committed these."""

    records: list[Record]


class LinkUp(Struct, frozen=True):
    """The broker has accepted us."""


Message = Arrival | LampReport | Acknowledge | Stored | LinkUp


class Inbox:
    """Where every other thread leaves what the loop must know.

    Attributes:
        overflows: How many messages found it full.
        overflow_s: When the last one did, monotonic.
    """

    def __init__(
        self, nodes: Collection[str], clock: Clock, emergencies: Collection[str] = ()
    ) -> None:
        """Let in what these nodes say, and these sounds even from one that floods."""
        self.overflows = 0
        self.overflow_s: float | None = None
        self._gate = Gate(nodes, emergencies)
        self._clock = clock
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()

    @property
    def refused(self) -> int:
        """How many messages were turned away before they were read."""
        return self._gate.refused.total() + self.overflows

    @property
    def too_fast_s(self) -> dict[str, float]:
        """When each node last sent more than it may, monotonic."""
        return self._gate.too_fast_s.copy()

    @property
    def stranger_s(self) -> dict[str, float]:
        """When each node that belongs to no room last gave a sign of life, monotonic."""
        return self._gate.stranger_s.copy()

    def admit(self, arrival: Arrival) -> None:
        """Take in a node's message, unless the gate refuses it unread."""
        if self._gate.admit(arrival, self._clock.mono_s()):
            self.offer(arrival)

    def offer(self, message: Arrival | LampReport) -> None:
        """Take in what comes from outside, while there is room."""
        if self._queue.qsize() < ROOM_FOR:
            self._queue.put(message)
        else:
            self.overflows += 1
            self.overflow_s = self._clock.mono_s()

    def put(self, message: Acknowledge | Stored | LinkUp) -> None:
        """Take in what our own threads say; they say little, and it is never refused."""
        self._queue.put(message)

    def next(self, timeout_s: float) -> Message | None:
        """Wait for the next message; None when none came in time."""
        try:
            return self._queue.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None
