"""Recordings made up for tests of the training: an alarm, a door bell, hiss; and their recipe."""

from pathlib import Path

import numpy as np

from node.spectra import Floats
from tests.tones import noise, tone, write

CLIPS = 15
"""Of each sound: by their names they fall into all five folds."""
RECIPE = """
name = "made-up"
version = "1"
computed_share = 0.001

[mixing]
scenes = 600

[run]
stem = 4
widths = [8, 12]
embedding = 16
dropout = 0.0
steps = {steps}
batch = 32
learning_rate = 1e-2
save_every = 20

[sounds]
smoke_alarm = {{ hold_s = 2.5 }}
doorbell = {{ hold_s = 2.0 }}
"""


def home(folder: Path, *, steps: int) -> tuple[Path, Path]:
    """Write recordings and a recipe; return the data folder and the recipe."""
    data = folder / "data"
    random = np.random.default_rng(1)
    for number in range(CLIPS):
        floor = noise(3.0, amplitude=1e-3, seed=number)
        for sound, samples in {
            "smoke_alarm": tone(3.0, hz=random.uniform(2900.0, 3300.0)) + floor,
            "doorbell": _ding_dong(random.uniform(600.0, 700.0)) + floor,
            "background": noise(3.0, amplitude=random.uniform(0.01, 0.3), seed=100 + number),
        }.items():
            (data / "own" / sound).mkdir(parents=True, exist_ok=True)
            write(data / "own" / sound / f"{number}.wav", samples)
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(steps=steps), encoding="utf-8")
    return data, recipe


def _ding_dong(hz: float) -> Floats:
    t = np.arange(48_000) / 16_000
    ding = np.exp(-3.0 * t) * np.sin(2.0 * np.pi * hz * t)
    dong = np.where(t > 0.6, np.exp(-3.0 * (t - 0.6)) * np.sin(2.0 * np.pi * 0.8 * hz * t), 0.0)
    return (0.3 * (ding + dong)).astype(np.float32)
