"""Sounds computed for tests: alarms by the standards, noise, and files that hold them."""

from pathlib import Path

import numpy as np
import soundfile

from node.spectra import Floats

RATE_HZ = 16_000
TINY_BUNDLE = Path(__file__).parent / "data" / "tiny_bundle"
"""Hears a 3100 Hz tone as smoke_alarm and two falling tones as doorbell."""


def tone(seconds: float, *, hz: float = 3100.0, amplitude: float = 0.2) -> Floats:
    """Return a sine."""
    phase = 2.0 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(phase)).astype(np.float32)


def noise(seconds: float, *, amplitude: float = 1e-3, seed: int = 0) -> Floats:
    """Return white noise."""
    samples = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return (amplitude * samples).astype(np.float32)


def t3(groups: int) -> Floats:
    """Return a smoke alarm by ISO 8201, 4 s a group, over a quiet room."""
    beep, gap = tone(0.5), np.zeros(RATE_HZ // 2, np.float32)
    group = np.concatenate((beep, gap, beep, gap, beep, np.tile(gap, 3)))
    alarm = np.tile(group, groups)
    return alarm + noise(len(alarm) / RATE_HZ)


def t4(groups: int) -> Floats:
    """Return a CO alarm by UL 2034, 5.7 s a group, over a quiet room."""
    beep, gap = tone(0.1), np.zeros(RATE_HZ // 10, np.float32)
    group = np.concatenate((*4 * (beep, gap), np.tile(gap, 49)))
    alarm = np.tile(group, groups)
    return alarm + noise(len(alarm) / RATE_HZ)


def smoke_alarm() -> Floats:
    """Return 3 s of a quiet room, 8 s of a smoke alarm, 6 s of a quiet room."""
    return np.concatenate((noise(3.0, seed=1), t3(2), noise(6.0, seed=2)))


def short_alarm() -> Floats:
    """Return 0.5 s of an alarm and as much quiet as a window needs to forget it: 4 s."""
    return np.concatenate((tone(0.5), noise(3.5)))


def write(path: Path, samples: Floats, rate_hz: int = RATE_HZ) -> Path:
    """Write a recording in the format that its name says; shape (n,) or (n, channels)."""
    soundfile.write(path, samples, rate_hz)
    return path


def as_pcm(samples: Floats) -> bytes:
    """Return samples in -1..1 as s16le."""
    return (np.clip(samples, -1.0, 32767 / 32768) * 32768).astype("<i2").tobytes()
