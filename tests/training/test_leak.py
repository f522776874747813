"""A split by frame mixes what a split by recording keeps apart, and is as large."""

from pathlib import Path

import numpy as np
import pytest

from tests.tones import TINY_BUNDLE, noise, tone
from training import runtimes
from training.balance import split, split_by_frame
from training.datasets.clip import Clip
from training.experiment import Data
from training.shards import Shards

RECORDINGS, FRAMES_EACH, CLASSES = 200, 4, 4


def shards() -> Shards:
    clips = np.repeat(np.arange(RECORDINGS, dtype=np.int32), FRAMES_EACH)
    return Shards(
        classes=tuple("abcd"),
        labels=clips % CLASSES,
        folds=(1 + (clips // CLASSES) % 5).astype(np.int8),
        clips=clips,
        sources=tuple(f"set/{n}" for n in range(RECORDINGS)),
        clip_names=tuple(f"set/{n}" for n in range(RECORDINGS)),
        faults=(),
        _files=(),
        _firsts=np.zeros(1, np.int64),
    )


def test_split_by_frame_has_the_sizes_of_the_fair_one_and_shares_recordings() -> None:
    frames, data = shards(), Data(validation_share=0.2)
    fair = split(frames, data)
    mixed = split_by_frame(frames, data, np.random.default_rng(1))
    assert [len(part) for part in (fair.train, fair.validation, fair.test)] == [
        len(part) for part in (mixed.train, mixed.validation, mixed.test)
    ]
    assert not set(frames.clips[fair.train]) & set(frames.clips[fair.test])
    shared = set(frames.clips[mixed.train]) & set(frames.clips[mixed.test])
    assert len(shared) > RECORDINGS // 4


def test_recordings_are_played_to_a_bundle_as_a_user_would(tmp_path: Path) -> None:
    def clip(name: str, seconds: float) -> Clip:
        return Clip(
            name=f"made/{name}",
            label=f"made/{name}",
            sound=name,
            fold=5,
            real=True,
            may_train=True,
            licence="CC0",
            samples=lambda: tone(seconds) if name == "alarm_3100_hz" else noise(seconds),
        )

    clips = [clip("alarm_3100_hz", 3.0), clip("ding_dong", 3.0), clip("unknown_to_it", 3.0)]
    (told,) = runtimes.tell([TINY_BUNDLE], clips, {}, tmp_path)
    assert told.runtime == "this environment"
    assert told.share == pytest.approx(0.5)
    assert told.recordings == 2
