"""Computed sounds keep to their standards, and no fold has another's pitches."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from contract.catalogue import BACKGROUND, catalogue
from node.spectra import Floats
from training.datasets import synthetic
from training.datasets.clip import FOLDS, SAMPLE_RATE_HZ, Clip
from training.datasets.families import alarms, doors
from training.datasets.synthetic import BEYOND, FAMILIES, LONGEST_S
from training.datasets.waves import Draw, Samples

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
    assert len(samples) <= (LONGEST_S + 1.3) * SAMPLE_RATE_HZ


def test_every_claimed_sound_is_audible() -> None:
    loud = {c.label: np.abs(c.samples()).max() for c in CLIPS if c.sound != BACKGROUND}
    assert min(loud.values()) > 0.4


def test_same_clip_is_computed_alike() -> None:
    assert (one("kettle") == one("kettle")).all()


def test_every_kind_is_a_sound_of_the_catalogue() -> None:
    assert {family.sound for family in FAMILIES.values()} <= {*catalogue().sound, BACKGROUND}


def beats(samples: Samples) -> list[tuple[float, float]]:
    """How long each beep lasts and the pause after it, in seconds; the last is left out."""
    loud = loudness(np.asarray(samples, np.float32), 0.005)
    on = np.concatenate(([False], loud > 0.3 * loud.max(), [False]))
    edges = np.flatnonzero(on[1:] != on[:-1]) * 0.005
    starts, ends = edges[::2], edges[1::2]
    return list(zip(ends[:-1] - starts[:-1], starts[1:] - ends[:-1], strict=True))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("make", [alarms.t3_piezo, alarms.t3_low])
def test_evacuation_signal_keeps_the_tolerances_of_iso_8201(
    make: Callable[[Draw], Samples], seed: int
) -> None:
    heard = beats(make(Draw(np.random.default_rng(seed), fold=1)))[1:]
    assert all(0.44 <= on_s <= 0.56 for on_s, _ in heard)
    assert all(0.44 <= off_s <= 0.56 or 1.34 <= off_s <= 1.66 for _, off_s in heard)


@pytest.mark.parametrize("seed", range(8))
def test_carbon_monoxide_alarm_beeps_four_times_and_pauses_five_seconds(seed: int) -> None:
    heard = beats(alarms.t4(Draw(np.random.default_rng(seed), fold=1)))
    assert len(heard) == 7
    assert all(0.08 <= on_s <= 0.12 for on_s, _ in heard)
    assert [round(off_s) for _, off_s in heard] == [0, 0, 0, 5, 0, 0, 0] or heard[3][1] > 4.4


@pytest.mark.parametrize(
    ("family", "low_hz", "high_hz"), [("t3_low", 480, 560), ("t4", 2000, 4100)]
)
def test_alarm_sounds_at_its_pitch(family: str, low_hz: int, high_hz: int) -> None:
    dry = FAMILIES[family].make(Draw(np.random.default_rng(3), fold=2))
    loudest = np.abs(np.fft.rfft(dry)).argmax() * SAMPLE_RATE_HZ / len(dry)
    assert low_hz <= loudest <= high_hz


def test_intercom_plays_two_tones_a_few_times() -> None:
    pauses = [off_s for _, off_s in beats(doors.intercom(Draw(np.random.default_rng(1), fold=1)))]
    assert len(pauses) <= 6


@pytest.mark.parametrize("sound", synthetic.EMERGENCIES)
def test_emergencies_are_tested_by_as_many_clips_as_asked_for(sound: str) -> None:
    found = [clip for clip in synthetic.emergency_clips(1, FOLDS, count=50) if clip.sound == sound]
    assert len(found) == 50
    assert len({clip.name for clip in found}) == 50
    assert {clip.fold for clip in found} == {5}


def test_emergency_tests_reach_beyond_what_was_taught() -> None:
    draws = [Draw(np.random.default_rng(n), 5, BEYOND).between(1.0, 2.0) for n in range(400)]
    outside = [value for value in draws if not 1.0 <= value <= 2.0]
    assert 0.4 < len(outside) / len(draws) < 0.6
    assert 0.9 <= min(draws) < 1.0
    assert 2.0 < max(draws) <= 2.1


def test_folds_that_teach_have_six_times_the_clips() -> None:
    folds = Counter(clip.fold for clip in synthetic.clips(1) if clip.label == "synthetic/t4")
    assert folds == {1: 240, 2: 240, 3: 240, 4: 40, 5: 40}


def test_folds_share_no_pitch() -> None:
    drawn = {
        fold: [Draw(np.random.default_rng(n), fold).between(0.0, 1.0) for n in range(200)]
        for fold in (1, 5)
    }
    slices = {fold: {int(20 * value) for value in values} for fold, values in drawn.items()}
    assert slices == {1: {0, 5, 10, 15}, 5: {4, 9, 14, 19}}
