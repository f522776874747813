"""Doorbells and intercoms; the keypad of a door lock beeps like an appliance."""

from functools import partial

import numpy as np

from training.datasets.clip import SAMPLE_RATE_HZ
from training.datasets.families.family import Family
from training.datasets.waves import (
    Draw,
    Samples,
    overlay,
    struck,
    tone,
    with_pause,
)

MAJOR = 2.0 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12.0)
"""The major scale in equal temperament."""
WESTMINSTER = ((4, 2, 3, -1), (4, 3, 2, 4), (-1, 3, 2, 4))
"""Quarters of the Westminster chime, as steps of the major scale; -1 is the fifth below."""


def ding_dong(draw: Draw) -> Samples:
    """Two struck bars, the second a third or a fourth lower."""
    high_hz, ratio = draw.between(450.0, 1100.0), draw.between(0.7, 0.88)
    decay_s = draw.between(0.2, 1.0)
    ding, dong = struck(draw, high_hz, decay_s), struck(draw, high_hz * ratio, decay_s)
    gap_s, pause = draw.between(0.25, 0.9), np.zeros(int(draw.between(0.2, 2.0) * SAMPLE_RATE_HZ))
    return np.concatenate((overlay(ding, dong, int(gap_s * SAMPLE_RATE_HZ)), pause))


def chime(draw: Draw) -> Samples:
    """An electronic melody of three to eight notes, struck or blown."""
    root_hz, step_s, decay_s = (
        draw.between(380.0, 950.0),
        draw.between(0.12, 0.6),
        draw.between(0.1, 0.7),
    )
    odd, is_struck, melody = draw.between(0.0, 1.0), draw.chance(0.5), np.zeros(0)
    for step in range(draw.whole(3, 8)):
        hz = root_hz * float(draw.random.choice(MAJOR))
        note = struck(draw, hz, decay_s) if is_struck else _blown(hz, 2.0 * decay_s, odd)
        melody = overlay(melody, note, int(step * step_s * SAMPLE_RATE_HZ))
    return melody


def westminster(draw: Draw) -> Samples:
    """The clock chime that many bells play."""
    root_hz, step_s = draw.between(350.0, 700.0), draw.between(0.3, 0.7)
    chosen = WESTMINSTER[draw.whole(0, len(WESTMINSTER) - 1)]
    melody = np.zeros(0)
    for step, degree in enumerate(chosen):
        hz = root_hz * (0.75 if degree < 0 else float(MAJOR[degree]))
        note = struck(draw, hz, draw.between(0.3, 0.9))
        melody = overlay(melody, note, int(step * step_s * SAMPLE_RATE_HZ))
    return melody


def intercom(draw: Draw) -> Samples:
    """A Korean flat's intercom: two soft electronic tones up or down, two or three times."""
    hz, ratio = draw.between(480.0, 1300.0), draw.between(0.7, 0.9)
    if draw.chance(0.4):
        ratio = 1.0 / ratio
    length_s, odd = draw.between(0.25, 0.7), draw.between(0.0, 0.6)
    pair = np.concatenate((_blown(hz, length_s, odd), _blown(hz * ratio, 1.4 * length_s, odd)))
    gap = np.zeros(int(draw.between(0.2, 0.8) * SAMPLE_RATE_HZ))
    return np.concatenate([np.concatenate((pair, gap)) for _ in range(draw.whole(1, 3))])


def wireless(draw: Draw) -> Samples:
    """A cheap wireless bell: a harsh square wave that warbles or runs up a scale."""
    root_hz, step_s = draw.between(600.0, 1700.0), draw.between(0.05, 0.2)
    steps = [float(draw.random.choice(MAJOR)) for _ in range(draw.whole(2, 6))]
    once = [tone(root_hz * step, step_s, odd=draw.between(0.6, 1.0)) for step in steps]
    return np.tile(np.concatenate(once), draw.whole(2, 5))


def buzzer(draw: Draw) -> Samples:
    """A door's buzzer: mains hum with all its overtones, once or twice."""
    hz, on_s = draw.between(90.0, 280.0), draw.between(0.25, 1.5)
    buzz = tone(hz, on_s, odd=0.9, even=draw.between(0.3, 0.9))
    rough = buzz * (1.0 + 0.3 * draw.random.normal(size=len(buzz)))
    pause = np.zeros(int(draw.between(0.2, 1.0) * SAMPLE_RATE_HZ))
    return np.tile(np.concatenate((rough, pause)), draw.whole(1, 2))


def keypad(draw: Draw) -> Samples:
    """A door lock: four to eight short beeps as keys are pressed, then a run of notes."""
    beep = partial(tone, draw.between(900.0, 3000.0), odd=draw.between(0.0, 0.7))
    keys = [
        with_pause(beep, draw.between(0.04, 0.12), draw.between(0.12, 0.5))
        for _ in range(draw.whole(4, 8))
    ]
    root_hz, step_s = draw.between(700.0, 1500.0), draw.between(0.07, 0.2)
    done = [tone(root_hz * float(MAJOR[2 * step]), step_s, odd=0.3) for step in range(3)]
    return np.concatenate((*keys, *done))


def _blown(hz: float, seconds: float, odd: float) -> Samples:
    """A note of a loudspeaker: it comes at once and fades."""
    note = tone(hz, seconds, odd=odd)
    return note * np.linspace(1.0, 0.0, len(note)) ** 0.7


FAMILIES = {
    "ding_dong": Family("doorbell", 24, ding_dong),
    "chime": Family("doorbell", 16, chime),
    "westminster": Family("doorbell", 6, westminster),
    "intercom": Family("doorbell", 14, intercom),
    "wireless": Family("doorbell", 6, wireless),
    "buzzer": Family("doorbell", 10, buzzer),
    "keypad": Family("appliance_beep", 12, keypad),
}
