"""Model bundles for tests: small ones that truly hear, and how to spoil a copy."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

DATA = Path(__file__).parent / "data"
TINY = DATA / "tiny_bundle"
"""Hears a 3100 Hz tone as smoke_alarm and two falling tones as doorbell."""
WAVEFORM = DATA / "tiny_waveform"
"""Takes 15,600 samples, as YAMNet does; hears 3100 Hz as smoke_alarm."""
KINDS = DATA / "tiny_kinds"
"""The tiny network in each kind of TFLite file."""

Json = dict[str, object]


def copy(bundle: Path, folder: Path) -> Path:
    """Copy a bundle to a folder of the test's own."""
    return Path(shutil.copytree(bundle, folder / "bundle"))


def change(bundle: Path, edit: Callable[[Json], object]) -> Path:
    """Edit a bundle's manifest in place."""
    path = bundle / "manifest.json"
    manifest: Json = json.loads(path.read_bytes())
    edit(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return bundle


def replace_model(bundle: Path, content: bytes) -> Path:
    """Put other bytes in the place of the network, and make the manifest agree."""
    (bundle / "model.tflite").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return change(bundle, lambda manifest: manifest.update(files={"model.tflite": digest}))
