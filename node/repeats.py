"""One rhythm through time: first beeps that are like it, a whole group, and how the next begins."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from node.groups import Group, Pattern, Tone
from node.rhythms import Rhythm, Run
from node.sieve import Sieve
from node.spectra import Floats
from node.templates import Templates
from node.tones import APART, Tones

LEAST_OPENING, LEAST_FIRST = 0.72, 0.92
"""Correlations. Computed alarms reach the first in noise as loud as they are, in their third
octave; the first beeps are but a hint, and rather missed than told of every word."""
LEAST_LEVEL = 0.72
"""An alarm's beeps are as loud as each other: 0.84 and more for T3, 0.71 and more for T4 in that
noise; in half an hour of speech and household noise no rhythm so alike came above 0.69."""
CLEAR, AS_CLEAR = 2.5, 1.5
"""Nepers by which the tone of a group that needs no second one stands out, and by how much less or
more the next one's may: 10 dB over noise, alarms stand out by 3.4 and differ by less than 1."""
CROWD = 0.1
"""Share of all tones and time that stands out so: in music 0.16 and more, in noise and household
sounds 0.09 and less. A tune may hold three even notes, but hardly twice as an alarm does."""
EVEN_S = 0.17
"""By so much the periods of groups that need each other differ at most: alarms have clocks, and in
noise a beginning is known this well."""
LIKELIER = 0.08
"""By so much a group with a missing beep must fit better: the tone in a room beats with itself."""
QUIET_SHARE = 0.25
"""Loudness between two groups, 0..1 of the beeps'."""
EDGE_S = 0.1
"""A beep smears so far ahead of its beginning."""
PACE_S = 1.0
"""From one look at a rhythm to the next."""
LATE_S = 1.5
"""An opening is found so long after the group's period at most: a push, and its own length."""
FULL, COARSE_FIRST = 4.5, 0.75
"""Nepers at which a tone is as clear as can be, and the correlation of first beeps so clear."""


class Repeats:
    """Listens for one rhythm; pure, knows no clock but what it is told."""

    def __init__(self, rhythm: Rhythm, fft_size: int, watched: Tones) -> None:
        """Begin in silence.

        Args:
            rhythm: What to listen for.
            fft_size: Of the spectra, in samples.
            watched: Whose tones they will be.
        """
        self.rhythm, self._watched = rhythm, watched

        def templates(*runs: list[Run]) -> Templates:
            return Templates(rhythm, runs, fft_size, watched.hop_s)

        def sieve(run: Sequence[Run], clear: float, least: float) -> Sieve:
            return Sieve(
                run,
                scales=rhythm.scales,
                clear=clear,
                least=least,
                part_s=watched.part_s,
                pace_s=PACE_S,
            )

        self._group, self._gaps = templates(rhythm.group()), templates(*rhythm.gaps())
        self._opening = templates(rhythm.beginning(rhythm.opening_s))
        self._first = templates(rhythm.beginning(rhythm.first_s)) if rhythm.first_s else None
        self._sieves = [
            sieve([(0.0, rhythm.before_s), *rhythm.group()], rhythm.clear, rhythm.coarse)
        ]
        if rhythm.first_s:
            self._sieves.append(sieve(rhythm.beginning(rhythm.first_s), FULL, COARSE_FIRST))
        self._possible = np.zeros(len(watched.lines), np.bool_)
        for low_hz, high_hz in rhythm.bands_hz:
            self._possible |= (watched.hz >= low_hz) & (watched.hz <= high_hz)
        self._heard: list[Group] = []
        self._may_be_first = False

    def lines(self, now_s: float) -> set[int]:
        """Return the tones whose next group would be certain if it began at this moment."""
        oldest_s = now_s - self.rhythm.period_s[1] - LATE_S
        waiting = (one for one in self._heard if one.is_enough or one.period_s)
        return {one.tone.line for one in waiting if one.began_s > oldest_s}

    def reset(self) -> None:
        """Forget everything."""
        self._heard, self._may_be_first = [], False

    def frames(self, fresh: int) -> int:
        """Return how many spectra there is to compare where no group is waited for."""
        templates = (self._group, self._gaps, *([self._first] if self._first else []))
        return max(one.frames for one in templates) + fresh + self.rhythm.smooth

    def candidates(self, standing: Floats) -> Floats:
        """How much the end of each tone is like beeps of the rhythm: most sounds are not.

        Args:
            standing: Nepers by which each stood out, shape (parts, tones).

        Returns:
            Correlation, 0 where it is not, shape (tones,).
        """
        passing = [sieve.passing(standing, self._possible) for sieve in self._sieves]
        self._may_be_first = bool(passing[-1].any())
        best: Floats = np.maximum(passing[0], passing[-1])
        return best

    def hear(self, tones: Sequence[Tone], loudness: Floats, fresh: int) -> list[Pattern]:
        """Compare the end of each tone.

        Args:
            tones: What stands out, at least one.
            loudness: Theirs, shape (frames, tones).
            fresh: So many of the frames are new.

        Returns:
            What was recognised now, for each tone.
        """
        new = _New(tones, loudness, fresh)
        now_s, longest_s = tones[0].ended_s, self.rhythm.period_s[1]
        self._heard = [o for o in self._heard if o.began_s > now_s - 2.0 * longest_s - LATE_S]
        groups = self._groups(new)
        self._heard += groups
        waiting = self.lines(now_s)
        if not waiting and self._first:
            if not self._may_be_first:
                return []
            return self._patterns(new.fitting(self._first, LEAST_FIRST))
        strong = [one for one in groups if one.is_enough and not self._first]
        return [*(self._confirmed(new) if waiting else []), *self._patterns(strong)]

    def _groups(self, new: "_New") -> list[Group]:
        """Whole groups: those in which a beep is missing fit them worse."""
        least, _ = self.rhythm.least
        groups = new.fitting(self._group, least)
        if not groups:
            return []
        gaps = {one.tone.line: one.score for one in new.fitting(self._gaps, least)}
        whole = [one for one in groups if one.score >= gaps.get(one.tone.line, 0.0) - LIKELIER]
        return [self._known(one) for one in whole]

    def _known(self, group: Group) -> Group:
        """A group with what came before it: a doubtful one needs another, or two even periods."""
        before = max(self._before(group), key=lambda one: one.score, default=None)
        _, enough = self.rhythm.least
        is_strong = (
            group.score >= enough and group.clarity >= CLEAR and self._watched.crowd(CLEAR) <= CROWD
        )
        period_s = group.began_s - before.began_s if before else 0.0
        return replace(group, period_s=period_s, is_enough=is_strong)

    def _confirmed(self, new: "_New") -> list[Pattern]:
        """Openings that go on where a group's rhythm says."""
        found = []
        for opening in new.fitting(self._opening, LEAST_OPENING):
            before = [one for one in self._before(opening) if _is_certain(one, opening)]
            if before:
                best = max(before, key=lambda one: one.score)
                found.append(best.pattern(self.rhythm, opening.ended_s, certain=True))
        return found

    def _before(self, later: Group) -> list[Group]:
        return [one for one in self._heard if self._goes_on(one, later)]

    def _goes_on(self, group: Group, opening: Group) -> bool:
        """Whether a group's rhythm goes on with this opening of another."""
        least_s, most_s = self.rhythm.period_s
        return (
            abs(group.tone.line - opening.tone.line) < APART
            and least_s <= opening.began_s - group.began_s <= most_s
            and opening.tone.mean(group.ended_s, opening.began_s - EDGE_S) <= QUIET_SHARE
        )

    def _patterns(self, hints: Sequence[Group]) -> list[Pattern]:
        return [one.pattern(self.rhythm, one.ended_s, certain=False) for one in hints]


def _is_certain(group: Group, opening: Group) -> bool:
    """Whether this opening proves the group: as clear as it, or as long after it as it itself."""
    if group.is_enough:
        return abs(opening.clarity - group.clarity) <= AS_CLEAR
    period_s = opening.began_s - group.began_s
    return bool(group.period_s) and abs(period_s - group.period_s) <= EVEN_S


@dataclass(frozen=True, slots=True)
class _New:
    """What is to be compared: tones, their loudness, how much of it is new."""

    tones: Sequence[Tone]
    loudness: Floats
    fresh: int

    def fitting(self, templates: Templates, least: float) -> list[Group]:
        """The best fit of each tone whose beeps are about as loud as each other."""
        matches = templates.best(self.loudness, self.fresh, least)
        return [Group.of(one, self.tones) for one in matches if one.level >= LEAST_LEVEL]
