"""Smoke, fire and CO alarms, the chirp of their batteries, and breaking glass."""

from functools import partial

import numpy as np

from training.datasets.clip import SAMPLE_RATE_HZ
from training.datasets.families.family import Family
from training.datasets.waves import (
    CLIP_S,
    HIGHEST_HZ,
    Draw,
    Samples,
    fill,
    harmonics,
    overlay,
    piezo,
    rhythm,
    struck_fast,
    times,
    tone,
    voice,
    with_pause,
)

T3_S = ((0.45, 0.55), (0.45, 0.55), (1.35, 1.65))
"""On, off, and the pause after three (ISO 8201: 0.5, 0.5 and 1.5 s, each within 10 %)."""


def t3_piezo(draw: Draw) -> Samples:
    """Temporal three, the evacuation signal of ISO 8201, by a piezo."""
    return _cut_off(draw, rhythm(_t3(draw), piezo(draw)))


def t3_low(draw: Draw) -> Samples:
    """Temporal three by a square wave of 520 Hz, which NFPA 72 requires in sleeping areas."""
    low = partial(tone, draw.between(480.0, 560.0), odd=draw.between(0.6, 1.0))
    return _cut_off(draw, rhythm(_t3(draw), low))


def continuous(draw: Draw) -> Samples:
    """One tone without end, steady or with a slight beat of two sounders."""
    once = piezo(draw)(CLIP_S)
    return once + piezo(draw)(CLIP_S) if draw.chance(0.3) else once


def intermittent(draw: Draw) -> Samples:
    """Beeps without end: fast ones of single-station alarms (Korean ones too), or slow ones."""
    on_s = draw.between(0.05, 0.25) if draw.chance(0.6) else draw.between(0.3, 1.0)
    return _cut_off(draw, rhythm([(on_s, on_s * draw.between(0.4, 1.5))], piezo(draw)))


def sweep(draw: Draw) -> Samples:
    """A slow whoop (500 to 1200 Hz in 3.5 s, NEN 2575), or a fast sweep of EN 54-3 sounders."""
    if draw.chance(0.5):
        low_hz, high_hz = draw.between(420.0, 600.0), draw.between(1050.0, 1300.0)
        period_s, gap_s = draw.between(2.8, 4.2), draw.between(0.0, 0.6)
    else:
        low_hz, gap_s = draw.between(700.0, 3000.0), 0.0
        high_hz, period_s = low_hz * draw.between(1.1, 1.45), 1.0 / draw.between(1.0, 9.0)
    t = times(CLIP_S)
    phase = (t % (period_s + gap_s)) / period_s
    if draw.chance(0.3):
        phase = np.where(phase <= 1.0, 1.0 - phase, 2.0)  # DIN 33404-3 falls, 1200 to 500 Hz
    hz = low_hz + (high_hz - low_hz) * np.minimum(phase, 1.0)
    return (phase <= 1.0) * harmonics(
        np.cumsum(hz) / SAMPLE_RATE_HZ, hz.max(), odd=draw.between(0.1, 0.9)
    )


def two_tone(draw: Draw) -> Samples:
    """Two tones in turn, such as 800 and 970 Hz, 0.25 s each (BS 5839-1)."""
    hz, ratio, on_s = draw.between(600.0, 2600.0), draw.between(1.1, 1.4), draw.between(0.1, 0.5)
    odd = draw.between(0.1, 0.9)
    return fill(np.concatenate((tone(hz, on_s, odd=odd), tone(hz * ratio, on_s, odd=odd))))


def fire_bell(draw: Draw) -> Samples:
    """A large bell struck without pause, as in older Korean stairwells."""
    return struck_fast(draw, draw.between(400.0, 1800.0), draw.between(8.0, 20.0), CLIP_S)


def tone_and_voice(draw: Draw) -> Samples:
    """Beeps, then a voice that names the danger, and again."""
    beep = partial(with_pause, piezo(draw), draw.between(0.1, 0.5), draw.between(0.08, 0.5))
    beeps = np.concatenate([beep() for _ in range(draw.whole(2, 4))])
    said = voice(draw, draw.between(0.8, 1.8))
    said = said * (draw.between(0.5, 1.2) / max(1e-9, np.abs(said).max()))
    gap = np.zeros(int(draw.between(0.1, 0.5) * SAMPLE_RATE_HZ))
    return fill(np.concatenate((beeps, gap, said, gap)))


def t4(draw: Draw) -> Samples:
    """Temporal four: four pulses of 0.1 s, then 5 s of pause (UL 2034)."""
    on_s, off_s = draw.between(0.085, 0.115), draw.between(0.085, 0.115)
    beep = piezo(draw)
    four = np.concatenate([with_pause(beep, on_s, off_s) for _ in range(4)])
    lead = np.zeros(int(draw.between(0.0, 2.0) * SAMPLE_RATE_HZ))
    pause = np.zeros(int(draw.between(4.5, 5.5) * SAMPLE_RATE_HZ))
    return np.concatenate((lead, four, pause, four))


def chirp(draw: Draw) -> Samples:
    """One short beep, or two, a minute: a battery is low."""
    beep, on_s = piezo(draw), draw.between(0.03, 0.14)
    once = beep(on_s)
    if draw.chance(0.25):
        once = np.concatenate((with_pause(beep, on_s, draw.between(0.1, 0.25)), beep(on_s)))
    elif draw.chance(0.2):  # a tired battery lets the tone sink
        t = times(on_s)
        once = harmonics(2900.0 * t - draw.between(500.0, 2500.0) * t**2, 2900.0)
    lead = np.zeros(int(draw.between(0.5, 3.0) * SAMPLE_RATE_HZ))
    return np.concatenate((lead, once, np.zeros(2 * SAMPLE_RATE_HZ)))


def glass(draw: Draw) -> Samples:
    """A pane bursts: a blow, then shards that ring on their own, ever fewer.

    Each shard is a few partials of 1.5-7.5 kHz that fade within 5 to 90 ms.
    """
    length_s = draw.between(0.5, 1.6)
    blow = draw.random.normal(size=int(draw.between(0.01, 0.06) * SAMPLE_RATE_HZ))
    burst = np.zeros(int((length_s + 0.5) * SAMPLE_RATE_HZ))
    burst[: len(blow)] += draw.between(0.4, 2.0) * blow * np.linspace(1.0, 0.0, len(blow))
    low_hz = draw.between(1500.0, 3200.0)
    for _ in range(draw.whole(25, 140)):
        t = times(0.35)
        decay_s, hz = draw.between(0.005, 0.09), draw.random.uniform(low_hz, HIGHEST_HZ)
        ring = np.exp(-t / decay_s) * np.sin(2 * np.pi * hz * t)
        at_s = min(draw.random.exponential(length_s / 4.0), length_s)
        strength = draw.random.exponential() * (1.0 - 0.7 * at_s / length_s)
        burst = overlay(burst, strength * ring, int(at_s * SAMPLE_RATE_HZ))
    return np.concatenate((np.zeros(SAMPLE_RATE_HZ), burst))


def _t3(draw: Draw) -> list[tuple[float, float]]:
    on_s, off_s, pause_s = (draw.between(*limits) for limits in T3_S)
    return [(on_s, off_s), (on_s, off_s), (on_s, pause_s)]


def _cut_off(draw: Draw, alarm: Samples) -> Samples:
    """Some recordings begin or end amid a beep; a cut-off alarm is no chirp."""
    if draw.chance(0.3):
        first = int(draw.between(0.0, 2.0) * SAMPLE_RATE_HZ)
        return alarm[first : first + int(draw.between(1.0, 4.0) * SAMPLE_RATE_HZ)]
    return alarm


FAMILIES = {
    "t3_piezo": Family("smoke_alarm", 24, t3_piezo),
    "t3_low": Family("smoke_alarm", 16, t3_low),
    "continuous": Family("smoke_alarm", 8, continuous),
    "intermittent": Family("smoke_alarm", 14, intermittent),
    "sweep": Family("smoke_alarm", 12, sweep),
    "two_tone": Family("smoke_alarm", 8, two_tone),
    "fire_bell": Family("smoke_alarm", 8, fire_bell),
    "tone_and_voice": Family("smoke_alarm", 12, tone_and_voice),
    "t4": Family("co_alarm", 40, t4),
    "chirp": Family("low_battery_chirp", 30, chirp),
    "glass": Family("glass_breaking", 20, glass),
}
