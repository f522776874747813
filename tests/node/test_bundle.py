"""A bundle is used only when its manifest and its files agree; what is wrong is said by name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contract.errors import BundleError
from node import bundle
from node.bundle import LogMelInput, Threshold, WaveformInput
from tests import bundles
from tests.bundles import Json

DELETE = object()


def refused(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        bundle.load(folder)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def put(*keys: str, value: object) -> Callable[[Json], None]:
    def edit(manifest: Json) -> None:
        table = manifest
        for key in keys[:-1]:
            inner = table[key]
            assert isinstance(inner, dict)
            table = inner
        if value is DELETE:
            del table[keys[-1]]
        else:
            table[keys[-1]] = value

    return edit


def test_good_bundle_is_read_whole() -> None:
    read = bundle.load(bundles.TINY)
    assert read.manifest.name == "tiny"
    assert read.model_path.is_file()
    assert isinstance(read.manifest.input, LogMelInput)
    assert read.manifest.input.shape == (read.manifest.input.frames, 64)


def test_waveform_bundle_is_read() -> None:
    wanted = bundle.load(bundles.WAVEFORM).manifest.input
    assert isinstance(wanted, WaveformInput)
    assert wanted.shape == (15_600,)


def test_label_without_a_meaning_keeps_its_own_name() -> None:
    manifest = bundle.load(bundles.WAVEFORM).manifest
    assert manifest.sound_of("Beep, bleep (other)") == "beep_bleep_other"


def test_sound_without_a_threshold_of_its_own_has_the_default() -> None:
    manifest = bundle.load(bundles.TINY).manifest
    assert manifest.threshold("smoke_alarm").hold_s == 2.5
    assert manifest.threshold("doorbell") == Threshold(on=0.6, off=0.4, hold_s=1.0)


def test_changed_network_is_refused(tmp_path: Path) -> None:
    folder = bundles.copy(bundles.TINY, tmp_path)
    with (folder / "model.tflite").open("ab") as model:
        model.write(b"x")
    assert "model.tflite has SHA-256" in refused(folder)


def test_missing_network_is_refused(tmp_path: Path) -> None:
    folder = bundles.copy(bundles.TINY, tmp_path)
    (folder / "model.tflite").unlink()
    assert "cannot read model.tflite: No such file" in refused(folder)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "cannot read manifest.json" in refused(tmp_path / "nothing")


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b'{"schema": NaN}', b"\xff\xfe", b"[" * 100_000, b"x" * (1 << 20) + b"x"],
    ids=["empty", "cut", "list", "nan", "bytes", "deep", "long"],
)
def test_manifest_that_is_none_is_refused(tmp_path: Path, text: bytes) -> None:
    folder = bundles.copy(bundles.TINY, tmp_path)
    (folder / "manifest.json").write_bytes(text)
    assert "manifest.json" in refused(folder)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put("name", value="bad\nname"), "name has control characters"),
        (put("name", value="소" * 22), "over 64 bytes"),
        (put("colour", value="red"), "unknown field `colour`"),
        (put("schema", value=2), "schema"),
        (put("labels", value=DELETE), "labels"),
        (put("labels", value=[]), "labels"),
        (put("labels", value=["a", "a"]), "a label stands twice"),
        (put("input", "kind", value="picture"), "kind"),
        (put("input", "colour", value=1), "unknown field `colour`"),
        (put("input", "hop_size", value=0), "hop_size"),
        (put("input", "std_db", value=0.0), "std_db"),
        (put("input", "sample_rate_hz", value=44_100), "sample_rate_hz"),
        (put("input", "low_hz", value=8000.0), "is not below high_hz"),
        (put("input", "fft_size", value=1 << 20), "fft_size"),
        (put("output", value="logits"), "output"),
        (put("quantization", value="int3"), "quantization"),
        (put("default_threshold", "on", value=1.5), "default_threshold"),
        (put("default_threshold", "off", value=0.9), "off is above on"),
        (put("thresholds", "kettle", value={"on": 0.5, "off": 0.5, "hold_s": 1}), "kettle"),
        (put("sounds", "bark", value="dog"), "not in labels: bark"),
        (put("sounds", "noise", value="Lärm"), "sounds"),
        (put("files", value={}), "files"),
        (put("model", value="other.tflite"), "no SHA-256 of other.tflite"),
        (put("model", value="../model.tflite"), "model"),
        (put("files", "/etc/passwd", value="0" * 64), "files"),
    ],
)
def test_contradiction_is_refused_by_name(
    tmp_path: Path, edit: Callable[[Json], None], said: str
) -> None:
    folder = bundles.change(bundles.copy(bundles.TINY, tmp_path), edit)
    assert said in refused(folder)


def test_window_shorter_than_one_spectrum_is_refused(tmp_path: Path) -> None:
    folder = bundles.copy(bundles.TINY, tmp_path)
    bundles.change(folder, put("input", "fft_size", value=8192))
    bundles.change(folder, put("input", "window_s", value=0.5))
    assert "shorter than one fft_size" in refused(folder)


def test_label_without_any_letter_needs_a_meaning(tmp_path: Path) -> None:
    folder = bundles.copy(bundles.WAVEFORM, tmp_path)
    bundles.change(folder, put("labels", value=["Fire alarm", "소리"]))
    assert "no letter in a-z0-9" in refused(folder)


def test_bundle_asked_for_is_found_wherever_it_is(tmp_path: Path) -> None:
    assert bundle.find(tmp_path, None) == [tmp_path]


def test_bundle_in_the_state_folder_goes_first(tmp_path: Path) -> None:
    own = tmp_path / "models" / "household"
    own.mkdir(parents=True)
    (own / "manifest.json").touch()
    assert bundle.find(None, tmp_path)[0] == own


def test_bundle_of_the_settings_goes_first_and_the_others_stay(tmp_path: Path) -> None:
    damaged = bundles.copy(bundles.TINY, tmp_path)
    assert bundle.find(None, None, damaged) == [damaged, *bundle.find(None, None)]


def test_without_an_own_bundle_the_shipped_one_is_found(tmp_path: Path) -> None:
    assert bundle.find(None, tmp_path)[0] in bundle.places(None)


def test_a_state_folder_that_cannot_be_looked_into_holds_no_bundle(tmp_path: Path) -> None:
    assert bundle.find(None, tmp_path / ("x" * 300)) == bundle.find(None, None)


@pytest.mark.parametrize(
    ("label", "sound"),
    [("Ding-dong", "ding_dong"), (" Roaring cats (lions, tigers)", "roaring_cats_lions_tigers")],
)
def test_name_of_a_label_becomes_an_id(label: str, sound: str) -> None:
    assert bundle.slug(label) == sound
