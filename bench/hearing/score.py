"""What an ear said, held against the truth: hits, delays, false alerts, and how sure that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

from bench.hearing.truth import Truth

LATE_S = 2.0
"""A sound may be named so long after its end: the household's window of 2 s still holds it."""
Z = 1.96
"""Of 95 %."""
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Said:
    """One alert: that a sound began, or may have been.

    Attributes:
        sound: Its id.
        at_s: End of the window that showed it.
        possible: It may have been; it never counts as an alert.
    """

    sound: str
    at_s: float
    possible: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One true sound, and how long after its onset it was named; infinity: never."""

    truth: Truth
    delay_s: float

    @property
    def is_hit(self) -> bool:
        """Whether it was named."""
        return self.delay_s < inf


@dataclass(frozen=True, slots=True)
class Score:
    """How one ear fared.

    Attributes:
        found: Every true sound.
        false: Alerts while no true sound was there.
        misnamed: Alerts while another true sound was there.
        hours: How long it listened.
    """

    found: tuple[Found, ...]
    false: tuple[Said, ...]
    misnamed: tuple[Said, ...]
    hours: float

    def of(self, sound: str) -> "Score":
        """Return what concerns one sound."""
        return Score(
            tuple(one for one in self.found if one.truth.sound == sound),
            tuple(one for one in self.false if one.sound == sound),
            tuple(one for one in self.misnamed if one.sound == sound),
            self.hours,
        )

    @property
    def hits(self) -> int:
        """How many true sounds were named."""
        return sum(one.is_hit for one in self.found)

    @property
    def recall(self) -> float:
        """The share of true sounds that were named."""
        return self.hits / max(1, len(self.found))

    @property
    def false_per_hour(self) -> float:
        """False alerts an hour of listening."""
        return len(self.false) / self.hours

    @property
    def delays_s(self) -> list[float]:
        """From onset to alert, of what was named."""
        return [one.delay_s for one in self.found if one.is_hit]


def score(truth: Sequence[Truth], said: Sequence[Said], seconds: float) -> Score:
    """Hold alerts against the truth.

    A true sound is named by the first alert of its sound from its onset until `LATE_S` after its
    end. Later ones of the same sound are neither hits nor false.

    Args:
        truth: What there was to hear; only sounds in it can be misnamed.
        said: What an ear said, in any order; what is only possible is left out.
        seconds: Length of the sound.
    """
    alerts = sorted((one for one in said if not one.possible), key=lambda one: one.at_s)
    found = [
        Found(true, min((a.at_s - true.onset_s for a in alerts if _names(a, true)), default=inf))
        for true in truth
    ]
    stray = [a for a in alerts if not any(_names(a, true) for true in truth)]
    during = [any(_is_during(a, true) for true in truth) for a in stray]
    return Score(
        tuple(found),
        tuple(a for a, is_during in zip(stray, during, strict=True) if not is_during),
        tuple(a for a, is_during in zip(stray, during, strict=True) if is_during),
        seconds / HOUR_S,
    )


def together(scores: Iterable[Score]) -> Score:
    """Return several scores of one ear as one."""
    all_ = list(scores)
    return Score(
        tuple(found for one in all_ for found in one.found),
        tuple(said for one in all_ for said in one.false),
        tuple(said for one in all_ for said in one.misnamed),
        sum(one.hours for one in all_),
    )


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not trials:
        return 0.0, 1.0
    share, spread = hits / trials, Z * Z / trials
    middle = (share + spread / 2) / (1 + spread)
    reach = Z / (1 + spread) * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def rate(count: int, hours: float) -> tuple[float, float]:
    """Return the 95 % interval of a count an hour (Byar's approximation to Poisson's)."""
    low = count * (1 - 1 / (9 * count) - Z / (3 * sqrt(count))) ** 3 if count else 0.0
    more = count + 1
    return low / hours, more * (1 - 1 / (9 * more) + Z / (3 * sqrt(more))) ** 3 / hours


def _names(said: Said, truth: Truth) -> bool:
    return said.sound == truth.sound and _is_during(said, truth)


def _is_during(said: Said, truth: Truth) -> bool:
    return truth.onset_s <= said.at_s <= truth.ends_s + LATE_S
