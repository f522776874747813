"""From scores to what people are told: a sound began, a sound ended, a sound may have been."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from contract.catalogue import BACKGROUND
from contract.messages import Phase, RunnerUp
from node.bundle import Threshold
from node.spectra import Floats

SMOOTH_S = 0.7
"""Scores are averaged over this time: two decisions at two a second, one at the paper's 1.6 s."""
CERTAIN = 0.9
"""A single score this high counts at once: a knock or a breaking glass is over in one window."""
TOGETHER_S = 2.0
"""Sounds that rise within one window of each other are names for one and the same sound."""
POSSIBLE_PER_HOUR = 20
HOUR_S = 3600.0
OTHERS = 3
LEAST_OTHER = 0.01


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing that the detector has to say.

    Attributes:
        sound: What was heard.
        phase: Whether it began, ended or may have been.
        score: Smoothed, in 0..1; of an end: the highest while it sounded.
        at_s: End of the window that showed it, of an end: of the last that did.
        level_db: RMS of its loudest 0.1 s, dBFS.
        over_floor_db: The same, over the room's noise floor.
        key: Same for a beginning and its end, else unique.
        duration_s: From beginning to end, 0 before the end.
        others: Sounds that were less likely at that moment, best first.
    """

    sound: str
    phase: Phase
    score: float
    at_s: float
    level_db: float
    over_floor_db: float
    key: int
    duration_s: float = 0.0
    others: tuple[RunnerUp, ...] = ()


class Detector:
    """Follows every sound of a classifier through time; knows no clock but `at_s`.

    A sound begins when its smoothed score reaches `on`, if it is the likeliest sound, an emergency,
    or rose by itself while others went on: the same noise shall not begin under five names. It
    ends when its score was below `off` for `hold_s`, which bridges the pauses of an alarm.
    """

    def __init__(
        self,
        sounds: Sequence[str],
        thresholds: Mapping[str, Threshold],
        *,
        emergencies: Collection[str] = (),
    ) -> None:
        """Begin in silence.

        Args:
            sounds: What each score means, in their order; "background" is never reported.
            thresholds: When each of these sounds counts as heard.
            emergencies: Sounds that begin whatever else is likelier.
        """
        self._sounds = tuple(sounds)
        rules = [thresholds[sound] for sound in sounds]
        self._on = np.array([rule.on for rule in rules], np.float32)
        self._off = np.array([rule.off for rule in rules], np.float32)
        self._quiet = np.minimum(self._off, self._on / 2)
        self._hold_s = np.array([rule.hold_s for rule in rules])
        self._shortest_s = np.array([rule.shortest_s for rule in rules])
        self._audible = np.array([sound != BACKGROUND for sound in sounds])
        for limit in (self._on, self._off, self._quiet):
            limit[~self._audible] = np.inf
        self._emergency = np.array([sound in emergencies for sound in sounds])
        self._nothing = np.zeros(len(sounds), np.float32)
        self._recent: deque[tuple[float, Floats]] = deque()
        self._rose_s = np.full(len(sounds), np.nan)
        self._heard_s = np.full(len(sounds), -np.inf)
        self._sounding: dict[int, Detection] = {}
        self._maybe: dict[int, Detection] = {}
        self._told_s = [deque[float](maxlen=POSSIBLE_PER_HOUR) for _ in sounds]
        self._keys = 0

    @property
    def sounding(self) -> tuple[Detection, ...]:
        """What sounds now: how each of them began."""
        return tuple(self._sounding.values())

    def step(
        self, scores: Floats, at_s: float, level_db: float, floor_db: float
    ) -> list[Detection]:
        """Judge the scores of one window.

        Args:
            scores: One a sound in 0..1, shape (sounds,).
            at_s: Monotonic end of the window, later than that of the step before.
            level_db: RMS of the window's loudest 0.1 s, dBFS.
            floor_db: The room's noise floor, dBFS.

        Returns:
            Ends first, then beginnings, emergencies before all others.
        """
        over = self._ends(at_s)  # first: what goes on after a longer gap is another sound
        smooth = self._smoothed(scores, at_s)
        if not (self._sounding or self._maybe or np.any(smooth >= self._quiet)):
            self._rose_s.fill(np.nan)
            return over
        self._heard_s[smooth >= self._off] = at_s
        self._rose_s[smooth < self._off] = np.nan
        self._rose_s[(smooth >= self._on) & np.isnan(self._rose_s)] = at_s
        top = int(np.argmax(smooth))
        moment = _Moment(self._sounds, smooth, top, at_s, level_db, level_db - floor_db)
        self._follow(moment)
        return [*over, *self._beginnings(moment), *self._possibles(moment)]

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

    def _follow(self, moment: "_Moment") -> None:
        """Remember the best moment of every sound that is on."""
        for index, begun in self._sounding.items():
            self._sounding[index] = replace(
                begun,
                score=max(begun.score, float(moment.smooth[index])),
                level_db=max(begun.level_db, moment.level_db),
                over_floor_db=max(begun.over_floor_db, moment.over_floor_db),
            )

    def _ends(self, at_s: float) -> list[Detection]:
        over = [i for i in self._sounding if at_s - self._heard_s[i] > self._hold_s[i]]
        return [self._end(index) for index in over]

    def _end(self, index: int) -> Detection:
        begun = self._sounding.pop(index)
        last_s = float(self._heard_s[index])
        self._rose_s[index] = np.nan  # after a gap it may sound already: then it began anew
        return replace(begun, phase=Phase.ENDED, at_s=last_s, duration_s=last_s - begun.at_s)

    def _beginnings(self, moment: "_Moment") -> list[Detection]:
        lasted = moment.at_s - self._rose_s >= self._shortest_s
        ready = lasted & (moment.smooth >= self._on)
        ready[list(self._sounding)] = False
        if not ready.any():
            return []
        begin = ready & self._emergency
        best = int(np.argmax(np.where(ready, moment.smooth, -1.0)))
        begin[best] |= ready[best] and (best == moment.top or self._rose_alone(best))
        return [self._begin(int(index), moment) for index in self._urgent_first(begin)]

    def _begin(self, index: int, moment: "_Moment") -> Detection:
        self._maybe.pop(index, None)
        self._sounding[index] = moment.detection(index, Phase.BEGAN, self._next_key())
        return self._sounding[index]

    def _rose_alone(self, index: int) -> bool:
        """Whether no sound that is on rose together with this one."""
        apart_s = np.abs(self._rose_s[list(self._sounding)] - self._rose_s[index])
        return not np.any(apart_s <= TOGETHER_S)

    def _urgent_first(self, chosen: NDArray[np.bool_]) -> list[int]:
        return sorted(np.flatnonzero(chosen).tolist(), key=lambda i: not self._emergency[i])

    def _possibles(self, moment: "_Moment") -> list[Detection]:
        """Peaks above half the threshold that are over without having begun."""
        over_half, top = moment.smooth >= self._on / 2, moment.top
        best = self._maybe[top].score if top in self._maybe else -1.0
        if over_half[top] and top not in self._sounding and moment.smooth[top] > best:
            self._maybe[top] = moment.detection(top, Phase.POSSIBLE, self._next_key())
        over = [index for index in self._maybe if not over_half[index]]
        peaks = [(index, self._maybe.pop(index)) for index in over]
        return [peak for index, peak in peaks if self._may_tell(index, moment.at_s)]

    def _may_tell(self, index: int, at_s: float) -> bool:
        told_s = self._told_s[index]
        if len(told_s) == POSSIBLE_PER_HOUR and at_s - told_s[0] < HOUR_S:
            return False
        told_s.append(at_s)
        return True

    def _next_key(self) -> int:
        self._keys += 1
        return self._keys


@dataclass(frozen=True, slots=True)
class _Moment:
    """All that one step knows; `smooth` has shape (sounds,), `top` is the likeliest sound."""

    sounds: tuple[str, ...]
    smooth: Floats
    top: int
    at_s: float
    level_db: float
    over_floor_db: float

    def detection(self, index: int, phase: Phase, key: int) -> Detection:
        """What to say about one of the sounds at this moment."""
        return Detection(
            sound=self.sounds[index],
            phase=phase,
            score=float(self.smooth[index]),
            at_s=self.at_s,
            level_db=self.level_db,
            over_floor_db=self.over_floor_db,
            key=key,
            others=self._others(index),
        )

    def _others(self, index: int) -> tuple[RunnerUp, ...]:
        best = [int(i) for i in np.argsort(self.smooth)[::-1][: OTHERS + 1] if i != index]
        likely = [i for i in best if self.smooth[i] >= LEAST_OTHER][:OTHERS]
        return tuple(RunnerUp(self.sounds[i], float(self.smooth[i])) for i in likely)
