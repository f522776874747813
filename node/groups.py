"""A tone, a group of its beeps, and what is said of it when its rhythm is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from node.rhythms import Rhythm
from node.spectra import Floats
from node.templates import HALF, Match
from node.tones import CLEAR


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rhythm that was recognised.

    Attributes:
        sound: What sounds so.
        score: How well its group fits, 0..1.
        began_s: When its first beep began, on the clock of what was pushed.
        at_s: When it was recognised.
        hz: Its tone.
        hold_s: It goes on for so long unless it is recognised again: one group may be drowned.
        certain: False while only the first beeps are like it.
    """

    sound: str
    score: float
    began_s: float
    at_s: float
    hz: float
    hold_s: float
    certain: bool


@dataclass(frozen=True, slots=True)
class Tone:
    """How loud a tone was, each spectrum, up to a moment.

    Attributes:
        line: Its place in the spectrum.
        hz: The same, in Hz.
        loudness: 0..1 of its beeps, shape (frames,).
        ratio: Of its power to its neighbours', shape (frames,).
        ended_s: The clock after the last of them.
        hop_s: From one to the next.
    """

    line: int
    hz: float
    loudness: Floats
    ratio: NDArray[np.float64]
    ended_s: float
    hop_s: float

    def mean(self, first_s: float, last_s: float) -> float:
        """The mean loudness between two moments, 0 where there is nothing between them."""
        part = self.loudness[self._between(first_s, last_s)]
        return float(part.mean()) if len(part) else 0.0

    def clarity(self, first_s: float, last_s: float) -> float:
        """By how many nepers it stood out while it was loud between two moments."""
        between = self._between(first_s, last_s)
        loud = self.ratio[between][self.loudness[between] > HALF]
        return float(np.log(np.clip(loud, 1.0, CLEAR)).mean()) if len(loud) else 0.0

    def _between(self, first_s: float, last_s: float) -> slice:
        ends = (round((self.ended_s - one) / self.hop_s) for one in (first_s, last_s))
        return slice(*(max(0, len(self.loudness) - end) for end in ends))


@dataclass(frozen=True, slots=True)
class Group:
    """A group of beeps, or its beginning, at a time.

    Attributes:
        tone: Its tone.
        began_s: When.
        ended_s: When.
        score: Correlation.
        clarity: Nepers by which its beeps stood out.
        period_s: Since the group before it, 0: there was none.
        is_enough: Whether the next one's beginning makes it certain.
    """

    tone: Tone
    began_s: float
    ended_s: float
    score: float
    clarity: float
    period_s: float = 0.0
    is_enough: bool = False

    @classmethod
    def of(cls, match: Match, tones: Sequence[Tone]) -> "Group":
        """Give a match its time."""
        tone = tones[match.tone]
        ended_s = tone.ended_s - match.ago_s
        began_s = ended_s - match.length_s
        return cls(tone, began_s, ended_s, match.score, tone.clarity(began_s, ended_s))

    def pattern(self, rhythm: Rhythm, at_s: float, *, certain: bool) -> Pattern:
        """What to say of it."""
        sound, hold_s = rhythm.sound, sum(rhythm.period_s)  # twice the mean one
        return Pattern(sound, self.score, self.began_s, at_s, self.tone.hz, hold_s, certain)
