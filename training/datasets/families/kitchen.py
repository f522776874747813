"""Kettles, and the beeps and melodies with which appliances say that they are done."""

from functools import partial

import numpy as np

from training.datasets.clip import SAMPLE_RATE_HZ
from training.datasets.families.doors import MAJOR
from training.datasets.families.family import Family
from training.datasets.waves import (
    CLIP_S,
    Draw,
    Samples,
    coloured,
    struck,
    times,
    tone,
    with_pause,
)


def kettle(draw: Draw) -> Samples:
    """A whistle that rises out of boiling and hissing steam and wavers a little."""
    t = times(CLIP_S)
    rise = np.minimum(1.0, t / draw.between(0.3, 3.5))
    waver = 1.0 + 0.01 * draw.between(0.0, 2.0) * np.sin(2 * np.pi * draw.between(2.0, 9.0) * t)
    hz = draw.between(1200.0, 3900.0) * (0.85 + 0.15 * rise) * waver
    phase = np.cumsum(hz) / SAMPLE_RATE_HZ
    second = draw.between(0.0, 0.9) * np.sin(2 * np.pi * draw.between(1.05, 1.5) * phase)
    hiss = draw.between(0.02, 0.3) * draw.random.normal(size=len(t))
    boil = draw.between(0.0, 0.3) * _normal(coloured(draw))
    return rise**2 * (np.sin(2 * np.pi * phase) + second) + hiss + boil


def one_beep(draw: Draw) -> Samples:
    """A timer or a fridge door: one beep."""
    beep = tone(draw.between(700.0, 2700.0), draw.between(0.12, 1.3), odd=draw.between(0.0, 0.9))
    return np.concatenate((beep, np.zeros(SAMPLE_RATE_HZ)))


def some_beeps(draw: Draw) -> Samples:
    """Two to five beeps: a microwave, a washing machine, an oven."""
    beep = partial(tone, draw.between(700.0, 2700.0), odd=draw.between(0.0, 0.9))
    on_s, off_s = draw.between(0.08, 0.9), draw.between(0.1, 0.9)
    return np.concatenate([with_pause(beep, on_s, off_s) for _ in range(draw.whole(2, 5))])


def melody(draw: Draw) -> Samples:
    """A rice cooker or a washing machine: eight to sixteen short notes, soft or plain."""
    root_hz, step_s = draw.between(500.0, 1400.0), draw.between(0.09, 0.25)
    odd, is_struck, notes = draw.between(0.0, 0.5), draw.chance(0.4), []
    for _ in range(draw.whole(8, 16)):
        hz, length_s = root_hz * float(draw.random.choice(MAJOR)), step_s * draw.whole(1, 2)
        note = struck(draw, hz, length_s)[: int(length_s * SAMPLE_RATE_HZ)] if is_struck else None
        notes.append(tone(hz, length_s, odd=odd) if note is None else note)
    return np.concatenate(notes)


def _normal(samples: Samples) -> Samples:
    return samples / max(1e-9, float(np.abs(samples).max()))


FAMILIES = {
    "kettle": Family("kettle", 30, kettle),
    "one_beep": Family("appliance_beep", 16, one_beep),
    "some_beeps": Family("appliance_beep", 26, some_beeps),
    "melody": Family("appliance_beep", 16, melody),
}
