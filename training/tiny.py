"""A bundle of 20 kB that truly hears: a 3100 Hz tone, a ding-dong, and everything else."""

from pathlib import Path

import keras
import msgspec
import numpy as np

from node.bundle import MANIFEST, LogMelInput, Manifest, Threshold, sha256
from node.features import Floats
from training.convert import to_int8
from training.networks import small

LABELS = ("alarm_3100_hz", "ding_dong", "noise", "silence")
SOUNDS = {
    "alarm_3100_hz": "smoke_alarm",
    "ding_dong": "doorbell",
    "noise": "background",
    "silence": "background",
}
EXAMPLES = 2400
EPOCHS = 24
BEEP_S = 0.5
CONTINUOUS_SHARE = 0.3
INPUT = LogMelInput(
    sample_rate_hz=16_000,
    window_s=2.0,
    fft_size=640,
    hop_size=320,
    bands=64,
    low_hz=50.0,
    high_hz=8000.0,
    floor_db=-70.0,
    mean_db=-40.0,
    std_db=20.0,
)


def make(out: Path, seed: int = 1) -> None:
    """Train the tiny network on tones made here and write its bundle to a folder."""
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(LABELS), EXAMPLES)
    pictures = np.stack([_picture(LABELS[label], random) for label in labels])
    network = small.build(
        (INPUT.frames, INPUT.bands), len(LABELS), stem=4, widths=(8, 12), dropout=0.0
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"], jit_compile=False)
    network.fit(pictures[..., None], labels, epochs=EPOCHS, batch_size=64, verbose=2)
    out.mkdir(parents=True, exist_ok=True)
    model = out / "model.tflite"
    model.write_bytes(to_int8(network, pictures[:200]))
    manifest = Manifest(
        schema=1,
        name="tiny",
        version="1",
        model=model.name,
        files={model.name: sha256(model)},
        labels=LABELS,
        sounds=SOUNDS,
        input=INPUT,
        output="softmax",
        quantization="int8",
        default_threshold=Threshold(on=0.6, off=0.4, hold_s=1.0),
        thresholds={"smoke_alarm": Threshold(on=0.6, off=0.4, hold_s=2.5)},
        data=("tones and noises computed by training/tiny.py",),
        licences=("Apache-2.0",),
    )
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (out / MANIFEST).write_bytes(text + b"\n")


def _picture(label: str, random: np.random.Generator) -> Floats:
    """One example: a sound anywhere in the window, over a noise floor of any level."""
    floor = random.choice([0.0, 10.0 ** random.uniform(-5, -2.5)])
    samples = (floor * random.normal(size=INPUT.window_samples)).astype(np.float32)
    if label == "noise":
        colour = random.choice([1, 8, 64])
        noise = random.normal(size=INPUT.window_samples + colour)
        coloured = np.convolve(noise, np.ones(colour) / colour, "valid")[: len(samples)]
        samples += (10.0 ** random.uniform(-2.5, -0.5) * coloured).astype(np.float32)
        samples += _some_tone(random, 10.0 ** random.uniform(-3, -1))
    if label in ("alarm_3100_hz", "ding_dong"):
        _put(samples, alarm(random) if label == "alarm_3100_hz" else ding_dong(random), random)
    picture = INPUT.log_mel(np.clip(samples, -1.0, 1.0))
    return (picture - np.float32(INPUT.mean_db)) / np.float32(INPUT.std_db)


def alarm(random: np.random.Generator) -> Floats:
    """A near-pure 3.1 kHz tone, on and off for half a second each, or continuous."""
    t = np.arange(int(random.uniform(0.5, 2.0) * INPUT.sample_rate_hz)) / INPUT.sample_rate_hz
    on = (t % 1.0 < BEEP_S) | (random.random() < CONTINUOUS_SHARE)
    return (on * np.sin(2 * np.pi * random.uniform(2950, 3250) * t)).astype(np.float32)


def ding_dong(random: np.random.Generator) -> Floats:
    """Two struck notes a third apart, the lower one second."""
    t = np.arange(int(0.9 * INPUT.sample_rate_hz)) / INPUT.sample_rate_hz
    high_hz = random.uniform(600, 720)
    ding = np.sin(2 * np.pi * high_hz * t) * np.exp(-4 * t)
    dong = np.sin(2 * np.pi * high_hz * 0.8 * t) * np.exp(-3 * t)
    return np.concatenate((ding[: len(t) // 2], dong)).astype(np.float32)


def _some_tone(random: np.random.Generator, level: float) -> Floats:
    """Half the time a steady hum, so that a tone alone is no alarm."""
    t = np.arange(INPUT.window_samples) / INPUT.sample_rate_hz
    hum = random.integers(2) * level * np.sin(2 * np.pi * random.uniform(80, 1500) * t)
    return hum.astype(np.float32)


def _put(samples: Floats, sound: Floats, random: np.random.Generator) -> None:
    """Add a sound in place, so that at least 0.4 s of it are inside."""
    gain = np.float32(10.0 ** random.uniform(-2.0, -0.2))
    shift = int(random.integers(min(0, len(samples) - len(sound)), len(samples) - 6400))
    first, last = max(0, shift), min(len(samples), shift + len(sound))
    samples[first:last] += gain * sound[first - shift : last - shift]
