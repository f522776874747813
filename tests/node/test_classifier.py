"""The classifier opens only what its manifest describes, and merges labels to sounds."""

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from contract.errors import BundleError
from node.bundle import Bundle, load
from node.classifier import Classifier, open_first
from tests import bundles
from tests.real import ROOT
from tests.tones import tone


def refused(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        Classifier(load(folder))
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_labels_that_mean_one_sound_share_a_score() -> None:
    classifier = Classifier(load(bundles.TINY))
    assert classifier.sounds == ("smoke_alarm", "doorbell", "background")
    assert classifier.scores(np.full((79, 64), -70.0, np.float32)).shape == (3,)


def test_score_of_a_sound_is_that_of_its_likeliest_label() -> None:
    bundle = load(bundles.TINY)
    one_sound = dict.fromkeys(bundle.manifest.labels, "dog")
    manifest = msgspec.structs.replace(bundle.manifest, sounds=one_sound, thresholds={})
    merged = Classifier(Bundle(bundle.folder, manifest, bundle.model_path))
    picture = bundle.manifest.input.log_mel(tone(2.0))  # type: ignore[union-attr]
    assert merged.scores(picture) == pytest.approx(Classifier(bundle).scores(picture).max())


def test_too_few_labels_are_refused(tmp_path: Path) -> None:
    folder = bundles.copy(bundles.WAVEFORM, tmp_path)
    bundles.change(folder, lambda manifest: manifest.update(labels=["Fire alarm"]))
    assert "the network has 2 outputs, the manifest 1 labels" in refused(folder)


def test_other_picture_than_the_networks_is_refused(tmp_path: Path) -> None:
    folder = bundles.copy(bundles.TINY, tmp_path)
    wanted = {"window_s": 1.0}

    def shorten(manifest: bundles.Json) -> None:
        wanted_input = manifest["input"]
        assert isinstance(wanted_input, dict)
        wanted_input.update(wanted)

    bundles.change(folder, shorten)
    assert "the network takes (79, 64), the manifest says (39, 64)" in refused(folder)


@pytest.mark.parametrize(
    "content", [b"", b"not a network", b"\x1c\x00\x00\x00TFL3" + b"\xff" * 200]
)
def test_file_that_is_no_network_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = bundles.replace_model(bundles.copy(bundles.TINY, tmp_path), content)
    assert "cannot run model.tflite" in refused(folder)


@pytest.mark.parametrize("folder", [bundles.TINY, bundles.WAVEFORM])
def test_opening_a_network_prints_nothing(folder: Path) -> None:
    opens = "import sys; from pathlib import Path; from node.bundle import load; "
    opens += "from node.classifier import Classifier; Classifier(load(Path(sys.argv[1]))); "
    opens += "print('after', file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", opens, folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "after\n")


def test_cut_network_is_refused(tmp_path: Path) -> None:
    half = (bundles.TINY / "model.tflite").read_bytes()[:9000]
    folder = bundles.replace_model(bundles.copy(bundles.TINY, tmp_path), half)
    assert "cannot run model.tflite" in refused(folder)


def test_damaged_bundle_is_refused_by_name_and_the_next_one_kept(tmp_path: Path) -> None:
    damaged = bundles.copy(bundles.TINY, tmp_path)
    (damaged / "model.tflite").write_bytes(b"half a download")
    classifier, refused = open_first([damaged, bundles.TINY])
    assert classifier.bundle.folder == bundles.TINY
    assert str(damaged) in refused
    assert "SHA-256" in refused


def test_where_every_bundle_is_damaged_each_is_named(tmp_path: Path) -> None:
    damaged = bundles.copy(bundles.TINY, tmp_path)
    (damaged / "manifest.json").write_text("{")
    with pytest.raises(BundleError, match=str(damaged)):
        open_first([damaged, tmp_path / "nowhere"])
