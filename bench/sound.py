"""The recordings that the measurements play: the demo's clips."""

import wave
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

CLIPS = Path(__file__).parent.parent / "soribit" / "demo"
RATE_HZ = 16_000


def clips() -> dict[str, NDArray[np.float32]]:
    """Return the demo's recordings by file name; each shape (samples,), -1..1, 16 kHz mono."""
    found = {}
    for path in sorted(CLIPS.glob("*.flac")):
        samples, rate_hz = soundfile.read(path, dtype="float32")
        if rate_hz != RATE_HZ or samples.ndim != 1:
            continue
        found[path.stem] = samples
    return found


def write_wav(path: Path, *, seconds: float) -> Path:
    """Write the clips again and again, without pauses, until the file is this long."""
    joined = np.concatenate(list(clips().values()))
    samples = np.resize(joined, int(seconds * RATE_HZ))
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
