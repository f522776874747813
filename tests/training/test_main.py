"""`python -m training` makes a bundle of one's own recordings, from the first step to the last."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from node.bundle import load
from node.classifier import Classifier
from tests.real import ROOT
from tests.training.recordings import home
from training.datasets.synthetic import FAMILIES

ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "SORIBIT_DATA"}


def train(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, env=ENVIRONMENT
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle made by all steps together, and the log of the second, shorter run."""
    folder = tmp_path_factory.mktemp("training")
    data, recipe = home(folder, steps=160)
    done = train(
        *("household", "--data", data, "--recipe", recipe),
        *("--runs", folder / "runs", "--out", folder / "bundle"),
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.timeout(600)
def test_all_steps_make_a_bundle_that_opens(made: Path) -> None:
    bundle = load(made / "bundle")
    assert Classifier(bundle).sounds == ("smoke_alarm", "doorbell", "background")
    assert bundle.manifest.quantization == "int8"
    assert set(bundle.manifest.thresholds) == {"smoke_alarm", "doorbell"}


@pytest.mark.timeout(600)
def test_int8_hears_what_float_hears(made: Path) -> None:
    agreement = load(made / "bundle").manifest.metrics["int8_float_agreement"]
    assert isinstance(agreement, float)
    assert agreement >= 0.98


@pytest.mark.timeout(600)
def test_network_is_kept_as_hdf5(made: Path) -> None:
    assert (made / "runs" / "made-up" / "network.h5").read_bytes()[:4] == b"\x89HDF"


@pytest.mark.timeout(600)
def test_card_says_what_it_is_not_and_names_every_sound(made: Path) -> None:
    card = (made / "bundle" / "card.md").read_text(encoding="utf-8")
    assert "detects no fire" in card
    assert "| smoke_alarm |" in card
    assert "| doorbell |" in card


@pytest.mark.timeout(600)
def test_every_recording_trained_on_is_attributed(made: Path) -> None:
    with (made / "bundle" / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as file:
        clips = [row["clip"] for row in csv.DictReader(file)]
    assert len(clips) == len(set(clips)) >= 10
    assert all(clip.startswith("folder/") for clip in clips)


@pytest.mark.timeout(600)
def test_training_goes_on_where_it_was_stopped(made: Path) -> None:
    recipe = made / "recipe.toml"
    done = train("train", "--data", made / "data", "--recipe", recipe, "--runs", made / "runs")
    assert "going on at step 160" in done.stderr
    assert "step 50 of" not in done.stderr
    assert "file 0 is there" not in done.stderr, "scenes were made again"


@pytest.mark.timeout(600)
def test_card_has_the_embedding_and_what_is_not_proven(made: Path) -> None:
    bundle = load(made / "bundle")
    classifier = Classifier(bundle)
    assert bundle.manifest.embedding == 16
    assert classifier.embedding().shape == (16,)
    assert bundle.manifest.unproven == ()


def test_help_explains_the_steps_and_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "training", "--help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "thresholds   choose for each sound" in done.stdout
    assert "tensorflow" not in done.stderr
    assert "numpy" not in done.stderr


def test_missing_data_is_one_sentence(tmp_path: Path) -> None:
    done = train("examples", "--data", tmp_path, "--runs", tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"--data {tmp_path}: none of esc50, speech, tones or own is there" in done.stderr


def test_data_not_named_is_one_sentence(tmp_path: Path) -> None:
    done = train("examples", "--runs", tmp_path)
    assert done.returncode == 2
    assert "give --data DIR, or set SORIBIT_DATA" in done.stderr


def test_unknown_key_in_a_recipe_is_named(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('name = "x"\nversion = "1"\n[run]\nstep = 3\n', encoding="utf-8")
    done = train("examples", "--data", tmp_path, "--recipe", recipe, "--runs", tmp_path)
    assert done.returncode == 2
    assert "did you mean 'steps'" in done.stderr


def test_yamnet_is_wrapped_with_its_labels(tmp_path: Path) -> None:
    (tmp_path / "yamnet.tflite").write_bytes(b"any network")
    names = ["Speech", "Smoke detector, smoke alarm", "Whip"]
    (tmp_path / "yamnet_label_list.txt").write_text("\n".join(names), encoding="utf-8")
    done = train("wrap-yamnet", tmp_path, "--out", tmp_path / "bundle")
    assert done.returncode == 0, done.stderr
    manifest = load(tmp_path / "bundle").manifest
    assert [manifest.sound_of(name) for name in names] == ["background", "smoke_alarm", "whip"]
    assert json.loads((tmp_path / "bundle" / "manifest.json").read_bytes())["input"] == {
        "kind": "waveform",
        "sample_rate_hz": 16_000,
        "window_samples": 15_600,
    }


def test_folder_without_yamnet_is_one_sentence(tmp_path: Path) -> None:
    done = train("wrap-yamnet", tmp_path, "--out", tmp_path / "bundle")
    assert done.returncode == 2
    assert "yamnet.tflite is not there" in done.stderr


@pytest.fixture(scope="module")
def steps() -> str:
    return train("--help").stdout


@pytest.mark.parametrize("page", ["training.md", "reproduction.md", "models.md", "benchmarks.md"])
def test_every_step_that_the_docs_name_is_there(page: str, steps: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:soribit train|-m training) ([a-z][a-z-]+)", text))
    assert all(re.search(rf"^    {name}$|^    {name} ", steps, re.MULTILINE) for name in named)


def test_every_family_of_computed_sounds_has_a_file_that_the_docs_name() -> None:
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    files = {family.make.__module__.rpartition(".")[2] for family in FAMILIES.values()}
    assert all(f"`{name}.py`" in text for name in files)
