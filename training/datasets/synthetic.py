"""Sounds computed from their standards, for what no recording at hand holds.

Every number of a sound (pitch, pause, decay, ...) is drawn from a range that is cut into slices;
a fold owns every fifth slice, so that no test clip has a pitch or a rhythm that was trained on.
"""

import zlib
from functools import partial

import numpy as np

from node.spectra import Floats
from training.datasets.clip import FOLDS, SAMPLE_RATE_HZ, Clip
from training.datasets.families import alarms, calls, doors, kitchen, music, quiet
from training.datasets.families.family import Family
from training.datasets.room import PEAK, in_a_room
from training.datasets.waves import Draw

FAMILIES: dict[str, Family] = (
    alarms.FAMILIES
    | doors.FAMILIES
    | kitchen.FAMILIES
    | calls.FAMILIES
    | quiet.FAMILIES
    | music.FAMILIES
)
"""What is computed, by name."""
LONGEST_S = 8.0
TEACHING_FOLDS = (1, 2, 3)
TEACHING_SHARE = 6
"""So many times the clips of a fold that judges."""
EMERGENCIES = ("smoke_alarm", "co_alarm", "glass_breaking")
BEYOND = 0.1
"""Half of the numbers of an emergency test lie outside a range, by up to a tenth of its width."""


def clips(seed: int, *, share: float = 1.0) -> list[Clip]:
    """List the computed clips of all folds.

    Args:
        seed: Other seeds give other clips.
        share: How many of the clips that `FAMILIES` names, for quick trials.
    """
    return [
        _clip(name, partial(_made, name, seed, fold, number, 0.0), fold, f"{fold}-{number}")
        for name, family in FAMILIES.items()
        for fold in range(1, FOLDS + 1)
        for number in range(
            max(1, round(family.clips * share * (TEACHING_SHARE if fold in TEACHING_FOLDS else 1)))
        )
    ]


def emergency_clips(seed: int, fold: int, *, count: int = 500) -> list[Clip]:
    """List computed emergencies that judge alone, out of other ranges than any that taught.

    Half of each clip's numbers come from the slices of one fold, half from outside the whole range,
    by up to a tenth of its width at either end.

    Args:
        seed: Other seeds give other clips.
        fold: Whose slices: one that teaches nothing.
        count: Of each emergency, its families in proportion.
    """
    found = []
    for sound in EMERGENCIES:
        names = [name for name, family in FAMILIES.items() if family.sound == sound]
        weights = np.array([FAMILIES[name].clips for name in names], np.float64)
        ends = np.round(np.cumsum(weights) / weights.sum() * count).astype(int)
        for name, first, last in zip(names, (0, *ends[:-1]), ends, strict=True):
            found += [
                _clip(name, partial(_made, name, seed, fold, n, BEYOND), fold, f"emergency-{n}")
                for n in range(first, last)
            ]
    return found


def _clip(family: str, samples: "partial[Floats]", fold: int, key: str) -> Clip:
    return Clip(
        name=f"synthetic/{family}/{key}",
        label=f"synthetic/{family}",
        sound=FAMILIES[family].sound,
        fold=fold,
        real=False,
        may_train=True,
        licence="computed here",
        samples=samples,
    )


def _made(name: str, seed: int, fold: int, number: int, beyond: float) -> Floats:
    key = f"{name} {seed} {fold} {number} {beyond}"
    family = FAMILIES[name]
    draw = Draw(np.random.default_rng(zlib.crc32(key.encode())), fold, beyond)
    samples = family.make(draw)[: int(LONGEST_S * SAMPLE_RATE_HZ)]
    if not family.is_roomy:
        return np.asarray(samples * PEAK / max(1e-9, np.abs(samples).max()), np.float32)
    return in_a_room(samples.astype(np.float32), key)
