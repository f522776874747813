"""The sounds that the measurements play: the demo's clips, alone and in noise, and a quiet room."""

import wave
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

CLIPS = Path(__file__).parent.parent / "soribit" / "demo"
RATE_HZ = 16_000
HALF = RATE_HZ // 2
LOUD_RMS = 500 / 32768
"""Where Frigate begins to listen; a node's gate opens far below."""


def clips() -> dict[str, NDArray[np.float32]]:
    """Return the demo's recordings by file name; each shape (samples,), -1..1, 16 kHz mono."""
    found = {}
    for path in sorted(CLIPS.glob("*.flac")):
        samples, rate_hz = soundfile.read(path, dtype="float32")
        if rate_hz != RATE_HZ or samples.ndim != 1:
            continue
        found[path.stem] = samples
    return found


def household(seconds: float) -> NDArray[np.float32]:
    """Return what is loud of the clips, again and again: it sounds all the time."""
    joined = np.concatenate([_loud(clip) for clip in clips().values()])
    return np.resize(joined, int(seconds * RATE_HZ))


def noisy_household(seconds: float) -> NDArray[np.float32]:
    """Return the clips over pink noise of -40 dBFS RMS, as a fan makes it."""
    return household(seconds) + _noise(seconds, rms_db=-40.0, fall=0.5)


def quiet_room(seconds: float) -> NDArray[np.float32]:
    """Return white noise of -75 dBFS RMS: a room at night, by a usual microphone."""
    return _noise(seconds, rms_db=-75.0, fall=0.0)


def write_wav(path: Path, samples: NDArray[np.float32]) -> Path:
    """Write samples in -1..1, 16 kHz, as 16-bit mono."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(as_pcm(samples))
    return path


def as_pcm(samples: NDArray[np.float32]) -> bytes:
    """Return samples in -1..1 as signed 16-bit little-endian PCM."""
    return (np.clip(samples, -1.0, 32767 / 32768) * 32768).astype("<i2").tobytes()


def onset_s(samples: NDArray[np.float32]) -> float:
    """Return when a recording begins to sound: 20 ms RMS above a tenth of its peak, seconds."""
    frames = samples[: samples.size // 320 * 320].reshape(-1, 320)
    rms = np.sqrt(np.mean(frames**2, axis=1))
    return float(np.argmax(rms > 0.1 * rms.max()) * 0.02)


def _loud(clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """The half seconds of a clip for which the gates of all ears are open."""
    halves = clip[: clip.size // HALF * HALF].reshape(-1, HALF)
    loud: NDArray[np.float32] = halves[np.sqrt(np.mean(halves**2, axis=1)) >= LOUD_RMS].ravel()
    return loud


def _noise(seconds: float, *, rms_db: float, fall: float) -> NDArray[np.float32]:
    """Noise whose amplitude falls with the frequency to the power of `fall`, the same each time."""
    white = np.random.default_rng(1).standard_normal(int(seconds * RATE_HZ))
    hz = np.maximum(20.0, np.fft.rfftfreq(white.size, 1.0 / RATE_HZ))
    noise: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(white) * hz**-fall, white.size)
    scale = 10.0 ** (rms_db / 20.0) / np.sqrt(np.mean(noise**2))
    scaled: NDArray[np.float64] = scale * noise
    return scaled.astype(np.float32)
