"""The paper's line on a small AIHub tree, from its folders to the page that compares five kinds."""

import csv
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from distributed import LocalCluster
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import BundleError, InputError
from node.bundle import load
from node.classifier import Classifier
from tests.real import ROOT
from tests.training import aihub_tree
from training import balance, frames, kinds, report
from training.data import experiment_clips
from training.datasets.faults import Faults
from training.experiment import Experiment
from training.experiment import load as load_experiment
from training.figures import by_clip, figures, macro_f1, wilson
from training.shards import INDEX, Shards

RECIPE = """
name = "tiny-paper"
version = "1"
[data]
sets = ["소리"]
label = "category_03"
validation_share = 0.3
[frames]
shard_clips = 8
[picture]
fft_size = 1000
hop_size = 1000
bands = 32
[network]
kind = "small"
stem = 4
widths = [8, 12]
embedding = 16
[learning]
epochs = {epochs}
patience = 20
batch = 8
learning_rate = 1e-2
"""
EPOCHS = 6

pytestmark = pytest.mark.timeout(600)
"""Whichever test comes first waits for all steps of the experiment."""


def command(home: Path, step: str, *more: str | Path) -> list[str]:
    recipe, runs = home / "recipe.toml", home / "runs"
    named = ["--data", home / "data", "--recipe", recipe, "--runs", runs, "--workers", "1"]
    return [sys.executable, "-m", "training", step, *map(str, (*named, *more))]


def run(home: Path, step: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(home, step, *more), cwd=ROOT, check=False, capture_output=True, text=True
    )


def made(home: Path, *, epochs: int = EPOCHS) -> Path:
    aihub_tree.write(home / "data" / "소리", recordings_per_class=15)
    (home / "recipe.toml").write_text(RECIPE.format(epochs=epochs), encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All steps, one after the other, as a researcher runs them."""
    place = made(tmp_path_factory.mktemp("paper"))
    for step in ("frames", "fit", "report", "convert", "compare", "collapse"):
        more = ("--write", place / "page.md") if step in ("compare", "collapse") else ()
        done = run(place, step, *more)
        assert done.returncode == 0, f"{step}: {done.stderr}"
        (place / f"{step}.log").write_text(done.stderr, encoding="utf-8")
    return place


@pytest.fixture
def experiment(home: Path) -> Experiment:
    return load_experiment(str(home / "recipe.toml"))


@pytest.fixture
def shards(home: Path) -> Shards:
    (place,) = (home / "runs" / "tiny-paper" / "frames").iterdir()
    return Shards.open(place)


def test_broken_recordings_are_counted_and_the_rest_is_cut(home: Path) -> None:
    told = (home / "frames.log").read_text(encoding="utf-8")
    assert f"{aihub_tree.BROKEN} left out" in told
    assert "cut.wav" in told


def test_no_recording_teaches_and_judges(shards: Shards, experiment: Experiment) -> None:
    parts = balance.split(shards, experiment.data)
    sides = [
        {shards.sources[clip] for clip in shards.clips[part]}
        for part in (parts.train, parts.validation, parts.test)
    ]
    assert all(sides)
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]


def test_report_stands_beside_the_papers_figures(home: Path) -> None:
    text = (home / "runs" / "tiny-paper" / "report.md").read_text(encoding="utf-8")
    assert "| the paper, 363 classes | 88.8 | 87.9 | 88.3 | 87.9 |" in text
    with (home / "runs" / "tiny-paper" / "classes.csv").open(encoding="utf-8", newline="") as file:
        assert {row["class"] for row in csv.DictReader(file)} == set(aihub_tree.CLASSES)
    pictures = ("balance", "curves", "confusion")
    starts = [(home / "runs" / "tiny-paper" / f"{n}.png").read_bytes()[:4] for n in pictures]
    assert starts == [b"\x89PNG"] * 3


@pytest.mark.parametrize("kind", ["float32", "float16", "dynamic", "int8-float-io", "int8"])
def test_every_kind_is_a_bundle_that_a_node_opens(home: Path, kind: str) -> None:
    bundle = load(home / "runs" / "tiny-paper" / "kinds" / kind)
    assert bundle.manifest.quantization == kind
    assert Classifier(bundle).sounds == ("class_0", "class_1", "class_2")


def test_table_2_shows_all_kinds_of_our_own_network(home: Path) -> None:
    text = (home / "page.md").read_text(encoding="utf-8")
    assert "## Table 2 for tiny-paper\n" in text
    assert text.count("| tiny-paper |") == 6
    assert (home / "images" / "quantization-tiny-paper.png").is_file()


def test_collapse_is_shown_and_the_remedy_holds(home: Path) -> None:
    lines = (home / "page.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if "cast to int8" in line]
    (remedy,) = (line.strip("| ").split(" | ") for line in lines if "remedy:" in line)
    assert float(remedy[2]) >= float(remedy[3]) - 0.05
    assert min(float(row[2]) for row in rows) < float(remedy[2])


def test_killed_fit_ends_with_the_same_weights(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "again"
    other.mkdir()
    (other / "data").symlink_to(home / "data")
    (other / "recipe.toml").symlink_to(home / "recipe.toml")
    begun = subprocess.Popen(command(other, "fit"), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    with begun:
        assert begun.stderr is not None
        for line in begun.stderr:
            if "epoch=3" in line:
                break
        begun.send_signal(signal.SIGKILL)
    done = run(other, "fit")
    assert "going on after epoch" in done.stderr
    with (
        np.load(home / "runs" / "tiny-paper" / "state.npz") as undisturbed,
        np.load(other / "runs" / "tiny-paper" / "state.npz") as interrupted,
    ):
        names = sorted(set(undisturbed.files) - {"progress"})
        assert len(names) > 20
        assert all((undisturbed[name] == interrupted[name]).all() for name in names)


def test_state_of_another_recipe_is_refused(home: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "other.toml"
    recipe.write_text(RECIPE.format(epochs=9), encoding="utf-8")
    done = run(home, "fit", "--recipe", recipe)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("--anew forgets it, --runs keeps both")


def test_network_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there; run `soribit train fit` first"):
        report.opened(tmp_path, ["a"])


def test_truncated_network_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "network.h5").write_bytes(b"\x89HDF half")
    with pytest.raises(InputError, match="is no whole network"):
        report.opened(tmp_path, ["a"])


@given(samples=st.integers(1, 400_000))
def test_frames_reach_from_the_start_to_the_end_of_a_recording(samples: int) -> None:
    found = frames.starts(samples, 32_000, 25_600)
    assert found[0] == 0
    assert found[-1] == max(0, samples - 32_000)
    assert len(found) == 1 + -(-max(0, samples - 32_000) // 25_600)
    assert all(0 < later - one <= 25_600 for one, later in pairwise(found))


def test_frames_do_not_depend_on_who_cuts_them(home: Path, tmp_path: Path) -> None:
    experiment = load_experiment(str(home / "recipe.toml"))
    clips = experiment_clips(home / "data", experiment.data, Faults())
    for workers in (1, 2):
        frames.gather(experiment, clips, tmp_path / str(workers), Faults(), workers=workers)
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        frames.gather(experiment, clips, tmp_path / "cluster", Faults(), scheduler=address)
    one, two, cut_elsewhere = (
        {path.name: path.read_bytes() for path in sorted((tmp_path / name).rglob("*.*"))}
        for name in ("1", "2", "cluster")
    )
    assert len(one) > 6
    assert one == two == cut_elsewhere


def test_half_written_frames_are_never_read(home: Path, tmp_path: Path) -> None:
    experiment = load_experiment(str(home / "recipe.toml"))
    clips = experiment_clips(home / "data", experiment.data, Faults())[:20]
    whole = frames.gather(experiment, clips, tmp_path, Faults())
    (place,) = tmp_path.iterdir()
    chosen = np.arange(len(whole.labels))
    kept = whole.pictures(chosen)
    for name in ("000001.json", "000001.npy"):
        (place / name).unlink()  # the files of `whole` stay mapped
    (place / "000001.npy").write_bytes(b"half")
    with pytest.raises(InputError, match="frames are not whole"):
        Shards.open(place)
    again = frames.gather(experiment, clips, tmp_path, Faults())
    assert (again.pictures(chosen) == kept).all()


def test_full_disk_is_one_sentence_and_leaves_nothing_half(home: Path, tmp_path: Path) -> None:
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from training.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = command(home, "frames", "--runs", tmp_path)[3:]
    done = subprocess.run(
        [sys.executable, "-c", limited, *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 2
    assert "make room and run it again" in done.stderr.splitlines()[-1]
    assert not list(tmp_path.rglob("*.json"))


def test_class_without_a_judge_is_one_sentence(home: Path, experiment: Experiment) -> None:
    (place,) = (home / "runs" / "tiny-paper" / "frames").iterdir()
    data = msgspec.structs.replace(experiment.data, test=(9,))
    with pytest.raises(InputError, match=r"3 of 3 classes have no frame in the folds \(9,\)"):
        balance.split(Shards.open(place), data)
    assert (place / INDEX).is_file()


def test_undersampling_keeps_the_rare_and_thins_the_frequent() -> None:
    labels = np.repeat(np.arange(3, dtype=np.int32), (2, 10, 50))
    kept = balance.undersample(labels, 3, np.random.default_rng(0))
    assert np.bincount(labels[kept]).tolist() == [2, 6, 6]
    assert (kept == balance.undersample(labels, 3, np.random.default_rng(0))).all()
    assert len(balance.undersample(labels, 0, np.random.default_rng(0))) == 62


def test_class_weights_make_every_class_weigh_alike() -> None:
    labels = np.repeat(np.arange(3, dtype=np.int32), (2, 10, 50))
    weights = balance.class_weights(labels, 4)
    assert np.allclose(weights[:3] * (2, 10, 50), 62 / 3)
    assert weights[3] == 0.0
    assert np.isclose(weights[labels].mean(), 1.0)


def test_figures_are_those_of_the_definition() -> None:
    truth = np.array([0, 0, 1, 1, 1, 2], np.int32)
    named = np.array([0, 1, 1, 1, 0, 2], np.int32)
    found = figures(truth, named, 4)
    assert found.accuracy == pytest.approx(4 / 6)
    assert [row.f1 for row in found.classes] == pytest.approx([0.5, 2 / 3, 1.0, 0.0])
    assert found.macro.f1 == pytest.approx((0.5 + 2 / 3 + 1.0) / 3)
    assert macro_f1(truth, named) == pytest.approx(found.macro.f1)


def test_clip_is_named_by_the_mean_of_its_frames() -> None:
    scores = np.array([[0.6, 0.4], [0.1, 0.9], [0.9, 0.1]], np.float32)
    what, named = by_clip(scores, np.array([7, 7, 8], np.int32), np.array([1, 1, 0], np.int32))
    assert what.tolist() == named.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(16, 16, 0.806, 1.0), (485, 500, 0.951, 0.982), (0, 0, 0, 1)]
)
def test_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-3)


def test_conversion_that_hears_otherwise_is_kept_with_a_warning(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (place,) = (home / "runs" / "tiny-paper" / "frames").iterdir()
    shards = Shards.open(place)
    network, normal = report.opened(home / "runs" / "tiny-paper", shards.classes)
    wanted = load_experiment(str(home / "recipe.toml"))
    made_ = kinds.Made("x", "1", shards.classes, wanted.picture, normal)
    shown = shards.pictures(np.arange(20))
    silent = np.full_like(shown, -70.0)
    proof = kinds.prove(network, "int8", made_, silent, shown, tmp_path / "int8")
    assert proof.agreement < 0.95
    assert "it is no good" in caplog.text
    assert load(tmp_path / "int8").manifest.quantization == "int8"


def test_file_that_lost_its_weights_is_refused() -> None:
    with pytest.raises(BundleError, match="the converter lost some; nothing is kept"):
        kinds.whole(b"x" * 1000, "float32", weights=1000)
    assert kinds.whole(b"x" * 4000, "float32", weights=1000) == b"x" * 4000
