"""From scores to what people are told: a sound began, a sound ended, a sound may have been."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from contract.catalogue import BACKGROUND
from contract.messages import HeardBy, Phase
from node.bundle import Threshold
from node.detection import Detection, Moment
from node.evidence import Evidence
from node.groups import Pattern
from node.spectra import Floats

SMOOTH_S = 0.7
"""Scores are averaged over this time: two decisions at two a second, one at the paper's 1.6 s."""
CERTAIN = 0.9
"""A single score this high counts at once: a knock or a breaking glass is over in one window."""
TOGETHER_S = 2.0
"""Sounds that rise within one window of each other are names for one and the same sound."""
POSSIBLE_PER_HOUR = 20
HOUR_S = 3600.0
BEEPING = frozenset({"alarm_clock", "appliance_beep", "low_battery_chirp", "smoke_alarm"})
"""What a network calls the beeps of a smoke or CO alarm too: a rhythm that is known overrules it.
Doorbells, telephones and sirens are not among them: they may well sound during a fire."""


class Detector:
    """Follows every sound of a node through time; knows no clock but `at_s`.

    A sound begins when its smoothed score reaches `on`, if it is the likeliest sound, an emergency,
    or rose by itself while others went on: the same noise shall not begin under five names. It
    ends when its score was below `off` for `hold_s`, which bridges the pauses of an alarm. A rhythm
    that is certain begins its sound whatever the scores are, and ends other names for its beeps.
    """

    def __init__(
        self,
        sounds: Sequence[str],
        thresholds: Mapping[str, Threshold],
        *,
        emergencies: Collection[str] = (),
        hop_s: float,
    ) -> None:
        """Begin in silence.

        Args:
            sounds: What each score means, in their order; "background" is never reported.
            thresholds: When each of these sounds counts as heard.
            emergencies: Sounds that begin whatever else is likelier.
            hop_s: Time from one window to the next.
        """
        self._sounds = tuple(sounds)
        rules = [thresholds[sound] for sound in sounds]
        self._on = np.array([rule.on for rule in rules], np.float32)
        self._off = np.array([rule.off for rule in rules], np.float32)
        self._quiet = np.minimum(self._off, self._on / 2)
        self._hold_s = np.array([rule.hold_s for rule in rules])
        self._audible = np.array([sound != BACKGROUND for sound in sounds])
        for limit in (self._on, self._off, self._quiet):
            limit[~self._audible] = np.inf
        self._emergency = np.array([sound in emergencies for sound in sounds])
        lasting = np.array([rule.shortest_s > 0.0 for rule in rules])
        self._beeping = np.array([sound in BEEPING for sound in sounds])
        self._beeping &= ~(self._emergency & lasting)  # no T4 lasts: then it is a fire as well
        self._evidence = Evidence(rules, hop_s)
        self._nothing = np.zeros(len(sounds), np.float32)
        self._recent: deque[tuple[float, Floats]] = deque()
        self._rose_s = np.full(len(sounds), np.nan)
        self._heard_s = np.full(len(sounds), -np.inf)
        self._ends_s = np.full(len(sounds), -np.inf)
        self._overruled_s = -np.inf
        self._hinted_until_s = np.full(len(sounds), -np.inf)
        self._sounding: dict[int, Detection] = {}
        self._maybe: dict[int, Detection] = {}
        self._hinted: set[int] = set()
        self._told_s = [deque[float](maxlen=POSSIBLE_PER_HOUR) for _ in sounds]
        self._keys = 0

    @property
    def sounding(self) -> tuple[Detection, ...]:
        """What sounds now: how each of them began."""
        return tuple(self._sounding.values())

    def step(
        self,
        scores: Floats,
        at_s: float,
        level_db: float,
        floor_db: float,
        patterns: Sequence[Pattern] = (),
    ) -> list[Detection]:
        """Judge the scores of one window.

        Args:
            scores: One a sound in 0..1, shape (sounds,).
            at_s: Monotonic end of the window, later than that of the step before.
            level_db: RMS of the window's loudest 0.1 s, dBFS.
            floor_db: The room's noise floor, dBFS.
            patterns: Rhythms of these sounds that were recognised since the step before.

        Returns:
            Ends first, then beginnings, emergencies before all others.
        """
        over = self._ends(at_s)  # first: what goes on after a longer gap is another sound
        smooth = self._smoothed(scores, at_s)
        idle = not (self._sounding or self._maybe or patterns or np.any(smooth >= self._quiet))
        if idle:
            self._rose_s.fill(np.nan)
            self._hinted.clear()
            self._evidence.push(smooth, at_s)
            return over
        self._hear(np.flatnonzero(smooth >= self._off), at_s, self._hold_s)
        self._rose_s[smooth < self._off] = np.nan
        self._rose_s[(smooth >= self._on) & np.isnan(self._rose_s)] = at_s
        top = int(np.argmax(smooth))
        moment = Moment(self._sounds, smooth, top, at_s, level_db, level_db - floor_db)
        enough = self._evidence.push(smooth, at_s)
        self._follow(moment)
        known = [one for pattern in patterns for one in self._rhythm(pattern, moment)]
        began = self._beginnings(moment, enough)
        return [*over, *known, *began, *self._warnings(moment, enough), *self._possibles(moment)]

    def finish(self) -> list[Detection]:
        """End what still sounds: no more is to come."""
        return [self._end(index) for index in list(self._sounding)]

    def _smoothed(self, scores: Floats, at_s: float) -> Floats:
        """The mean of the last moments; a certain score stands for itself. Shape (sounds,)."""
        self._recent.append((at_s, scores))
        while at_s - self._recent[0][0] > SMOOTH_S:
            self._recent.popleft()
        total = sum((recent for _, recent in self._recent), start=self._nothing)
        mean = total / np.float32(len(self._recent))
        certain = np.where(scores >= CERTAIN, scores, self._nothing)
        smooth: Floats = np.maximum(mean, certain) * self._audible
        return smooth

    def _hear(
        self, indices: NDArray[np.intp], at_s: float, hold_s: NDArray[np.float64] | float
    ) -> None:
        self._heard_s[indices] = at_s
        until_s = np.broadcast_to(at_s + hold_s, self._ends_s.shape)[indices]
        self._ends_s[indices] = np.maximum(self._ends_s[indices], until_s)

    def _follow(self, moment: Moment) -> None:
        """Remember the best moment of every sound that is on, and who hears it."""
        for index, begun in self._sounding.items():
            by_network = moment.smooth[index] >= self._on[index]
            self._sounding[index] = replace(
                begun,
                score=max(begun.score, float(moment.smooth[index])),
                level_db=max(begun.level_db, moment.level_db),
                over_floor_db=max(begun.over_floor_db, moment.over_floor_db),
                heard_by=_joined(begun.heard_by, HeardBy.NETWORK) if by_network else begun.heard_by,
            )

    def _ends(self, at_s: float) -> list[Detection]:
        return [self._end(index) for index in list(self._sounding) if at_s > self._ends_s[index]]

    def _end(self, index: int) -> Detection:
        begun = self._sounding.pop(index)
        last_s = float(self._heard_s[index])
        self._rose_s[index] = np.nan  # after a gap it may sound already: then it began anew
        return replace(begun, phase=Phase.ENDED, at_s=last_s, duration_s=last_s - begun.at_s)

    def _rhythm(self, pattern: Pattern, moment: Moment) -> list[Detection]:
        """Take in a rhythm: a hint may have been, what is certain began, if it had not yet."""
        index = self._sounds.index(pattern.sound)
        if not pattern.certain:
            return self._hint(index, pattern, moment)
        if self._emergency[index]:
            self._overruled_s = max(self._overruled_s, moment.at_s + pattern.hold_s)
        self._hear(np.array([index]), moment.at_s, pattern.hold_s)
        over = [self._end(other) for other in self._misnamed(index, pattern.began_s)]
        if index in self._sounding:
            begun = self._sounding[index]
            self._sounding[index] = replace(
                begun,
                score=max(begun.score, pattern.score),
                heard_by=_joined(begun.heard_by, HeardBy.RHYTHM),
            )
            return over
        both = moment.smooth[index] >= self._on[index] / 2
        heard_by = HeardBy.BOTH if both else HeardBy.RHYTHM
        return [*over, self._begin(index, moment, heard_by, pattern.score)]

    def _hint(self, index: int, pattern: Pattern, moment: Moment) -> list[Detection]:
        if index in self._sounding or moment.at_s <= self._hinted_until_s[index]:
            return []
        self._hinted_until_s[index] = moment.at_s + pattern.hold_s
        if not self._may_tell(index, moment.at_s):
            return []
        key = self._next_key()
        return [moment.detection(index, Phase.POSSIBLE, key, HeardBy.RHYTHM, pattern.score)]

    def _misnamed(self, index: int, since_s: float) -> list[int]:
        """What the network made of the same beeps, if they are an alarm's."""
        if not self._emergency[index]:
            return []
        return [
            other
            for other, begun in self._sounding.items()
            if other != index
            and self._beeping[other]
            and begun.heard_by is HeardBy.NETWORK
            and begun.at_s >= since_s - TOGETHER_S
        ]

    def _beginnings(self, moment: Moment, enough: NDArray[np.bool_]) -> list[Detection]:
        ready = enough & (moment.smooth >= self._on)
        ready[list(self._sounding)] = False
        if not ready.any():
            return []
        if moment.at_s <= self._overruled_s:
            ready &= ~self._beeping
        begin = ready & self._emergency
        best = int(np.argmax(np.where(ready, moment.smooth, -1.0)))
        begin[best] |= ready[best] and (best == moment.top or self._rose_alone(best))
        return [
            self._begin(int(index), moment, HeardBy.NETWORK, float(moment.smooth[index]))
            for index in self._urgent_first(begin)
        ]

    def _begin(self, index: int, moment: Moment, heard_by: HeardBy, score: float) -> Detection:
        self._maybe.pop(index, None)
        self._hinted.discard(index)
        key = self._next_key()
        self._sounding[index] = moment.detection(index, Phase.BEGAN, key, heard_by, score)
        return self._sounding[index]

    def _rose_alone(self, index: int) -> bool:
        """Whether no sound that is on rose together with this one."""
        apart_s = np.abs(self._rose_s[list(self._sounding)] - self._rose_s[index])
        return not np.any(apart_s <= TOGETHER_S)

    def _urgent_first(self, chosen: NDArray[np.bool_]) -> list[int]:
        return sorted(np.flatnonzero(chosen).tolist(), key=lambda i: not self._emergency[i])

    def _warnings(self, moment: Moment, enough: NDArray[np.bool_]) -> list[Detection]:
        """Emergencies that reach their threshold and must still last: they may be, told at once."""
        above = self._emergency & (moment.smooth >= self._on)
        new = set(np.flatnonzero(above & ~enough).tolist()) - self._hinted - set(self._sounding)
        self._hinted |= new
        return [
            moment.detection(index, Phase.POSSIBLE, self._next_key(), HeardBy.NETWORK, score)
            for index in sorted(new)
            if self._may_tell(index, moment.at_s)
            for score in [float(moment.smooth[index])]
        ]

    def _possibles(self, moment: Moment) -> list[Detection]:
        """Peaks above half the threshold that are over without having begun."""
        over_half, top = moment.smooth >= self._on / 2, moment.top
        best = self._maybe[top].score if top in self._maybe else -1.0
        if over_half[top] and top not in self._sounding and moment.smooth[top] > best:
            score, key = float(moment.smooth[top]), self._next_key()
            self._maybe[top] = moment.detection(top, Phase.POSSIBLE, key, HeardBy.NETWORK, score)
        over = [index for index in self._maybe if not over_half[index]]
        peaks = [(index, self._maybe.pop(index)) for index in over]
        new = [(index, peak) for index, peak in peaks if index not in self._hinted]
        self._hinted = {index for index in self._hinted if over_half[index]}
        return [peak for index, peak in new if self._may_tell(index, moment.at_s)]

    def _may_tell(self, index: int, at_s: float) -> bool:
        told_s = self._told_s[index]
        if len(told_s) == POSSIBLE_PER_HOUR and at_s - told_s[0] < HOUR_S:
            return False
        told_s.append(at_s)
        return True

    def _next_key(self) -> int:
        self._keys += 1
        return self._keys


def _joined(first: HeardBy, second: HeardBy) -> HeardBy:
    return first if first is second else HeardBy.BOTH
