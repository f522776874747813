"""Telephones and alarm clocks."""

from functools import partial

import numpy as np

from training.datasets.clip import SAMPLE_RATE_HZ
from training.datasets.families.doors import MAJOR
from training.datasets.families.family import Family
from training.datasets.waves import (
    CLIP_S,
    Draw,
    Samples,
    fill,
    overlay,
    rhythm,
    struck,
    struck_fast,
    tone,
)


def bell_telephone(draw: Draw) -> Samples:
    """Two small bells struck in turn, in rings of one or two seconds."""
    on_s, off_s = draw.between(0.8, 2.0), draw.between(1.0, 4.0)
    low_hz, strikes_hz = draw.between(900.0, 1700.0), draw.between(18.0, 28.0)
    low = struck_fast(draw, low_hz, strikes_hz, on_s)
    high = struck_fast(draw, low_hz * draw.between(1.1, 1.35), strikes_hz, on_s)
    return fill(np.concatenate((low + high, np.zeros(int(off_s * SAMPLE_RATE_HZ)))))


def warble_telephone(draw: Draw) -> Samples:
    """Two tones in quick turn, in rings of one or two seconds."""
    hz, ratio, odd = draw.between(600.0, 1900.0), draw.between(1.1, 1.4), draw.between(0.1, 0.8)
    turn_s = 0.5 / draw.between(7.0, 25.0)
    pair = np.concatenate((tone(hz, turn_s, odd=odd), tone(hz * ratio, turn_s, odd=odd)))
    ring = np.tile(pair, 1 + int(draw.between(0.5, 2.0) / (2.0 * turn_s)))
    return fill(np.concatenate((ring, np.zeros(int(draw.between(0.7, 4.0) * SAMPLE_RATE_HZ)))))


def marimba_telephone(draw: Draw) -> Samples:
    """A mobile telephone's tune on wooden bars, over and over."""
    root_hz, step_s, decay_s = (
        draw.between(400.0, 900.0),
        draw.between(0.1, 0.2),
        draw.between(0.08, 0.2),
    )
    tune = [float(draw.random.choice(MAJOR)) for _ in range(draw.whole(5, 10))]
    once = np.zeros(int(len(tune) * step_s * SAMPLE_RATE_HZ))
    for step, degree in enumerate(tune):
        if draw.chance(0.8):
            note = struck(draw, root_hz * degree, decay_s)
            once = overlay(once, note, int(step * step_s * SAMPLE_RATE_HZ))
    return fill(once)


def digital_clock(draw: Draw) -> Samples:
    """Groups of one to four quick beeps of 1.8-4.2 kHz, a group about each second."""
    beep = partial(tone, draw.between(1800.0, 4200.0), odd=draw.between(0.1, 0.9))
    on_s, off_s = draw.between(0.04, 0.13), draw.between(0.04, 0.13)
    beats = [(on_s, off_s)] * draw.whole(0, 3)
    return rhythm([*beats, (on_s, draw.between(0.25, 0.8))], beep)


def bell_clock(draw: Draw) -> Samples:
    """A wound-up alarm clock: one small bright bell, struck fast."""
    return struck_fast(draw, draw.between(1800.0, 3800.0), draw.between(14.0, 32.0), CLIP_S)


def buzzing_clock(draw: Draw) -> Samples:
    """A clock radio: a harsh low tone, on and off."""
    buzz = partial(tone, draw.between(300.0, 1000.0), odd=0.9, even=draw.between(0.2, 0.9))
    return rhythm([(draw.between(0.2, 0.7), draw.between(0.15, 0.7))], buzz)


FAMILIES = {
    "bell_telephone": Family("telephone", 15, bell_telephone),
    "warble_telephone": Family("telephone", 15, warble_telephone),
    "marimba_telephone": Family("telephone", 10, marimba_telephone),
    "digital_clock": Family("alarm_clock", 20, digital_clock),
    "bell_clock": Family("alarm_clock", 10, bell_clock),
    "buzzing_clock": Family("alarm_clock", 8, buzzing_clock),
}
