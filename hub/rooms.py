"""Which sound is on in which room, and which nodes hear it: a state machine without a clock."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from contract.messages import HeardBy, Sounding

UNLISTED_S = 15.0
"""What a living node has not listed for this long is over: its `ended` was lost."""
SOUNDS_PER_NODE = 32
"""More sounds at once on one node are a broken node; an emergency finds room all the same."""


class Hearing(Struct, frozen=True, kw_only=True):
    """One node hears one sound."""

    node_id: str
    sound: str
    event_id: str
    since_s: float
    """Wall clock, seconds since 1970."""
    began_s: float
    """Monotonic."""
    listed_s: float
    """Monotonic time of the last message that said so."""
    score: float = 0.0
    """0 where it is only known from a list of what sounds."""
    heard_by: HeardBy = HeardBy.NETWORK
    lost: bool = False
    """The node went away meanwhile; its sound neither goes on nor ends."""


class Rooms:
    """What sounds where."""

    def __init__(self, room_of: Mapping[str, str], must_hear: Callable[[str], bool]) -> None:
        """Begin in silence.

        Args:
            room_of: The room of each node.
            must_hear: Whether a sound is an emergency. There are few of them, so what is kept
                stays bounded.
        """
        self._must_hear = must_hear
        self._room_of = room_of
        self._nodes_in: dict[str, list[str]] = {}
        for node_id, room_id in room_of.items():
            self._nodes_in.setdefault(room_id, []).append(node_id)
        self._hearings: dict[str, dict[str, Hearing]] = {node_id: {} for node_id in room_of}

    def room_of(self, node_id: str) -> str:
        """Return the room of a node."""
        return self._room_of[node_id]

    def hearing(self, node_id: str, sound: str) -> Hearing | None:
        """Return whether and since when a node hears a sound."""
        return self._hearings[node_id].get(sound)

    def heard_in(self, room_id: str) -> list[Hearing]:
        """Return what the nodes of a room hear."""
        return [
            hearing
            for node_id in self._nodes_in.get(room_id, ())
            for hearing in self._hearings[node_id].values()
        ]

    def sounds(self, room_id: str) -> list[Hearing]:
        """Return each sound of a room once, earliest first; what a lost node heard is left out."""
        sounds: dict[str, Hearing] = {}
        for hearing in self.heard_in(room_id):
            if not hearing.lost:
                known = sounds.get(hearing.sound, hearing)
                sounds[hearing.sound] = replace(
                    hearing,
                    since_s=min(known.since_s, hearing.since_s),
                    score=max(known.score, hearing.score),
                )
        return sorted(sounds.values(), key=lambda hearing: hearing.since_s)

    def where(self, sound: str) -> list[str]:
        """Return the rooms in which a sound is on."""
        nodes = [node for node, hearings in self._hearings.items() if sound in hearings]
        return sorted({self._room_of[node_id] for node_id in nodes})

    def is_on(self, room_id: str, sound: str) -> bool:
        """Tell whether any node of a room hears a sound."""
        return any(sound in self._hearings[node_id] for node_id in self._nodes_in.get(room_id, ()))

    def began(self, hearing: Hearing) -> None:
        """A node begins to hear a sound."""
        hearings = self._hearings[hearing.node_id]
        hearings.pop(hearing.sound, None)
        if len(hearings) < SOUNDS_PER_NODE or self._must_hear(hearing.sound):
            hearings[hearing.sound] = hearing

    def ended(self, node_id: str, sound: str, began_id: str | None = None) -> bool:
        """A node no longer hears a sound.

        Args:
            node_id: The node.
            sound: The sound.
            began_id: The event that it ends, where it is known: a late end of an earlier sound
                does not end this one.

        Returns:
            Whether the sound is now over in the whole room.
        """
        hearing = self._hearings[node_id].get(sound)
        if hearing is None or (began_id is not None and hearing.event_id != began_id):
            return False
        del self._hearings[node_id][sound]
        return not self.is_on(self._room_of[node_id], sound)

    def listed(
        self, node_id: str, sounding: Sequence[Sounding], *, now_s: float, wall_s: float
    ) -> list[str]:
        """A living node lists what it hears now.

        Returns:
            The sounds that it has not listed for so long that their end must have been lost.
        """
        hearings = self._hearings[node_id]
        for sound, hearing in hearings.items():
            if hearing.lost:
                hearings[sound] = replace(hearing, lost=False, listed_s=now_s)
        for entry in sounding:
            known = hearings.get(entry.sound)
            if known:
                hearings[entry.sound] = replace(known, event_id=entry.event_id, listed_s=now_s)
            else:
                self.began(
                    Hearing(
                        node_id=node_id,
                        sound=entry.sound,
                        event_id=entry.event_id,
                        since_s=wall_s - entry.for_s,
                        began_s=now_s - entry.for_s,
                        listed_s=now_s,
                    )
                )
        return [s for s, hearing in hearings.items() if now_s - hearing.listed_s > UNLISTED_S]

    def shift(self, by_s: float) -> None:
        """Follow the wall clock, which was set."""
        for hearings in self._hearings.values():
            for sound, hearing in hearings.items():
                hearings[sound] = replace(hearing, since_s=hearing.since_s + by_s)

    def lose(self, node_id: str) -> list[Hearing]:
        """A node went away: return what it heard at the end."""
        hearings = self._hearings[node_id]
        for sound, hearing in hearings.items():
            hearings[sound] = replace(hearing, lost=True)
        return list(hearings.values())
