"""Bundles of a few kB for tests that truly hear: a 3100 Hz tone, a ding-dong, everything else."""

from pathlib import Path
from typing import Final

import keras
import msgspec
import numpy as np
from keras import layers

from node.bundle import LogMelInput, Manifest, Threshold, WaveformInput, sha256
from node.spectra import Floats
from training.convert import KINDS, Kind, convert
from training.export import MODEL
from training.manifest import write
from training.networks import small

LABELS = ("alarm_3100_hz", "ding_dong", "noise", "silence")
SOUNDS = {
    "alarm_3100_hz": "smoke_alarm",
    "ding_dong": "doorbell",
    "noise": "background",
    "silence": "background",
}
EXAMPLES = 1600
EPOCHS = 16
BEEP_S = 0.5
CONTINUOUS_SHARE = 0.3
RATE_HZ: Final = 16_000
INPUT = LogMelInput(
    sample_rate_hz=RATE_HZ,
    window_s=2.0,
    fft_size=800,
    hop_size=400,
    bands=64,
    low_hz=50.0,
    high_hz=8000.0,
    floor_db=-70.0,
    mean_db=-40.0,
    std_db=20.0,
)
ALARM_HZ = 3100.0
WIDE = 128
WAVEFORM_SAMPLES = 15_600
"""As many as YAMNet takes."""


def make(out: Path, seed: int = 1) -> None:
    """Write all of them: `tiny_bundle`, its five kinds in `tiny_kinds`, and `tiny_waveform`."""
    manifest = Manifest(
        schema=1,
        name="tiny",
        version="1",
        model=MODEL,
        files={},
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
    network, pictures = _trained(seed)
    _save(manifest, convert(network, "int8", pictures), out / "tiny_bundle")
    wide = _with_a_wide_layer(network)
    for kind in KINDS:
        folder = out / "tiny_kinds" / kind
        _save(_of_kind(manifest, kind), convert(wide, kind, pictures), folder)
    waveform = msgspec.structs.replace(
        manifest,
        name="tiny-waveform",
        labels=("Fire alarm", "Beep, bleep (other)"),
        sounds={"Fire alarm": "smoke_alarm"},
        input=WaveformInput(sample_rate_hz=RATE_HZ, window_samples=WAVEFORM_SAMPLES),
        output="probability",
        quantization="float32",
    )
    listener = convert(_tone_detector(), "float32", np.zeros((1, WAVEFORM_SAMPLES), np.float32))
    _save(waveform, listener, out / "tiny_waveform")


def _of_kind(manifest: Manifest, kind: Kind) -> Manifest:
    return msgspec.structs.replace(manifest, quantization=kind)


def _save(manifest: Manifest, model: bytes, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes(model)
    write(folder, msgspec.structs.replace(manifest, files={MODEL: sha256(folder / MODEL)}))


def _trained(seed: int) -> tuple[keras.Model, Floats]:
    """A network that tells the labels apart, and some of what it was trained on."""
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(LABELS), EXAMPLES)
    pictures = np.stack([_picture(LABELS[label], random) for label in labels])[..., None]
    shape = (INPUT.frames, INPUT.bands)
    network = small.build(shape, len(LABELS), stem=4, widths=(8, 12), embedding=12, dropout=0.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(5e-3), loss, metrics=["accuracy"], jit_compile=False)
    network.fit(pictures, labels, epochs=EPOCHS, batch_size=64, verbose=2)
    return network, pictures[:200]


def _with_a_wide_layer(network: keras.Model) -> keras.Model:
    """The same network by way of 128 numbers.

    The converter leaves layers of under 1024 weights in float: with this one, "dynamic" is truly
    dynamic, and holds the operator that old runtimes do not know.
    """
    weights, bias = network.get_layer("logits").get_weights()
    embedding = network.get_layer("logits").input
    through, last = layers.Dense(WIDE, use_bias=False), layers.Dense(len(bias))
    logits = last(through(embedding))
    through.set_weights([np.eye(len(weights), WIDE)])
    last.set_weights([np.pad(weights, ((0, WIDE - len(weights)), (0, 0))), bias])
    return keras.Model(network.input, logits)


def _tone_detector() -> keras.Model:
    """A network from samples to scores that needs no training: how much of them is 3100 Hz."""
    turns = 2.0 * np.pi * ALARM_HZ * np.arange(400) / RATE_HZ
    both = np.stack((np.cos(turns), np.sin(turns)), axis=-1)[:, None] / len(turns)
    samples = keras.Input((WAVEFORM_SAMPLES,))
    x = layers.Reshape((WAVEFORM_SAMPLES, 1))(samples)
    conv = layers.Conv1D(2, len(turns), strides=len(turns), use_bias=False)
    tone = conv(x)
    conv.set_weights([both.astype(np.float32)])
    loudness = layers.GlobalAveragePooling1D()(layers.Multiply()([tone, tone]))
    dense = layers.Dense(2, activation="sigmoid")
    scores = dense(loudness)
    dense.set_weights([np.full((2, 2), (2e4, -2e4)), np.array((-4.0, -4.0))])
    return keras.Model(samples, scores)


def _picture(label: str, random: np.random.Generator) -> Floats:
    """One example: a sound anywhere in the window, over a noise floor of any level."""
    floor = random.choice([0.0, 10.0 ** random.uniform(-5, -2.5)])
    samples = (floor * random.normal(size=INPUT.window_samples)).astype(np.float32)
    if label == "noise":
        colour = random.choice([1, 8, 64])
        noise = random.normal(size=INPUT.window_samples + colour)
        coloured = np.convolve(noise, np.ones(colour) / colour, "valid")[: len(samples)]
        samples += (10.0 ** random.uniform(-2.5, -0.5) * coloured).astype(np.float32)
        samples += _some_tone(random, 10.0 ** random.uniform(-3, -0.3))
    if label in ("alarm_3100_hz", "ding_dong"):
        _put(samples, _alarm(random) if label == "alarm_3100_hz" else _ding_dong(random), random)
    picture = INPUT.log_mel(np.clip(samples, -1.0, 1.0))
    return (picture - np.float32(INPUT.mean_db)) / np.float32(INPUT.std_db)


def _alarm(random: np.random.Generator) -> Floats:
    """A near-pure 3.1 kHz tone, on and off for half a second each, or continuous."""
    t = np.arange(int(random.uniform(0.5, 2.0) * RATE_HZ)) / RATE_HZ
    on = (t % (2 * BEEP_S) < BEEP_S) | (random.random() < CONTINUOUS_SHARE)
    return (on * np.sin(2 * np.pi * random.uniform(2950, 3250) * t)).astype(np.float32)


def _ding_dong(random: np.random.Generator) -> Floats:
    """Two struck notes a third apart, the lower one second."""
    t = np.arange(int(0.9 * RATE_HZ)) / RATE_HZ
    high_hz = random.uniform(600, 720)
    ding = np.sin(2 * np.pi * high_hz * t) * np.exp(-4 * t)
    dong = np.sin(2 * np.pi * high_hz * 0.8 * t) * np.exp(-3 * t)
    return np.concatenate((ding[: len(t) // 2], dong)).astype(np.float32)


def _some_tone(random: np.random.Generator, level: float) -> Floats:
    """Half the time a steady hum, so that a tone alone is no alarm."""
    t = np.arange(INPUT.window_samples) / RATE_HZ
    hum = random.integers(2) * level * np.sin(2 * np.pi * random.uniform(80, 1500) * t)
    return hum.astype(np.float32)


def _put(samples: Floats, sound: Floats, random: np.random.Generator) -> None:
    """Add a sound in place, so that at least 0.4 s of it are inside."""
    gain = np.float32(10.0 ** random.uniform(-2.0, -0.2))
    shift = int(random.integers(min(0, len(samples) - len(sound)), len(samples) - 6400))
    first, last = max(0, shift), min(len(samples), shift + len(sound))
    samples[first:last] += gain * sound[first - shift : last - shift]
