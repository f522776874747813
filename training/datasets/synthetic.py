"""Sounds computed from their standards, for what no recording at hand holds.

Every number of a sound (pitch, pause, decay, ...) is drawn from a range that is cut into slices;
a fold owns every fifth slice, so that no test clip has a pitch or a rhythm that was trained on.
"""

import zlib
from collections.abc import Callable
from functools import partial

import numpy as np

from contract.catalogue import BACKGROUND
from node.features import Floats
from training.datasets.clip import FOLDS, SAMPLE_RATE_HZ, Clip
from training.datasets.room import PEAK, in_a_room
from training.datasets.waves import (
    CLIP_S,
    Draw,
    Samples,
    coloured,
    fill,
    harmonics,
    overlay,
    piezo,
    rhythm,
    struck,
    struck_fast,
    times,
    tone,
    with_pause,
)


def clips(seed: int, *, share: float = 1.0) -> list[Clip]:
    """List the computed clips of all folds.

    Args:
        seed: Other seeds give other clips.
        share: How many of the clips that `KINDS` names, for quick trials.
    """
    return [
        Clip(
            name=f"synthetic/{kind}/{fold}-{number}",
            label=f"synthetic/{kind}",
            sound=sound,
            fold=fold,
            real=False,
            may_train=True,
            licence="computed here",
            samples=partial(_made, kind, seed, fold, number),
        )
        for kind, (sound, count, _) in KINDS.items()
        for fold in range(1, FOLDS + 1)
        for number in range(max(1, round(count * share)))
    ]


def _made(kind: str, seed: int, fold: int, number: int) -> Floats:
    key = f"{kind} {seed} {fold} {number}"
    draw = Draw(np.random.default_rng(zlib.crc32(key.encode())), fold)
    sound, _, make = KINDS[kind]
    samples = make(draw)[: int(CLIP_S * SAMPLE_RATE_HZ)]
    if sound == BACKGROUND and kind != "music":
        return np.asarray(samples * PEAK / max(1e-9, np.abs(samples).max()), np.float32)
    return in_a_room(samples.astype(np.float32), key)


def _t3_piezo(draw: Draw) -> Samples:
    """Temporal three: the evacuation signal of ISO 8201, by a piezo near 3.1 kHz."""
    return rhythm(_t3(draw), piezo(draw))


def _t3_low(draw: Draw) -> Samples:
    """Temporal three by a 520 Hz square wave, which NFPA 72 requires in sleeping areas."""
    return rhythm(_t3(draw), partial(tone, draw.between(490.0, 550.0), odd=1.0))


def _t3(draw: Draw) -> list[tuple[float, float]]:
    """On and off for half a second, three times, then 1.5 s; each within the tolerance of 10 %."""
    on_s, off_s, pause_s = (
        draw.between(0.45, 0.55),
        draw.between(0.45, 0.55),
        draw.between(1.35, 1.65),
    )
    return [(on_s, off_s), (on_s, off_s), (on_s, pause_s)]


def _continuous(draw: Draw) -> Samples:
    return rhythm([(CLIP_S, 0.0)], piezo(draw))


def _intermittent(draw: Draw) -> Samples:
    """Beeps without end: fast as sirens of battery alarms, or slow."""
    on_s = draw.between(0.05, 0.2) if draw.chance(0.6) else draw.between(0.4, 1.0)
    return rhythm([(on_s, on_s * draw.between(0.6, 1.2))], piezo(draw))


def _sweep(draw: Draw) -> Samples:
    """A slow whoop (500 to 1200 Hz in 3.5 s, NEN 2575), or a fast sweep of EN 54-3 sounders."""
    if draw.chance(0.5):
        low_hz, high_hz, period_s = 500.0, 1200.0, draw.between(3.0, 4.0)
        gap_s = 0.5
    else:
        low_hz = draw.between(700.0, 2500.0)
        high_hz, period_s, gap_s = low_hz * 1.2, 1.0 / draw.between(1.0, 9.0), 0.0
    t = times(CLIP_S)
    phase = (t % (period_s + gap_s)) / period_s
    hz = low_hz + (high_hz - low_hz) * np.minimum(phase, 1.0)
    return (phase <= 1.0) * harmonics(np.cumsum(hz) / SAMPLE_RATE_HZ, hz.max(), odd=0.5)


def _two_tone(draw: Draw) -> Samples:
    """Two tones in turn, such as 800 and 970 Hz, 0.25 s each (BS 5839-1)."""
    hz, ratio = draw.between(600.0, 2400.0), draw.between(1.12, 1.3)
    on_s = draw.between(0.12, 0.4)
    low, high = tone(hz, on_s, odd=0.5), tone(hz * ratio, on_s, odd=0.5)
    return fill(np.concatenate((low, high)))


def _fire_bell(draw: Draw) -> Samples:
    """A large bell struck without pause."""
    return struck_fast(draw, draw.between(400.0, 1200.0), draw.between(8.0, 16.0), CLIP_S)


def _t4(draw: Draw) -> Samples:
    """Temporal four: four pulses of 0.1 s, then 5 s of pause (UL 2034)."""
    pulse = (draw.between(0.09, 0.11), draw.between(0.09, 0.11))
    last = (pulse[0], draw.between(4.5, 5.5))
    lead = np.zeros(int(draw.between(0.0, 1.5) * SAMPLE_RATE_HZ))
    return np.concatenate((lead, rhythm([pulse, pulse, pulse, last], piezo(draw))))


def _chirp(draw: Draw) -> Samples:
    """One short beep a minute says that a battery is low."""
    chirp = piezo(draw)(draw.between(0.03, 0.12))
    lead = np.zeros(int(draw.between(0.5, 3.0) * SAMPLE_RATE_HZ))
    return np.concatenate((lead, chirp, np.zeros(SAMPLE_RATE_HZ)))


def _ding_dong(draw: Draw) -> Samples:
    """Two struck bars, the second a third or a fourth lower."""
    high_hz, ratio = draw.between(500.0, 1000.0), draw.between(0.72, 0.86)
    gap = np.zeros(int(draw.between(0.3, 0.8) * SAMPLE_RATE_HZ))
    decay_s = draw.between(0.25, 0.9)
    ding, dong = struck(draw, high_hz, decay_s), struck(draw, high_hz * ratio, decay_s)
    pause = np.zeros(int(draw.between(0.3, 2.0) * SAMPLE_RATE_HZ))
    return np.concatenate((overlay(ding, dong, len(gap)), pause))


def _chime(draw: Draw) -> Samples:
    """An electronic melody of three to eight notes."""
    scale = 2.0 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12.0)
    root_hz, step_s = draw.between(380.0, 900.0), draw.between(0.15, 0.6)
    decay_s = draw.between(0.15, 0.6)
    melody = np.zeros(0)
    for step in range(draw.whole(3, 8)):
        note = struck(draw, root_hz * draw.random.choice(scale), decay_s)
        melody = overlay(melody, note, int(step * step_s * SAMPLE_RATE_HZ))
    return melody


def _buzzer(draw: Draw) -> Samples:
    """A door's buzzer: mains hum with all its overtones."""
    hz, on_s = draw.between(90.0, 250.0), draw.between(0.3, 1.5)
    buzz = tone(hz, on_s, odd=0.9, even=0.7)
    roughness = 1.0 + 0.3 * draw.random.normal(size=len(buzz))
    return np.concatenate(
        (buzz * roughness, np.zeros(int(draw.between(0.2, 1.5) * SAMPLE_RATE_HZ)))
    )


def _kettle(draw: Draw) -> Samples:
    """A whistle that rises out of hissing steam and wavers a little."""
    t = times(CLIP_S)
    rise = np.minimum(1.0, t / draw.between(0.3, 3.0))
    waver = 1.0 + 0.01 * np.sin(2 * np.pi * draw.between(3.0, 9.0) * t) * draw.between(0.0, 1.5)
    hz = draw.between(1400.0, 3800.0) * (0.85 + 0.15 * rise) * waver
    phase = np.cumsum(hz) / SAMPLE_RATE_HZ
    second = draw.between(0.0, 0.8) * np.sin(2 * np.pi * draw.between(1.05, 1.4) * phase)
    hiss = draw.between(0.02, 0.25) * draw.random.normal(size=len(t))
    return rise**2 * (np.sin(2 * np.pi * phase) + second) + hiss


def _one_beep(draw: Draw) -> Samples:
    beep = tone(draw.between(700.0, 2600.0), draw.between(0.15, 1.2), odd=draw.between(0.0, 0.9))
    return np.concatenate((beep, np.zeros(SAMPLE_RATE_HZ)))


def _some_beeps(draw: Draw) -> Samples:
    """Three to five beeps that say "ready": a microwave, a rice cooker, a washing machine."""
    beep = partial(tone, draw.between(700.0, 2600.0), odd=draw.between(0.0, 0.9))
    beeps = [(draw.between(0.1, 0.7), draw.between(0.1, 0.8))] * draw.whole(3, 5)
    return np.concatenate([with_pause(beep, on_s, off_s) for on_s, off_s in beeps])


def _bell_telephone(draw: Draw) -> Samples:
    """Two small bells struck in turn, in rings of one or two seconds."""
    on_s, off_s = draw.between(0.8, 2.0), draw.between(1.0, 4.0)
    low_hz, strikes_hz = draw.between(900.0, 1700.0), draw.between(18.0, 28.0)
    low = struck_fast(draw, low_hz, strikes_hz, on_s)
    high = struck_fast(draw, low_hz * draw.between(1.1, 1.35), strikes_hz, on_s)
    return fill(np.concatenate((low + high, np.zeros(int(off_s * SAMPLE_RATE_HZ)))))


def _warble_telephone(draw: Draw) -> Samples:
    """Two tones in quick turn, in rings of one or two seconds."""
    hz, ratio = draw.between(700.0, 1800.0), draw.between(1.1, 1.35)
    turn_s = 0.5 / draw.between(8.0, 25.0)
    pair = np.concatenate((tone(hz, turn_s, odd=0.6), tone(hz * ratio, turn_s, odd=0.6)))
    ring = np.tile(pair, 1 + int(draw.between(0.7, 2.0) / (2.0 * turn_s)))
    return fill(np.concatenate((ring, np.zeros(int(draw.between(1.0, 4.0) * SAMPLE_RATE_HZ)))))


def _digital_clock(draw: Draw) -> Samples:
    """Groups of quick beeps near 2 kHz, a group a second."""
    beep = partial(tone, draw.between(1800.0, 2700.0), odd=draw.between(0.2, 0.9))
    pulse = (draw.between(0.04, 0.12), draw.between(0.04, 0.12))
    return rhythm([pulse] * draw.whole(1, 3) + [(pulse[0], draw.between(0.3, 0.7))], beep)


def _bell_clock(draw: Draw) -> Samples:
    """A wound-up alarm clock: one small bright bell, struck fast."""
    return struck_fast(draw, draw.between(2000.0, 3500.0), draw.between(16.0, 30.0), CLIP_S)


def _hum(draw: Draw) -> Samples:
    """Mains and motors: a low steady tone with overtones."""
    overtones, strength = draw.between(0.0, 0.7), draw.between(0.0, 0.4)
    hum = tone(draw.between(45.0, 480.0), CLIP_S, odd=overtones, even=overtones)
    return hum + strength * coloured(draw)


def _noise(draw: Draw) -> Samples:
    return coloured(draw)


def _silence(draw: Draw) -> Samples:
    """What a microphone hears of an empty room: its own noise, or digital zeros."""
    return coloured(draw) if draw.chance(0.7) else np.zeros(int(CLIP_S * SAMPLE_RATE_HZ))


def _music(draw: Draw) -> Samples:
    """Chords and a tune, with soft attacks and overtones, at 60 to 160 beats a minute."""
    music, beat_s = np.zeros(0), 60.0 / draw.between(60.0, 160.0)
    root_hz = draw.between(80.0, 330.0)
    minor_or_major = np.array([0, 3, 5, 7, 10, 12] if draw.chance(0.5) else [0, 2, 4, 7, 9, 12])
    for beat in range(int(CLIP_S / beat_s)):
        for octave in (0, 12, 24)[: draw.whole(1, 3)]:
            hz = root_hz * 2.0 ** ((draw.random.choice(minor_or_major) + octave) / 12.0)
            note = tone(hz, beat_s * draw.between(0.5, 2.0), odd=0.5, even=draw.between(0.1, 0.6))
            swell = np.sin(np.linspace(0.0, np.pi, len(note))) ** draw.between(0.2, 1.0)
            music = overlay(music, note * swell, int(beat * beat_s * SAMPLE_RATE_HZ))
    return music


KINDS: dict[str, tuple[str, int, Callable[[Draw], Samples]]] = {
    "t3_piezo": ("smoke_alarm", 24, _t3_piezo),
    "t3_low": ("smoke_alarm", 16, _t3_low),
    "continuous": ("smoke_alarm", 8, _continuous),
    "intermittent": ("smoke_alarm", 12, _intermittent),
    "sweep": ("smoke_alarm", 10, _sweep),
    "two_tone": ("smoke_alarm", 8, _two_tone),
    "fire_bell": ("smoke_alarm", 6, _fire_bell),
    "t4": ("co_alarm", 40, _t4),
    "chirp": ("low_battery_chirp", 30, _chirp),
    "ding_dong": ("doorbell", 30, _ding_dong),
    "chime": ("doorbell", 15, _chime),
    "buzzer": ("doorbell", 10, _buzzer),
    "kettle": ("kettle", 30, _kettle),
    "one_beep": ("appliance_beep", 20, _one_beep),
    "some_beeps": ("appliance_beep", 30, _some_beeps),
    "bell_telephone": ("telephone", 15, _bell_telephone),
    "warble_telephone": ("telephone", 15, _warble_telephone),
    "digital_clock": ("alarm_clock", 12, _digital_clock),
    "bell_clock": ("alarm_clock", 8, _bell_clock),
    "hum": (BACKGROUND, 15, _hum),
    "noise": (BACKGROUND, 15, _noise),
    "silence": (BACKGROUND, 10, _silence),
    "music": (BACKGROUND, 30, _music),
}
"""What is computed: the sound it is, how many clips a fold, and who computes it."""
