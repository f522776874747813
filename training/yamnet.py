"""Wraps Google's official yamnet.tflite, and any waveform network like it, into a bundle."""

import shutil
import tomllib
from pathlib import Path

from contract.errors import InputError
from node.bundle import Manifest, Threshold, WaveformInput, sha256
from training.manifest import write

MODEL = "yamnet.tflite"
LABELS = "yamnet_label_list.txt"
WINDOW_SAMPLES = 15_600
MEANINGS = Path(__file__).parent / "yamnet.toml"


def wrap(folder: Path, out: Path) -> None:
    """Write a bundle from a folder with yamnet.tflite and yamnet_label_list.txt.

    Labels that training/yamnet.toml does not name keep their own name, as a notice.

    Raises:
        InputError: One of the two is not there.
    """
    for name in (MODEL, LABELS):
        if not (folder / name).is_file():
            raise InputError(
                f"{folder}: {name} is not there; docs/models.md says where it comes from"
            )
    labels = tuple((folder / LABELS).read_text(encoding="utf-8").split("\n"))
    labels = tuple(label for label in labels if label)
    out.mkdir(parents=True, exist_ok=True)
    if (folder / MODEL).resolve() != (out / MODEL).resolve():
        shutil.copyfile(folder / MODEL, out / MODEL)
    meanings = tomllib.loads(MEANINGS.read_text(encoding="utf-8"))
    meaning = {label: sound for sound, names in meanings["sounds"].items() for label in names}
    heard = {label: meaning[label] for label in labels if label in meaning}
    named = set(heard.values())
    write(
        out,
        Manifest(
            schema=1,
            name="yamnet",
            version="1",
            model=MODEL,
            files={MODEL: sha256(out / MODEL)},
            labels=labels,
            sounds=heard,
            input=WaveformInput(sample_rate_hz=16_000, window_samples=WINDOW_SAMPLES),
            output="probability",
            quantization="int8-float-io",
            default_threshold=Threshold(on=0.5, off=0.3, hold_s=2.0),
            thresholds={
                sound: Threshold(on=0.5, off=0.3, hold_s=hold_s)
                for sound, hold_s in meanings["hold_s"].items()
                if sound in named
            },
            data=("AudioSet, by Google",),
            licences=("Apache-2.0",),
        ),
    )
