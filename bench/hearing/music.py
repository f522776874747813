"""Computed music: chords, a bass, a tune and drums, a new song every half minute."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

SONG_S = (20.0, 45.0)
BEATS_PER_MINUTE = (66.0, 150.0)
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9))
"""Major, minor and pentatonic, in semitones."""
CHORDS = ((0, 3, 4, 0), (0, 5, 3, 4), (5, 3, 0, 4), (0, 0, 3, 4))
"""Steps of the scale that songs commonly go through, a bar each."""
BEATS = 4
OVERTONES = 10
HIGHEST_HZ = 7500.0
C_HZ = 130.81


@dataclass(frozen=True, slots=True)
class _Instrument:
    """How strong its overtones are, how fast it speaks and dies away."""

    overtones: Floats
    attack_s: float
    decay_s: float


def music(random: np.random.Generator, seconds: float) -> Floats:
    """Compute music, songs one after the other, peak about 1, shape (seconds * 16000,)."""
    length, songs, done = int(seconds * SAMPLE_RATE_HZ), [], 0
    while done < length:
        songs.append(_song(random, random.uniform(*SONG_S)))
        done += len(songs[-1])
    return np.concatenate(songs)[:length]


def _song(random: np.random.Generator, seconds: float) -> Floats:
    beat_s = 60.0 / random.uniform(*BEATS_PER_MINUTE)
    song = np.zeros(int(seconds * SAMPLE_RATE_HZ), np.float32)
    has_drums = random.random() < 0.6  # noqa: PLR2004 - more songs have them than not
    for at_s, part in _parts(random, beat_s, seconds):
        _add(song, at_s, part)
    for beat in range(int(seconds / beat_s) if has_drums else 0):
        _add(song, beat * beat_s, _drum(random, is_low=beat % 2 == 0))
    return song / max(1e-6, float(np.abs(song).max()))


def _parts(
    random: np.random.Generator, beat_s: float, seconds: float
) -> Iterator[tuple[float, Floats]]:
    """The notes of a song: bass and chord once a bar, the tune twice a beat."""
    scale, chords = SCALES[random.integers(len(SCALES))], CHORDS[random.integers(len(CHORDS))]
    root_hz = C_HZ * 2.0 ** (random.integers(12) / 12.0)
    bass, chord, tune = (_instrument(random) for _ in range(3))
    tune_octave, place = int(random.integers(1, 4)), 0
    for bar in range(int(seconds / beat_s / BEATS) + 1):
        step, began_s = chords[bar % len(chords)], bar * BEATS * beat_s
        yield began_s, 0.5 * _note(bass, _hz(root_hz, scale, step, -1), BEATS * beat_s)
        for third in (0, 2, 4):
            hz = _hz(root_hz, scale, step + third, 1)
            yield began_s, 0.25 * _note(chord, hz, BEATS * beat_s)
        for half in range(2 * BEATS):
            place += int(random.integers(-2, 3))
            if random.random() < 0.7:  # noqa: PLR2004 - a tune pauses now and then
                hz = _hz(root_hz, scale, place % 10, tune_octave)
                held_s = beat_s * random.choice((0.5, 1.0, 2.0))
                yield began_s + half * beat_s / 2, 0.5 * _note(tune, hz, held_s)


def _instrument(random: np.random.Generator) -> _Instrument:
    fall = np.arange(1, OVERTONES + 1) ** -random.uniform(0.7, 2.5)
    return _Instrument(
        (fall * random.uniform(0.2, 1.0, OVERTONES)).astype(np.float32),
        attack_s=random.uniform(0.004, 0.08),
        decay_s=random.uniform(0.15, 2.0),
    )


def _note(played: _Instrument, hz: float, seconds: float) -> Floats:
    t = np.arange(int(seconds * SAMPLE_RATE_HZ), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)
    wave = np.zeros_like(t)
    for number, strength in enumerate(played.overtones, 1):
        if number * hz < HIGHEST_HZ:
            wave += strength * np.sin(np.float32(2 * np.pi * number * hz) * t)
    fade = np.minimum(1.0, (t[-1] - t) / 0.02)
    rise = np.minimum(1.0, t / np.float32(played.attack_s))
    note: Floats = wave * rise * fade * np.exp(-t / np.float32(played.decay_s))
    return note


def _drum(random: np.random.Generator, *, is_low: bool) -> Floats:
    t = np.arange(int(0.18 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    if is_low:  # a bass drum's skin: its tone falls
        beat = np.sin(2 * np.pi * (45.0 * t + 3.0 * (1.0 - np.exp(-t / 0.03))))
        return (0.8 * beat * np.exp(-t / 0.06)).astype(np.float32)
    return (0.25 * random.normal(size=len(t)) * np.exp(-t / 0.04)).astype(np.float32)


def _hz(root_hz: float, scale: tuple[int, ...], step: int, octave: int) -> float:
    up, place = divmod(step, len(scale))
    return float(root_hz * 2.0 ** (octave + up + scale[place] / 12.0))


def _add(song: Floats, at_s: float, part: Floats) -> None:
    first = int(at_s * SAMPLE_RATE_HZ)
    fits = part[: max(0, len(song) - first)]
    song[first : first + len(fits)] += fits
