"""Every layout is read for what it is; what cannot be read is named, counted and left out."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from contract.errors import AudioError, InputError
from tests.tones import tone, write
from tests.training import aihub_tree
from training.data import class_of, experiment_clips
from training.datasets.clip import BLOCK, Clip, read
from training.datasets.faults import Faults
from training.experiment import Data


@pytest.fixture
def aihub(tmp_path: Path) -> Path:
    aihub_tree.write(tmp_path / "소리", recordings_per_class=5)
    return tmp_path


def listed(data: Path, *sets: str, label: str = "label") -> tuple[list[Clip], Faults]:
    faults = Faults()
    wanted = Data(sets=sets, label=label)  # type: ignore[arg-type]
    return experiment_clips(data, wanted, faults), faults


def test_aihub_gives_a_clip_for_every_annotated_span(aihub: Path) -> None:
    clips, _ = listed(aihub, "소리", label="category_03")
    whole = [clip for clip in clips if not clip.source.endswith("cut.wav")]
    assert len(whole) == 3 * (2 * 2 + 3)
    assert {class_of(clip) for clip in clips} == set(aihub_tree.CLASSES)
    assert {len(clip.samples()) for clip in whole} == {32_000, 64_000}


def test_aihubs_validation_part_judges_and_the_rest_teaches(aihub: Path) -> None:
    clips, _ = listed(aihub, "소리", label="category_03")
    judged = {clip.source.rpartition("_")[2] for clip in clips if clip.fold == 5}
    assert judged == {"4.wav"}


def test_spans_of_one_recording_stay_on_one_side(aihub: Path) -> None:
    clips, _ = listed(aihub, "소리", label="category_03")
    folds: dict[str, set[int]] = {}
    for clip in clips:
        folds.setdefault(clip.source, set()).add(clip.fold)
    assert all(len(sides) == 1 for sides in folds.values())


def test_broken_labels_are_named_and_the_rest_goes_on(aihub: Path) -> None:
    _, faults = listed(aihub, "소리", label="category_03")
    told = faults.summary()
    assert faults.count == aihub_tree.BROKEN - 1
    assert "no_json.json" in told
    assert "recording is not there" in told
    assert "has no category_03" in told
    assert "is no span" in told or "area" in told


def test_truncated_recording_is_an_error_of_its_own(aihub: Path) -> None:
    clips, _ = listed(aihub, "소리", label="category_03")
    (cut,) = [clip for clip in clips if clip.source.endswith("cut.wav")]
    with pytest.raises(AudioError, match="cannot read this recording"):
        cut.samples()


def test_published_esc_50_is_read_with_its_folds_and_recordings(tmp_path: Path) -> None:
    place = tmp_path / "ESC-50-master"
    (place / "audio").mkdir(parents=True)
    (place / "meta").mkdir()
    write(place / "audio" / "1-100032-A-0.wav", tone(1.0))
    row = ("1-100032-A-0.wav", "1", "0", "dog", "True", "100032", "A")
    names = ("filename", "fold", "target", "category", "esc10", "src_file", "take")
    with (place / "meta" / "esc50.csv").open("w", newline="") as file:
        csv.writer(file).writerows((names, row))
    ((clip,), _) = listed(tmp_path, "ESC-50-master")
    assert (class_of(clip), clip.fold, clip.source) == ("dog", 1, "esc50/100032")
    assert clip.may_train
    assert len(clip.samples()) == 16_000


def test_table_names_files_spans_and_folds(tmp_path: Path) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    write(place / "long.wav", tone(3.0))
    (place / "manifest.csv").write_text(
        "file,label,fold,start_s,end_s\n"
        "long.wav,bell,2,0.5,1.5\nlong.wav,bell,nine,,\nlong.wav,,1,,\n",
        encoding="utf-8",
    )
    clips, faults = listed(tmp_path, "mine")
    assert [(class_of(clip), clip.fold, len(clip.samples())) for clip in clips] == [
        ("bell", 2, 16_000)
    ]
    assert faults.count == 2
    assert "manifest.csv:3" in faults.summary()


def test_table_without_its_columns_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "manifest.csv").write_text("path,class\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no column file and label in its first line"):
        listed(tmp_path, "mine")


def test_folder_of_no_layout_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is no data set: neither 01\.데이터"):
        listed(tmp_path, "nothing")


def test_sets_that_contradict_each_other_lose_the_recording(tmp_path: Path) -> None:
    for name, sound in (("a", "bell"), ("b", "siren")):
        (tmp_path / name / sound).mkdir(parents=True)
        write(tmp_path / name / sound / "same.wav", tone(1.0))
        write(tmp_path / name / sound / f"own-{name}.wav", tone(1.0))
    clips, faults = listed(tmp_path, "a", "b")
    assert sorted(clip.name for clip in clips) == ["a/bell/own-a.wav", "b/siren/own-b.wav"]
    assert "a says bell, b says siren" in faults.summary()


def test_piece_of_a_recording_is_what_lies_there(tmp_path: Path) -> None:
    ramp = np.linspace(-0.5, 0.5, 32_000, dtype=np.float32)
    write(tmp_path / "ramp.wav", ramp)
    piece = read(tmp_path / "ramp.wav", 0.5, 1.5)
    assert np.allclose(piece, ramp[8_000:24_000], atol=1e-3)
    with pytest.raises(AudioError, match="has no sound at 9 s"):
        read(tmp_path / "ramp.wav", 9.0)


def test_long_recording_is_read_in_pieces_that_leave_no_seam(tmp_path: Path) -> None:
    stereo = np.random.default_rng(1).normal(0.0, 0.1, (30 * 44_100 + 7, 2)).astype(np.float32)
    assert len(stereo) > BLOCK
    soundfile.write(tmp_path / "long.wav", stereo, 44_100, subtype="FLOAT")
    at_once = soxr.resample(stereo.mean(axis=1, dtype=np.float32), 44_100, 16_000)
    assert read(tmp_path / "long.wav") == pytest.approx(at_once, abs=1e-6)
