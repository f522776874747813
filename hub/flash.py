"""What lamps do in an alert: rhythms, turns, and never more than three flashes in a second."""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from contract.catalogue import Urgency
from hub.lights.port import DARK, FULL, Look

FLASHES = 3
WINDOW_S = 1.0 + 0.15
"""WCAG 2.3.1 counts any second; lamps may take one step up to 0.15 s apart (DESIGN 1.7)."""
TROUBLE_COLOUR = "#8a3ffc"
"""Violet: no sound of the catalogue has it."""
_RANK = {urgency: rank for rank, urgency in enumerate(Urgency)}


class Beat(Struct, frozen=True):
    """One step of a rhythm."""

    brightness: int
    """0..254; 0 is dark."""
    for_s: float


class Rhythm(Struct, frozen=True, kw_only=True):
    """How an alert moves: a round of beats, then a rest in which the lamp is as it was."""

    beats: tuple[Beat, ...]
    rest_s: float
    rounds: float
    patience_s: float = math.inf
    """An alert that has not come on by then, behind more urgent ones, stays off the lamps."""


RHYTHMS = {
    "alarm": Rhythm(beats=(Beat(FULL, 0.5), Beat(0, 0.5)), rest_s=0.0, rounds=math.inf),
    "two_pulses": Rhythm(
        beats=(Beat(FULL, 0.9), Beat(0, 0.6), Beat(FULL, 0.9)),
        rest_s=7.6,
        rounds=3,
        patience_s=60.0,
    ),
    "slow_violet": Rhythm(beats=(Beat(120, 2.5),), rest_s=0.0, rounds=1),
}
"""By the catalogue's pattern names; 1 Hz lies inside EN 54-23's 0.5 to 2 Hz. Others: no lamp."""


class Cue(Struct, frozen=True, kw_only=True):
    """One alert as lamps see it."""

    cue_id: str
    """A newer cue of the same id takes its place."""
    event_id: str
    """What raised it, for the log."""
    urgency: Urgency
    colour: str
    rhythm: Rhythm
    lamps: frozenset[str]


class Rest(Struct, frozen=True):
    """The lamp is as it was, for a pause or for good."""

    over: bool


class Scene(Struct, frozen=True):
    """What some lamps of one sight group are to do now, all together."""

    lamps: frozenset[str]
    look: Look | Rest
    event_id: str = ""


@dataclass(slots=True)
class _Turn:
    """A cue that waits for its rounds or plays them."""

    cue: Cue
    asked_s: float
    ready_s: float
    rounds_left: float
    played_s: float = -math.inf


class SightGroup:
    """Lamps that can be seen together: one voice at a time, one flash budget.

    A lit step, and any way back to the calm state, costs one flash; dark costs none. Between two
    changes upwards lies at most one downwards, so three of them are at most three flashes.

    Attributes:
        due_s: When `advance` has something to do; infinite while the lamps are calm.
    """

    def __init__(self) -> None:
        self.due_s = math.inf
        self._turns: list[_Turn] = []
        self._playing: _Turn | None = None
        self._beat = 0
        self._lit_s: deque[float] = deque(maxlen=FLASHES)
        self._away: frozenset[str] = frozenset()
        """Lamps that show an alert."""
        self._resting: frozenset[str] = frozenset()
        """Lamps that are calm, but not yet released."""

    def play(self, cue: Cue, now_s: float) -> None:
        """Let an alert come on: at once, unless a more urgent one has the lamps."""
        self._turns = [turn for turn in self._turns if turn.cue.cue_id != cue.cue_id]
        turn = _Turn(cue, now_s, now_s, cue.rhythm.rounds)
        self._turns.append(turn)
        playing = self._playing
        if playing is None or _RANK[cue.urgency] <= _RANK[playing.cue.urgency]:
            self._playing = None
            self.due_s = now_s

    def stop(self, cue_id: str, now_s: float) -> None:
        """Take an alert off the lamps."""
        self._turns = [turn for turn in self._turns if turn.cue.cue_id != cue_id]
        if self._playing and self._playing.cue.cue_id == cue_id:
            self._playing = None
        if self._playing is None:
            self.due_s = now_s

    def spend(self, now_s: float) -> bool:
        """Take one flash out of the budget, for a lamp that is set right outside a rhythm."""
        if now_s < self._affordable_s():
            return False
        self._lit_s.append(now_s)
        return True

    def advance(self, now_s: float) -> list[Scene]:
        """Make the step that is due, if one is."""
        if now_s < self.due_s:
            return []
        if self._playing is None or self._beat + 1 >= len(self._playing.cue.rhythm.beats):
            self._playing = self._next(now_s)
            self._beat = -1
        if self._playing is None:
            return self._calm(now_s)
        return self._step(self._playing, now_s)

    def _affordable_s(self) -> float:
        """From when on one more flash is within the budget."""
        return self._lit_s[0] + WINDOW_S if len(self._lit_s) == FLASHES else -math.inf

    def _step(self, turn: _Turn, now_s: float) -> list[Scene]:
        beats = turn.cue.rhythm.beats
        beat = beats[self._beat + 1]
        left_over = self._away - turn.cue.lamps
        if (beat.brightness or left_over) and not self.spend(now_s):
            self.due_s = self._affordable_s()
            return []
        self._beat += 1
        self.due_s = turn.ready_s = now_s + beat.for_s
        if self._beat == 0:
            turn.played_s = now_s
            turn.rounds_left -= 1
        if self._beat + 1 == len(beats):
            turn.ready_s += turn.cue.rhythm.rest_s
        self._away = turn.cue.lamps
        look = Look(turn.cue.colour, beat.brightness) if beat.brightness else DARK
        return [Scene(turn.cue.lamps, look, turn.cue.event_id), *self._release(left_over)]

    def _next(self, now_s: float) -> _Turn | None:
        """The most urgent cue that is ready; of several, the one that has waited longest."""
        self._turns = [
            turn
            for turn in self._turns
            if turn.rounds_left > 0
            and (turn.played_s > -math.inf or now_s - turn.asked_s <= turn.cue.rhythm.patience_s)
        ]
        return min(
            (turn for turn in self._turns if turn.ready_s <= now_s),
            key=lambda turn: (_RANK[turn.cue.urgency], turn.played_s, -turn.asked_s),
            default=None,
        )

    def _calm(self, now_s: float) -> list[Scene]:
        """Nobody's turn: back to the calm state, for a rest or for good."""
        lamps = self._away | (self._resting - self._wanted())
        if lamps and not self.spend(now_s):
            self.due_s = self._affordable_s()
            return []
        self.due_s = min((turn.ready_s for turn in self._turns), default=math.inf)
        self._away = frozenset()
        return self._release(lamps)

    def _release(self, lamps: frozenset[str]) -> list[Scene]:
        rest, over = lamps & self._wanted(), lamps - self._wanted()
        self._resting = (self._resting - self._away - over) | rest
        return [
            Scene(some, Rest(is_over)) for some, is_over in ((rest, False), (over, True)) if some
        ]

    def _wanted(self) -> frozenset[str]:
        """Lamps for which some alert still waits."""
        return frozenset().union(*(turn.cue.lamps for turn in self._turns))


class Director:
    """Brings each alert to every sight group that has lamps of it."""

    def __init__(self, group_of: Mapping[str, str]) -> None:
        """Begin calm.

        Args:
            group_of: The sight group of each lamp.
        """
        self._group_of = group_of
        self._groups = {group: SightGroup() for group in group_of.values()}

    @property
    def due_s(self) -> float:
        """When `advance` has something to do."""
        return min((group.due_s for group in self._groups.values()), default=math.inf)

    def play(self, cue: Cue, now_s: float) -> list[Scene]:
        """Let an alert come on; returns what is to be shown at once."""
        scenes: list[Scene] = []
        for group_id in {self._group_of[lamp] for lamp in cue.lamps}:
            group = self._groups[group_id]
            mine = frozenset(lamp for lamp in cue.lamps if self._group_of[lamp] == group_id)
            group.play(replace(cue, lamps=mine), now_s)
            scenes += group.advance(now_s)
        return scenes

    def stop(self, cue_id: str, now_s: float) -> list[Scene]:
        """Take an alert off all lamps; returns what is to be shown at once."""
        for group in self._groups.values():
            group.stop(cue_id, now_s)
        return self.advance(now_s)

    def advance(self, now_s: float) -> list[Scene]:
        """Make every step that is due."""
        return [scene for group in self._groups.values() for scene in group.advance(now_s)]

    def spend(self, lamp_id: str, now_s: float) -> bool:
        """Take one flash out of the budget of a lamp's group."""
        return self._groups[self._group_of[lamp_id]].spend(now_s)


def looks(colours: Iterable[str]) -> frozenset[Look]:
    """Return every lit look that an alert in one of these colours can leave on a lamp."""
    brightnesses = {beat.brightness for rhythm in RHYTHMS.values() for beat in rhythm.beats} - {0}
    return frozenset(Look(colour, light) for colour in colours for light in brightnesses)
