"""What comes in from nodes: who may speak and how often, bytes into messages, known ids."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from contract.errors import PayloadError
from contract.messages import Health, NodeStatus, SoundEvent, decode
from contract.mqtt import Arrival
from contract.topics import node_of

RATE_PER_S, BURST = 20.0, 200.0
"""A node paces itself below this (DESIGN 4)."""
RESERVE_PER_S, RESERVE = 2.0, 20.0
"""What a node may say beyond its pace, on each topic: a flood must drown neither its signs of life
nor an emergency. An alarm begins and ends far more seldom than this."""
REMEMBERED_IDS = 10_000
STRANGERS = 10
"""So many nodes of no room are named; a broker without walls may carry any number."""

Refusal = Literal["unknown_node", "retained", "too_fast"]
T = TypeVar("T")


class Heard(Struct, frozen=True):
    """A node reports a sound."""

    node_id: str
    event: SoundEvent


class Alive(Struct, frozen=True):
    """A node gives its sign of life."""

    node_id: str
    health: Health


class Told(Struct, frozen=True):
    """A node, or the broker for it, says what it is."""

    node_id: str
    status: NodeStatus


Message = Heard | Alive | Told


class Buckets:
    """A token bucket for each source."""

    def __init__(self, *, rate_per_s: float = RATE_PER_S, burst: float = BURST) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._left: dict[str, tuple[float, float]] = {}

    def has(self, source: str, now_s: float) -> bool:
        """Tell whether a source has a token left."""
        return self._tokens(source, now_s) >= 1.0

    def take(self, source: str, now_s: float) -> bool:
        """Take one token of a source; False when it has none left."""
        tokens = self._tokens(source, now_s)
        self._left[source] = (max(0.0, tokens - 1.0) if tokens >= 1.0 else tokens, now_s)
        return tokens >= 1.0

    def _tokens(self, source: str, now_s: float) -> float:
        tokens, at_s = self._left.get(source, (self._burst, now_s))
        return min(self._burst, tokens + (now_s - at_s) * self._rate_per_s)


class Gate:
    """Decides whether a message may come in; parses nothing, unless a node floods.

    Attributes:
        refused: How often each reason has turned a message away.
        too_fast_s: When each node last spoke too fast.
        stranger_s: When each node that belongs to no room last gave a sign of life.
    """

    def __init__(self, nodes: Collection[str], emergencies: Collection[str] = ()) -> None:
        """Know the nodes that belong to a room, and the sounds that pass every filter."""
        self.refused: Counter[Refusal] = Counter()
        self.too_fast_s: dict[str, float] = {}
        self.stranger_s: dict[str, float] = {}
        self._nodes = frozenset(nodes)
        self._emergencies = frozenset(emergencies)
        self._names = tuple(f'"{sound}"'.encode() for sound in sorted(emergencies))
        self._buckets = Buckets()
        self._reserves = Buckets(rate_per_s=RESERVE_PER_S, burst=RESERVE)

    def admit(self, arrival: Arrival, now_s: float) -> bool:
        """Judge a message by its topic, its retain flag and its sender's pace."""
        refusal = self._refusal(arrival, now_s)
        if refusal:
            self.refused[refusal] += 1
        return refusal is None

    def _refusal(self, arrival: Arrival, now_s: float) -> Refusal | None:
        node_id = node_of(arrival.topic)
        if node_id is None or node_id not in self._nodes:
            self._note_stranger(node_id, arrival, now_s)
            return "unknown_node"
        if arrival.retained and not arrival.topic.endswith("/status"):
            return "retained"
        if self._buckets.take(node_id, now_s):
            return None
        self.too_fast_s[node_id] = now_s
        reserves, topic = self._reserves, arrival.topic
        passes = reserves.has(topic, now_s) and self._must_hear(arrival)
        return None if passes and reserves.take(topic, now_s) else "too_fast"

    def _note_stranger(self, node_id: str | None, arrival: Arrival, now_s: float) -> None:
        """Note who lives; what the broker remembers of a node that was revoked is no life."""
        lives = arrival.topic.endswith("/health") and not arrival.retained
        if node_id and lives and (node_id in self.stranger_s or len(self.stranger_s) < STRANGERS):
            self.stranger_s[node_id] = now_s

    def _must_hear(self, arrival: Arrival) -> bool:
        """Whether it is a true sign of life or emergency: what is malformed uses up no reserve."""
        is_event = arrival.topic.endswith("/event")
        if is_event and not any(name in arrival.payload for name in self._names):
            return False
        try:
            message = read(arrival)
        except PayloadError:
            return False
        return not isinstance(message, Heard) or message.event.sound in self._emergencies


def read(arrival: Arrival) -> Message:
    """Read one message of a node that the gate has admitted.

    Raises:
        PayloadError: It is not what its topic promises.
    """
    topic, payload = arrival.topic, arrival.payload
    node_id = node_of(topic)
    if node_id is not None:
        match topic.rpartition("/")[2]:
            case "event":
                return Heard(node_id, decode(SoundEvent, payload, source=topic))
            case "health":
                return Alive(node_id, decode(Health, payload, source=topic))
            case "status":
                return Told(node_id, decode(NodeStatus, payload, source=topic))
    raise PayloadError(f"{topic}: no message for the hub")


class Receipts(Generic[T]):
    """The events that came in lately, and whether each is safely stored.

    A known event is never decided again. One that the store had no room for is kept here, to be
    offered once more when the node sends it again.
    """

    def __init__(self, stored_ids: Iterable[str] = (), *, size: int = REMEMBERED_IDS) -> None:
        self._size = size
        self._known: OrderedDict[str, T | None] = OrderedDict()
        self._stored: set[str] = set()
        self.recall(stored_ids)

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._known

    def recall(self, stored_ids: Iterable[str]) -> None:
        """Know what an earlier run has stored, oldest first; it is older than all that came in."""
        stored_ids = tuple(stored_ids)
        earlier = dict.fromkeys(one for one in stored_ids if one not in self._known)
        self._known = OrderedDict(earlier | self._known)
        for event_id in stored_ids:
            self.stored(event_id)
        self._forget()

    def add(self, event_id: str, unkept: T | None) -> None:
        """Remember a decided event; `unkept` is its record where the store had no room."""
        self._known[event_id] = unkept
        self._forget()

    def stored(self, event_id: str) -> None:
        """Note that an event is committed."""
        if event_id in self._known:
            self._known[event_id] = None
            self._stored.add(event_id)

    def is_stored(self, event_id: str) -> bool:
        """Tell whether a known event is committed, so that its node may be told again."""
        return event_id in self._stored

    def offer_again(self, event_id: str, keep: Callable[[T], bool]) -> None:
        """Offer a known event's record to the store once more, if it had no room before."""
        record = self._known[event_id]
        if record is not None and keep(record):
            self._known[event_id] = None

    def _forget(self) -> None:
        while len(self._known) > self._size:
            forgotten, _ = self._known.popitem(last=False)
            self._stored.discard(forgotten)
