"""What each kind tells on each TFLite runtime, through `soribit listen` as a user would run it."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from contract.catalogue import BACKGROUND
from contract.errors import AudioError
from node.bundle import load
from training.data import class_of, meaning
from training.datasets.clip import SAMPLE_RATE_HZ, Clip

ROOT = Path(__file__).parents[1]
HERE = {"this environment": Path(sys.executable)}
REFUSED = "cannot run"


@dataclass(frozen=True, slots=True)
class Told:
    """How one bundle fared on one runtime.

    Attributes:
        network: Its name.
        kind: Its quantization.
        runtime: Name of the environment.
        share: Of the recordings, those whose own sound was told; None where it does not load.
        recordings: How many hold a sound that the bundle knows.
    """

    network: str
    kind: str
    runtime: str
    share: float | None
    recordings: int


def tell(
    bundles: Sequence[Path], clips: Sequence[Clip], runtimes: Mapping[str, Path], folder: Path
) -> list[Told]:
    """Play recordings to every bundle on every runtime.

    Args:
        bundles: Folders of bundles. What a bundle knows neither by a recording's class nor by what
            its data set's label means (labels.toml) is not asked of it.
        clips: One or more a class.
        runtimes: Python of each environment that holds a runtime.
        folder: Gets the recordings as WAV.
    """
    files: dict[str, tuple[str, str]] = {}
    for number, clip in enumerate(clips):
        path = folder / f"{number}.wav"
        try:
            soundfile.write(path, clip.samples(), SAMPLE_RATE_HZ)
        except AudioError:
            continue
        files[str(path)] = class_of(clip), meaning(clip.label)
    return [
        _told(place, files, name, python)
        for place in bundles
        for name, python in (HERE | dict(runtimes)).items()
    ]


def _told(place: Path, files: Mapping[str, tuple[str, str]], name: str, python: Path) -> Told:
    manifest = load(place).manifest
    sounds = {label: manifest.sound_of(label) for label in manifest.labels if label != BACKGROUND}
    asked = {
        file: sounds[known[0]]
        for file, called in files.items()
        if (known := [one for one in called if one in sounds])
    }
    command = [str(python), "-m", "node", "listen", "--json", "--model", str(place.resolve())]
    done = subprocess.run(  # noqa: S603 - our own command, in an environment that the user names
        [*command, *asked], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        return Told(manifest.name, manifest.quantization, name, None, len(asked))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    heard = {(line["file"], line["sound"]) for line in lines}
    share = len(heard & set(asked.items())) / max(1, len(asked))
    return Told(manifest.name, manifest.quantization, name, share, len(asked))
