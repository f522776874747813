"""Computed sounds keep to their standards, and no fold has another's pitches."""

import numpy as np
import pytest

from contract.catalogue import BACKGROUND, catalogue
from node.features import Floats
from training.datasets import synthetic
from training.datasets.clip import SAMPLE_RATE_HZ, Clip
from training.datasets.synthetic import KINDS
from training.datasets.waves import CLIP_S, Draw

CLIPS = synthetic.clips(1, share=0.001)


def one(kind: str, fold: int = 1) -> Floats:
    return next(c for c in CLIPS if c.name == f"synthetic/{kind}/{fold}-0").samples()


def loudness(samples: Floats, step_s: float = 0.02) -> Floats:
    step = int(step_s * SAMPLE_RATE_HZ)
    whole = samples[: len(samples) // step * step].reshape(-1, step)
    rms: Floats = np.sqrt(np.mean(whole**2, axis=1))
    return rms


@pytest.mark.parametrize("clip", [c for c in CLIPS if c.fold == 1], ids=lambda clip: clip.name)
def test_every_clip_is_finite_and_within_full_scale(clip: Clip) -> None:
    samples = clip.samples()
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.0
    assert len(samples) <= (CLIP_S + 1.0) * SAMPLE_RATE_HZ


def test_every_claimed_sound_is_audible() -> None:
    loud = {c.label: np.abs(c.samples()).max() for c in CLIPS if c.sound != BACKGROUND}
    assert min(loud.values()) > 0.4


def test_same_clip_is_computed_alike() -> None:
    assert (one("kettle") == one("kettle")).all()


def test_every_kind_is_a_sound_of_the_catalogue() -> None:
    assert {sound for sound, _, _ in KINDS.values()} <= {*catalogue().sound, BACKGROUND}


def test_smoke_alarm_beeps_three_times_and_pauses() -> None:
    beeps = loudness(one("t3_piezo")) > 0.2
    starts = np.flatnonzero(beeps[1:] & ~beeps[:-1]) * 0.02
    gaps = np.diff(np.concatenate(([0.0], starts)))
    assert len(gaps) >= 3
    assert gaps[1] == pytest.approx(1.0, abs=0.15)
    assert gaps.max() == pytest.approx(2.0, abs=0.3)


def test_carbon_monoxide_alarm_beeps_four_times_in_a_second() -> None:
    dry = KINDS["t4"][2](Draw(np.random.default_rng(0), fold=1)).astype(np.float32)
    beeps = loudness(dry) > 0.2
    starts = np.flatnonzero(beeps[1:] & ~beeps[:-1]) * 0.02
    assert (starts[:4] - starts[0]).max() < 1.0
    assert len(starts) == 4 or starts[4] - starts[3] > 4.0


def test_folds_share_no_pitch() -> None:
    drawn = {
        fold: [Draw(np.random.default_rng(n), fold).between(0.0, 1.0) for n in range(200)]
        for fold in (1, 5)
    }
    slices = {fold: {int(20 * value) for value in values} for fold, values in drawn.items()}
    assert slices == {1: {0, 5, 10, 15}, 5: {4, 9, 14, 19}}
