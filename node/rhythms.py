"""The rhythms of alarms by their standards: how long beeps and pauses are, and how they repeat."""

from dataclasses import dataclass

Run = tuple[float, float]
"""Loudness 0..1, and for how long, in s."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Groups of beeps, again and again.

    Attributes:
        sound: What sounds so.
        beeps: How many in a group.
        on_s: Length of a beep.
        off_s: Pause within a group.
        lead_s: Quiet before a group that makes it one.
        trail_s: And after.
        before_s: More of it before, for the coarse look, in which short beeps are hardly one.
        period_s: From group to group, least and most.
        opening_s: So much of the next group confirms the one before.
        first_s: So much of a group is worth a first notice; 0: the whole of it.
        scales: How much slower a group may be.
        bands_hz: Where sounders that beep so have their tone.
        least: Correlation of a group, and of one that needs no second.
        coarse: Correlation of groups in the coarse look, where each costs one with care.
        clear: Nepers above which its tone stands out no better, in the coarse look.
        smooth: Spectra averaged: long beeps bear more, and stand out of more noise.
        step: Spectra from one compared moment to the next.
        stands_out: Power over the neighbours' above which there is a tone, after that averaging.
    """

    sound: str
    beeps: int
    on_s: float
    off_s: float
    lead_s: float
    trail_s: float
    before_s: float
    period_s: tuple[float, float]
    opening_s: float
    first_s: float
    scales: tuple[float, ...]
    bands_hz: tuple[tuple[float, float], ...]
    least: tuple[float, float]
    coarse: float
    clear: float
    smooth: int
    step: int
    stands_out: float

    def gaps(self) -> list[list[Run]]:
        """Return the groups in which one beep is drowned."""
        return [self.group(beep) for beep in range(self.beeps)]

    def group(self, missing: int | None = None) -> list[Run]:
        """Return a group and the quiet around it."""
        run = [(0.0, self.lead_s)]
        for beep in range(self.beeps):
            run += [(0.0 if beep == missing else 1.0, self.on_s), (0.0, self.off_s)]
        return [*run[:-1], (0.0, self.trail_s)]

    def beginning(self, length_s: float) -> list[Run]:
        """Return the quiet before a group and so much of it."""
        left_s, run = self.lead_s + length_s, []
        for loud, part_s in self.group():
            run.append((loud, min(part_s, left_s)))
            left_s -= run[-1][1]
            if left_s <= 0.0:
                break
        return run


LOW_HZ, PIEZO_HZ = (468.0, 572.0), (1900.0, 4600.0)
"""The 520 Hz of NFPA 72, within a tenth, and piezos; T3 also by EN 54-3 sounders of 970 Hz."""
T3 = Rhythm(
    sound="smoke_alarm",
    beeps=3,
    on_s=0.5,
    off_s=0.5,
    lead_s=1.0,
    trail_s=1.15,
    before_s=0.0,
    period_s=(3.3, 5.2),
    opening_s=0.42,
    first_s=1.42,
    scales=(0.82, 0.88, 0.94, 1.0, 1.06, 1.13, 1.2, 1.28),
    bands_hz=(LOW_HZ, (900.0, 1050.0), PIEZO_HZ),
    least=(0.7, 0.94),
    coarse=0.46,
    clear=2.5,
    smooth=6,
    step=2,
    stands_out=3.0,
)
"""ISO 8201: 0.5, 0.5 and 1.5 s, each within 10 %; a quarter slower for old patterns."""
T4 = Rhythm(
    sound="co_alarm",
    beeps=4,
    on_s=0.1,
    off_s=0.1,
    lead_s=0.5,
    trail_s=0.8,
    before_s=1.1,
    period_s=(4.9, 6.6),
    opening_s=0.35,
    first_s=0.0,
    scales=(0.85, 0.92, 1.0, 1.08, 1.16),
    bands_hz=(LOW_HZ, PIEZO_HZ),
    least=(0.56, 0.9),
    coarse=0.54,
    clear=4.5,
    smooth=2,
    step=1,
    stands_out=4.0,
)
"""UL 2034: four pulses of 0.1 s, 5 s of pause."""
