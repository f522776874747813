"""Examples are kept once computed, and only what the licence allows is trained on."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from node.spectra import Floats
from tests.tones import tone
from training import examples
from training.datasets.clip import Clip
from training.examples import Examples
from training.recipe import Recipe, Rule
from training.windows import windows

RECIPE = Recipe(
    name="made-up", version="1", sounds={"smoke_alarm": Rule(), "doorbell": Rule(weight=0.5)}
)


def clip(sound: str, fold: int = 1, *, may_train: bool = True, seconds: float = 3.0) -> Clip:
    def samples() -> Floats:
        beep = tone(seconds / 3.0)
        return np.concatenate((np.zeros_like(beep), beep, np.zeros_like(beep)))

    return Clip(
        name=f"made/{sound}{fold}{may_train}",
        label=f"made/{sound}",
        sound=sound,
        fold=fold,
        real=True,
        may_train=may_train,
        licence="CC0",
        samples=samples,
    )


@pytest.fixture
def gathered(tmp_path: Path) -> Examples:
    clips = [clip("smoke_alarm"), clip("doorbell", 2), clip("whistle", 3), clip("doorbell", 5)]
    return examples.gather(RECIPE, clips, tmp_path)


def test_sound_that_the_recipe_does_not_name_is_background(gathered: Examples) -> None:
    assert {row.sound for row in gathered.fold(3)} == {"background"}


def test_clip_that_may_not_train_does_not(tmp_path: Path) -> None:
    gathered = examples.gather(RECIPE, [clip("doorbell", may_train=False)], tmp_path)
    assert gathered.training() == []
    assert len(gathered.fold(1)) == 1


def test_folds_four_and_five_do_not_train(gathered: Examples) -> None:
    assert {row.fold for row in gathered.training()} == {1, 2, 3}


def test_power_of_a_clip_is_the_front_ends(gathered: Examples) -> None:
    row = gathered.fold(5)[0]
    log_mel = RECIPE.picture.input().log_mel
    assert np.allclose(gathered.of(row), log_mel.power(clip("doorbell", 5).samples()))


def test_examples_are_not_computed_again(tmp_path: Path, gathered: Examples) -> None:
    def never() -> Floats:
        raise AssertionError

    clips = [clip("smoke_alarm"), clip("doorbell", 2), clip("whistle", 3), clip("doorbell", 5)]
    unreadable = [
        Clip(**{name: getattr(one, name) for name in one.__slots__} | {"samples": never})
        for one in clips
    ]
    assert examples.gather(RECIPE, unreadable, tmp_path).rows == gathered.rows


def test_other_pictures_are_computed_anew(tmp_path: Path, gathered: Examples) -> None:
    coarse = msgspec.structs.replace(RECIPE.picture, bands=32)
    recipe = msgspec.structs.replace(RECIPE, picture=coarse)
    assert examples.gather(recipe, [clip("doorbell")], tmp_path).power.shape[1] == 32
    assert gathered.power.shape[1] == 64


def test_windows_without_the_sound_are_marked() -> None:
    power = RECIPE.picture.input().log_mel.power(clip("doorbell", seconds=9.0).samples())
    pictures, heard = windows(power, RECIPE.picture)
    assert pictures.shape == (15, 79, 64)
    assert heard.tolist() == [False] * 3 + [True] * 9 + [False] * 3


def test_short_clip_makes_one_window() -> None:
    pictures, heard = windows(np.ones((5, 64), np.float32), RECIPE.picture)
    assert pictures.shape == (1, 79, 64)
    assert heard.all()
