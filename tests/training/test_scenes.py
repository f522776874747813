"""A scene holds what its targets say, at the level and in the window that it should."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import InputError
from node.spectra import Floats
from tests.tones import noise, tone
from training.augment import vary
from training.datasets.clip import Clip
from training.pool import Order, gather
from training.recipe import Mixing, Picture, Varying
from training.scenes import Scenery

LABELS = ("smoke_alarm", "doorbell", "background")
HZ = {"smoke_alarm": 3100.0, "doorbell": 700.0}
PLAIN = Mixing(
    scenes=6,
    background_share=0.3,
    second_share=0.0,
    noise_share=0.0,
    speed_share=0.0,
    room_share=0.0,
    noisy_microphone_share=0.0,
)


def clip(sound: str, samples: Callable[[], Floats], fold: int = 1) -> Clip:
    return Clip(
        name=f"made/{sound}-{fold}",
        label=f"made/{sound}",
        sound=sound,
        fold=fold,
        real=True,
        may_train=True,
        licence="CC0",
        samples=samples,
    )


def beep() -> Floats:
    return np.concatenate((np.zeros(16_000, np.float32), tone(1.0, hz=3100.0)))


def bell() -> Floats:
    return tone(3.0, hz=700.0)


def nothing() -> Floats:
    return np.zeros(48_000, np.float32)


def hiss() -> Floats:
    return noise(3.0, amplitude=0.1)


CLIPS = [clip("smoke_alarm", beep), clip("doorbell", bell), clip("background", hiss)]


def scenery(mixing: Mixing) -> Scenery:
    return Scenery(CLIPS, LABELS, {}, mixing, window_s=2.0)


def share_at(samples: Floats, hz: float) -> float:
    """Share of the power that lies within 50 Hz of a frequency."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / 16_000) - hz) < 50.0
    return float(power[near].sum() / power.sum())


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_scene_holds_the_sound_that_its_targets_name(seed: int) -> None:
    scene = scenery(PLAIN).scene(np.random.default_rng(seed))
    assert scene.samples.shape == (32_000,)
    named = LABELS[int(scene.targets.argmax())]
    assert scene.targets.sum() == 1.0
    for sound, hz in HZ.items():
        assert (share_at(scene.samples, hz) > 0.8) == (sound == named)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_scene_is_as_loud_as_the_recipe_allows(seed: int) -> None:
    mixing = msgspec.structs.replace(PLAIN, level_db=(-20.0, -6.0))
    peak = float(np.abs(scenery(mixing).scene(np.random.default_rng(seed)).samples).max())
    assert 0.099 < peak < 0.502


def test_second_sound_counts_as_well() -> None:
    mixing = msgspec.structs.replace(PLAIN, background_share=0.0, second_share=1.0)
    drawn = [scenery(mixing).scene(np.random.default_rng(seed)) for seed in range(40)]
    both = [scene for scene in drawn if scene.targets[:2].sum() == 2.0]
    assert both
    for scene in both:
        assert all(share_at(scene.samples, hz) > 0.005 for hz in HZ.values())


def test_blended_sounds_share_what_there_is_to_tell() -> None:
    mixing = msgspec.structs.replace(PLAIN, blend=True, second_share=1.0)
    for seed in range(40):
        scene = scenery(mixing).scene(np.random.default_rng(seed))
        assert scene.targets.sum() == pytest.approx(1.0)
        alarm, bell_ = scene.targets[:2]
        if 0.0 < alarm < 0.2:
            assert share_at(scene.samples, HZ["doorbell"]) > 0.6, bell_


def test_same_chance_draws_the_same_scene() -> None:
    first, second = (scenery(Mixing()).scene(np.random.default_rng(7)) for _ in range(2))
    assert (first.samples == second.samples).all()
    assert (first.targets == second.targets).all()


def test_all_silent_recording_teaches_no_sound() -> None:
    silent = clip("doorbell", nothing)
    drawn = Scenery([CLIPS[0], silent], LABELS, {}, PLAIN, window_s=2.0)
    named = {int(drawn.scene(np.random.default_rng(n)).targets.argmax()) for n in range(20)}
    assert named == {0}


def test_fold_without_a_sound_is_one_sentence(tmp_path: Path, order: Order) -> None:
    silent = clip("doorbell", nothing, 2)
    with pytest.raises(InputError, match="fold 2: none of its 2 clips holds a sound to learn from"):
        gather(order, [silent, clip("background", hiss, 2)], [2], tmp_path, None, workers=1)
    assert not list(tmp_path.rglob("*.npz"))


@pytest.fixture
def order() -> Order:
    return Order(LABELS, {}, PLAIN, Picture(), seed=1, is_taught=False)


def test_scenes_are_made_once_and_taken_from_their_folds_alone(
    tmp_path: Path, order: Order
) -> None:
    clips = [clip("doorbell", bell, 1), clip("smoke_alarm", beep, 2)]
    pool = gather(order, clips, [1], tmp_path, None, workers=1)
    assert pool.pictures.shape == (6, 79, 64)
    assert (pool.targets[:, LABELS.index("doorbell")] == 1.0).all()
    made = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    both = gather(order, clips, [1, 2], tmp_path, None, workers=1)
    assert len(both.pictures) == 12
    assert (both.pictures[:6] == pool.pictures).all()
    assert all(path.stat().st_mtime_ns == when for path, when in made.items())


def test_file_that_was_not_finished_is_made_anew(tmp_path: Path, order: Order) -> None:
    clips = [clip("doorbell", bell)]
    whole = gather(order, clips, [1], tmp_path, None, workers=1)
    (path,) = tmp_path.rglob("*.npz")
    path.rename(path.with_suffix(".1234"))
    path.with_suffix(".1234").write_bytes(b"half of it")
    again = gather(order, clips, [1], tmp_path, None, workers=1)
    assert (again.pictures == whole.pictures).all()


def test_varied_pictures_stay_above_the_floor_and_differ_each_time() -> None:
    pictures = np.full((4, 79, 64), -30.0, np.float32)
    random = np.random.default_rng(1)
    first, second = (vary(pictures, Varying(), floor_db=-70.0, random=random) for _ in range(2))
    assert first.shape == pictures.shape
    assert first.min() >= -70.0
    assert (first != second).any()
    assert (pictures == -30.0).all()


def test_pictures_that_are_not_to_vary_do_not() -> None:
    calm = Varying(equalizer_db=0.0, gain_db=0.0, masked_bands=0, masked_frames=0)
    pictures = noise(79 * 64 / 16_000, amplitude=5.0).reshape(1, 79, 64)
    varied = vary(pictures, calm, floor_db=-70.0, random=np.random.default_rng(1))
    assert (varied == pictures).all()
