"""Scenes of computed alarms: rhythms by their standards and other fire alarms, in noise."""

from dataclasses import dataclass

import numpy as np

from bench.hearing.alarm_kinds import Kind
from bench.hearing.background import Backgrounds
from bench.hearing.levels import (
    at_level,
    band_power,
    lasts,
    loudest_band_hz,
    recorded,
    rms,
    sounding_share,
)
from bench.hearing.rooms import BARE_RT60_S, behind_door, in_room, response
from bench.hearing.truth import Truth
from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

AROUND_S, BEGINS_S = 6.0, 4.0
"""How much longer than the alarm a scene is, and how long before it."""
SHIFT_S = 0.5
"""It begins at any phase of an ear's pace."""
LEVEL_DB = -25.0
"""Of the alarm while it sounds, dBFS; less where the noise would be cut off."""
LOUDEST = 0.9
NOISES = ("white", "pink", "speech", "music", "mixture")
SNR_DB = (-5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 40.0, 60.0)
SEED = 20_260
"""Other than any recipe's seed; and fold 5 draws from slices that taught nothing."""


@dataclass(frozen=True, slots=True)
class Scene:
    """An alarm in noise: samples at 16 kHz in -1..1, shape (n,), and the truth about it."""

    samples: Floats
    truth: Truth


def scene(kind: Kind, noise: Floats, called: str, snr_db: float, seed: int) -> Scene:
    """Sound one alarm in a room.

    Args:
        kind: Of alarm.
        noise: Any level, as long as `noise` gives it.
        called: The noise's name.
        snr_db: The alarm while it sounds over the noise, both in the third of an octave that holds
            most of the alarm's power.
        seed: Decides the alarm and its room.
    """
    return _scene(kind, noise, called, snr_db, seed, has_door=False)


def scene_behind_door(kind: Kind, noise: Floats, called: str, snr_db: float, seed: int) -> Scene:
    """Sound one alarm in a room and hear it in another, through a closed door."""
    return _scene(kind, noise, called, snr_db, seed, has_door=True)


def noise(backgrounds: Backgrounds, called: str, kind: Kind, seed: int) -> Floats:
    """Make the noise of one scene of a kind of alarm."""
    return backgrounds.make(called, np.random.default_rng(seed), kind.most_s + AROUND_S)


def _scene(
    kind: Kind, noise: Floats, called: str, snr_db: float, seed: int, *, has_door: bool
) -> Scene:
    random = np.random.default_rng((SEED, seed))
    dry = kind.make(random)[: int(kind.most_s * SAMPLE_RATE_HZ)].astype(np.float32)
    onset_s, ends_s = lasts(dry)
    share, began_s = sounding_share(dry), BEGINS_S + random.uniform(0.0, SHIFT_S)
    wet = in_room(dry, response(random, random.uniform(*BARE_RT60_S)))
    if has_door:
        wet = in_room(behind_door(wet), response(random, random.uniform(*BARE_RT60_S)))
    first = int(began_s * SAMPLE_RATE_HZ)
    wet = at_level(wet, LEVEL_DB, rms(wet[: len(dry)]) / share**0.5)[: len(noise) - first]
    band_hz = loudest_band_hz(wet)
    loud = band_power(wet[: len(dry)], band_hz) / share
    gain = (loud / band_power(noise, band_hz) / 10.0 ** (snr_db / 10.0)) ** 0.5
    mixed = noise * np.float32(gain)
    mixed[first : first + len(wet)] += wet
    mixed *= np.float32(min(1.0, LOUDEST / float(np.abs(mixed).max())))
    truth = Truth(
        sound=kind.sound,
        onset_s=round(began_s + onset_s, 3),
        ends_s=round(began_s + ends_s, 3),
        clip=kind.name,
        real=False,
        background=called,
        snr_db=snr_db,
    )
    return Scene(recorded(mixed), truth)
