"""The chirp by which an alarm asks for a battery: one short beep, every 30 to 60 seconds."""

from dataclasses import dataclass

import numpy as np

from node.groups import Pattern
from node.rhythms import PIEZO_HZ
from node.tones import Tones

SOUND = "low_battery_chirp"
LEAST_NEPERS = 3.2
"""14 dB over its neighbours: noise reaches it once in hours. A chirp is heard in a quiet moment."""
LONGEST_S, QUIET_S = 0.3, 0.8
"""Of a chirp, and of the quiet on both sides of it: T3, T4 and telephones go on sooner."""
AT_ONCE = 4
"""Tones that begin together are a chirp and its overtones; more are a click, a bark, a word."""
PERIOD_S = (25.0, 70.0)
"""UL 217 asks for at least one a minute; 30 to 60 s is usual."""
EVEN_S = 0.15
"""By so much periods of one timer differ at most, as beginnings are known to 0.05 s."""
TIMES = 4
"""So many are no chance: of three at such periods household sounds held five an hour."""


@dataclass(frozen=True, slots=True)
class _Chirp:
    line: int
    at_s: float


class Chirps:
    """Remembers short beeps on their own; knows no clock but what it is told."""

    def __init__(self, watched: Tones) -> None:
        """Begin without any.

        Args:
            watched: The tones, of which it looks at the last.
        """
        self._watched = watched
        self._longest, self._quiet = (round(s / watched.part_s) for s in (LONGEST_S, QUIET_S))
        low_hz, high_hz = PIEZO_HZ
        inside = np.flatnonzero((watched.hz >= low_hz) & (watched.hz <= high_hz))
        self._inside = slice(int(inside[0]), int(inside[-1]) + 1)
        self._heard: list[_Chirp] = []

    def hear(self, ended_s: float, fresh: int) -> list[Pattern]:
        """Look at the newest parts around which it was quiet for long enough.

        Args:
            ended_s: The clock at the end of the last part.
            fresh: How many parts are new.

        Returns:
            A chirp that ends a row of even periods.
        """
        oldest_s = ended_s - TIMES * PERIOD_S[1]
        self._heard = [one for one in self._heard if one.at_s > oldest_s]
        return [found for one in self._alone(ended_s, fresh) for found in self._known(one)]

    def _alone(self, ended_s: float, fresh: int) -> list[_Chirp]:
        """Beeps whose last part is `QUIET_S` old by now, one a moment: the clearest tone."""
        span = self._longest + 2 * self._quiet + fresh + 1
        standing = self._watched.standing[-span:]
        up = standing > LEAST_NEPERS
        last = np.arange(len(up) - self._quiet - fresh, len(up) - self._quiet)
        lines = self._inside.start + np.flatnonzero(up[last, self._inside].any(axis=0))
        if not len(lines):
            return []
        counts = np.zeros((len(up) + 1, len(lines)), np.int16)
        np.cumsum(up[:, lines], axis=0, out=counts[1:])
        after = counts[last + 1 + self._quiet] == counts[last + 1]
        before = counts[last + 1 - self._longest] == counts[last + 1 - self._longest - self._quiet]
        alone = up[np.ix_(last, lines)] & after & before
        many = np.cumsum(up.sum(axis=1) > AT_ONCE)
        few = many[last] == many[last - self._longest]
        found = []
        for place in np.flatnonzero(alone.any(axis=1) & few).tolist():
            part = int(last[place])
            line = int(lines[np.argmax(np.where(alone[place], standing[part, lines], 0.0))])
            found.append(_Chirp(line, ended_s - (len(up) - 1 - part) * self._watched.part_s))
        return found

    def _known(self, chirp: _Chirp) -> list[Pattern]:
        """Whether it ends a row of even periods with nothing between them."""
        row = [one.at_s for one in self._heard if abs(one.line - chirp.line) <= 1]
        times_s = [*row, chirp.at_s][-TIMES:]
        self._heard.append(chirp)
        periods_s = np.diff(times_s)
        if len(times_s) < TIMES or np.ptp(periods_s) > EVEN_S:
            return []
        period_s = float(periods_s.mean())
        if not PERIOD_S[0] <= period_s <= PERIOD_S[1]:
            return []
        hz, hold_s = float(self._watched.hz[chirp.line]), 2.0 * period_s
        return [Pattern(SOUND, 1.0, times_s[0], chirp.at_s, hz, hold_s, certain=True)]
