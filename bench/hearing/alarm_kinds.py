"""Kinds of alarms: the rhythms of smoke and CO alarms by their standards, and other fire alarms."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np

from node.blocks import SAMPLE_RATE_HZ
from training.datasets.families import alarms
from training.datasets.waves import CLIP_S, Draw, Samples, tone
from training.examples import TEST_FOLD

ALARM_S = 26.0
"""An alarm goes on for six groups of T3, or four and a half of T4."""
CHIRP_S, CHIRPS_S = (30.0, 60.0), 66.0
"""From one chirp of a battery to the next; and how long a scene with two of them may be."""
WITHIN = 0.1
"""ISO 8201 and UL 2034 let every time differ by a tenth."""
WHOLE_S = CLIP_S - 0.1
"""A family's alarm that is as long as this was not cut off; those cannot be repeated."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of alarm: what it is, how one is made, dry and at any level, and how much of it."""

    name: str
    sound: str
    make: Callable[[np.random.Generator], Samples]
    most_s: float = ALARM_S


def _piezo(random: np.random.Generator) -> Callable[[float], Samples]:
    """A sounder of 2.9-3.5 kHz: near-pure, with a little of its octave."""
    return partial(tone, random.uniform(2900.0, 3500.0), even=random.uniform(0.02, 0.3))


def _square(random: np.random.Generator) -> Callable[[float], Samples]:
    """The square wave of 520 Hz, within a tenth, of NFPA 72 for sleeping rooms."""
    return partial(tone, 520.0 * random.uniform(1.0 - WITHIN, 1.0 + WITHIN), odd=1.0)


def _rhythm(
    random: np.random.Generator,
    beep: Callable[[np.random.Generator], Callable[[float], Samples]],
    beats: tuple[int, float, float, float],
) -> Samples:
    """Groups of beeps for `ALARM_S`; every device keeps its own times.

    Args:
        random: Decides.
        beep: Makes the sounder.
        beats: Beeps a group; on, off, and the pause after a group in s.
    """
    beeps, *times_s = beats
    on_s, off_s, pause_s = (t * random.uniform(1.0 - WITHIN, 1.0 + WITHIN) for t in times_s)
    sounder = beep(random)(on_s)
    off, pause = (np.zeros(int(s * SAMPLE_RATE_HZ)) for s in (off_s, pause_s))
    group = np.concatenate([*[sounder, off] * (beeps - 1), sounder, pause])
    return np.resize(group, int(ALARM_S * SAMPLE_RATE_HZ))


def _whole(
    make: Callable[[Draw], Samples], low: float, high: float, random: np.random.Generator
) -> Samples:
    """An alarm of a family that goes on: not one of those that are cut off.

    Args:
        make: The family; its first throw, 0..1, decides between its two forms where it has two.
        low: That throw is at least so much,
        high: and less than this.
        random: Decides the rest.
    """
    for seed in count(int(random.integers(1 << 40))):
        if low <= np.random.default_rng(seed).random() < high:
            alarm = make(Draw(np.random.default_rng(seed), TEST_FOLD))
            if len(alarm) >= WHOLE_S * SAMPLE_RATE_HZ:
                return np.resize(alarm, int(ALARM_S * SAMPLE_RATE_HZ))
    raise AssertionError("no seed gives such an alarm")


def _chirp(random: np.random.Generator) -> Samples:
    """The chirp of a low battery, and its next one."""
    seed = int(random.integers(1 << 40))
    once = alarms.chirp(Draw(np.random.default_rng(seed), TEST_FOLD))
    quiet = np.zeros(int(random.uniform(*CHIRP_S) * SAMPLE_RATE_HZ) - len(once))
    return np.concatenate((once, quiet, once))


T3_PIEZO = Kind(
    "T3, piezo 2.9-3.5 kHz",
    "smoke_alarm",
    partial(_rhythm, beep=_piezo, beats=(3, 0.5, 0.5, 1.5)),
)
T3_SQUARE = Kind(
    "T3, square wave 520 Hz",
    "smoke_alarm",
    partial(_rhythm, beep=_square, beats=(3, 0.5, 0.5, 1.5)),
)
T4_PIEZO = Kind(
    "T4, piezo 2.9-3.5 kHz",
    "co_alarm",
    partial(_rhythm, beep=_piezo, beats=(4, 0.1, 0.1, 5.0)),
)
CHIRP = Kind("chirp of a low battery", "low_battery_chirp", _chirp, CHIRPS_S)
FAMILIES = tuple(
    Kind(name, "smoke_alarm", partial(_whole, make, low, high))
    for name, make, low, high in (
        ("continuous tone", alarms.continuous, 0.0, 1.0),
        ("fast beeps", alarms.intermittent, 0.0, 0.6),
        ("slow beeps", alarms.intermittent, 0.6, 1.0),
        ("slow whoop", alarms.sweep, 0.0, 0.5),
        ("fast sweep", alarms.sweep, 0.5, 1.0),
        ("two tones in turn", alarms.two_tone, 0.0, 1.0),
        ("bell", alarms.fire_bell, 0.0, 1.0),
        ("voice and tone", alarms.tone_and_voice, 0.0, 1.0),
    )
)
"""Fire alarms without T3's rhythm; what decides between two forms of a family is its first throw,
as a test holds."""
