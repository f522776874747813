"""`soribit listen`: what a user or a benchmark sees of a node's ears."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.real import ROOT
from tests.tones import TINY_BUNDLE, noise, smoke_alarm, t3, tone, write


def listen(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    part = [sys.executable, "-m", "node", "listen", "--model", str(TINY_BUNDLE)]
    command = [*part, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def events(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, str, float]]:
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [(line["file"], line["sound"], line["phase"], line["at_s"]) for line in lines]


def test_json_has_one_object_a_line_with_the_agreed_keys(tmp_path: Path) -> None:
    path = write(tmp_path / "alarm.wav", smoke_alarm())

    done = listen("--json", path)

    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["sound"], line["phase"]) for line in lines] == [
        ("smoke_alarm", "began"),
        ("smoke_alarm", "ended"),
    ]
    assert set(lines[0]) == {
        "file",
        "sound",
        "phase",
        "at_s",
        "score",
        "heard_by",
        "level_db",
    }
    assert lines[0]["file"] == str(path)
    assert 3.0 < lines[0]["at_s"] < 4.6
    assert 0.6 <= lines[0]["score"] <= 1.0
    assert lines[0]["level_db"] == pytest.approx(-17.0, abs=0.5)


def test_people_get_a_line_for_each_event(tmp_path: Path) -> None:
    done = listen(write(tmp_path / "alarm.flac", smoke_alarm()))

    began, ended = done.stdout.splitlines()
    assert began.split()[3:5] == ["began", "smoke_alarm"]
    assert ended.split()[3:5] == ["ended", "smoke_alarm"]


def test_half_a_second_is_enough_to_be_judged_within_its_length(tmp_path: Path) -> None:
    path = write(tmp_path / "beep.wav", tone(0.5))

    assert events(listen("--json", path)) == [
        (str(path), "smoke_alarm", "began", 0.5),
        (str(path), "smoke_alarm", "ended", 0.5),
    ]


def test_what_still_sounds_at_the_end_of_a_file_ends_with_it(tmp_path: Path) -> None:
    path = write(tmp_path / "alarm.wav", np.concatenate((noise(2.0), t3(1)[:32_000])))

    assert events(listen("--json", path))[-1] == (str(path), "smoke_alarm", "ended", 4.0)


def test_a_broken_file_costs_one_sentence_and_the_others_are_judged(tmp_path: Path) -> None:
    letter, empty, cut = (tmp_path / name for name in ("letter.wav", "empty.ogg", "cut.wav"))
    letter.write_text("no sound")
    empty.touch()
    write(cut, np.concatenate((t3(2), noise(4.0))))
    cut.write_bytes(cut.read_bytes()[:300_000])
    whole = write(tmp_path / "whole.wav", smoke_alarm())

    done = listen("--json", letter, empty, cut, tmp_path / "gone.wav", whole)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert [line.partition(": ")[0] for line in told] == [
        str(letter),
        str(empty),
        str(cut),
        str(tmp_path / "gone.wav"),
    ]
    assert {(name, phase) for name, _, phase, _ in events(done)} == {
        (str(cut), "began"),
        (str(cut), "ended"),
        (str(whole), "began"),
        (str(whole), "ended"),
    }


@pytest.mark.parametrize("hop_s", ["0", "5", "nan", "0.3333"])
def test_a_step_that_does_not_fit_the_model_is_one_sentence(tmp_path: Path, hop_s: str) -> None:
    done = listen("--hop", hop_s, write(tmp_path / "beep.wav", tone(0.5)))

    assert done.returncode == 2
    assert done.stdout == ""
    assert f"hop of {float(hop_s)} s must be" in done.stderr


def test_a_folder_that_is_no_bundle_is_one_sentence(tmp_path: Path) -> None:
    done = listen("--model", tmp_path, write(tmp_path / "beep.wav", tone(0.5)))

    assert done.returncode == 2
    assert done.stderr.startswith(f"bundle {tmp_path}: ")
    assert len(done.stderr.splitlines()) == 1
