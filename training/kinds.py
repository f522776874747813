"""The five TFLite kinds of one network, each a bundle that a node can open, each proven."""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from msgspec import Struct

from contract.errors import BundleError
from node.bundle import Bundle, Manifest, Threshold, load, sha256, slug
from node.classifier import Classifier
from node.spectra import Floats
from training.calibration import typical
from training.convert import KINDS, Kind, convert
from training.manifest import write
from training.recipe import Picture
from training.train import Normal

MODEL = "model.tflite"
FOLDER = "kinds"
WEIGHT_BYTES: dict[Kind, float] = {
    "float32": 4.0,
    "float16": 2.0,
    "dynamic": 1.0,
    "int8-float-io": 1.0,
    "int8": 1.0,
}
LEAST_OF_WEIGHTS = 0.8
"""A file that is smaller than so much of its weights has lost some of them."""
LEAST_AGREEMENT: dict[Kind, float] = {
    "float32": 0.999,
    "float16": 0.99,
    "dynamic": 0.95,
    "int8-float-io": 0.95,
    "int8": 0.95,
}
"""Share of real frames that a kind should name as Keras does; of one that parts more we warn."""
UNMEASURED = Threshold(on=0.5, off=0.3, hold_s=2.0)
"""A manifest must have one; nothing is detected by these bundles."""

log = logging.getLogger(__name__)


class Proof(Struct, frozen=True):
    """How far one kind is from Keras on the same frames.

    Attributes:
        kind: Which.
        file_bytes: Of the TFLite file.
        agreement: Share of frames on which both name the same class, 0..1.
        largest: The largest difference of any logit.
        sqnr_db: How far the differences lie below the logits.
    """

    kind: Kind
    file_bytes: int
    agreement: float
    largest: float
    sqnr_db: float


def convert_all(
    network: keras.Model, made: "Made", representative: Floats, proving: Floats, folder: Path
) -> list[Proof]:
    """Convert a network to all five kinds and prove each.

    Args:
        network: Ends in logits.
        made: What it hears, for the manifests.
        representative: Real pictures in dB for calibration, shape (n, frames, bands).
        proving: Other real pictures, on which Keras and the file must agree.
        folder: Gets a bundle a kind.

    Raises:
        BundleError: A file has lost weights; it leaves no bundle.
    """
    return [
        prove(network, kind, made, representative, proving, folder / FOLDER / kind)
        for kind in KINDS
    ]


class Made(Struct, frozen=True):
    """What a network hears."""

    name: str
    version: str
    classes: tuple[str, ...]
    picture: Picture
    normal: Normal
    output: Literal["softmax", "sigmoid"] = "softmax"


def prove(
    network: keras.Model,
    kind: Kind,
    made: Made,
    representative: Floats,
    proving: Floats,
    place: Path,
) -> Proof:
    """Convert to one kind and prove it; see `convert_all`."""
    shutil.rmtree(place, ignore_errors=True)
    shown = typical(network, made.normal(representative)[..., None])
    converted = convert(network, kind, shown)
    file = whole(converted, kind, weights=network.count_params())
    aside = place.with_name(f".{place.name}")
    bundle = bundled(file, kind, made, aside)
    theirs = network.predict(made.normal(proving)[..., None], verbose=0)
    ours = outputs(Classifier(bundle), proving)
    off = ours - theirs
    proof = Proof(
        kind=kind,
        file_bytes=len(file),
        agreement=float(np.mean(ours.argmax(axis=1) == theirs.argmax(axis=1))),
        largest=float(np.abs(off).max()),
        sqnr_db=float(10.0 * np.log10(np.sum(theirs**2) / max(1e-12, float(np.sum(off**2))))),
    )
    log.info("convert: %s", proof)
    if proof.agreement < LEAST_AGREEMENT[kind]:
        log.warning(
            "convert: %s names another class than Keras on %.1f %% of %d frames; it is no good",
            kind,
            100.0 * (1.0 - proof.agreement),
            len(proving),
        )
    aside.rename(place)
    return proof


def whole(file: bytes, kind: Kind, *, weights: int) -> bytes:
    """Return a converted file that has all its weights.

    Raises:
        BundleError: It is far smaller than they are.
    """
    least = WEIGHT_BYTES[kind] * LEAST_OF_WEIGHTS * weights
    if len(file) < least:
        raise BundleError(
            f"{kind}: the file has {len(file)} bytes, its {weights} weights need {least:.0f}: the"
            " converter lost some; nothing is kept"
        )
    return file


def bundled(file: bytes, kind: Kind, made: Made, place: Path) -> Bundle:
    """Write a bundle of one TFLite file."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / MODEL).write_bytes(file)
    manifest = Manifest(
        schema=1,
        name=made.name,
        version=made.version,
        model=MODEL,
        files={MODEL: sha256(place / MODEL)},
        labels=made.classes,
        sounds=_ids(made.classes),
        input=made.picture.input(mean_db=made.normal.mean_db, std_db=made.normal.std_db),
        output=made.output,
        quantization=kind,
        default_threshold=UNMEASURED,
    )
    write(place, manifest)
    return load(place)


def _ids(classes: Sequence[str]) -> dict[str, str]:
    """Give every class an id of its own; Korean names and near twins have none in a-z0-9."""
    slugs = [slug(name) for name in classes]
    return {
        name: f"class_{number}"
        for number, (name, own) in enumerate(zip(classes, slugs, strict=True))
        if not own or slugs.count(own) > 1
    }


def outputs(classifier: Classifier, pictures: Sequence[Floats] | Floats) -> Floats:
    """Return what a bundle's network says to each picture, shape (n, classes)."""
    return np.stack([classifier.outputs(picture) for picture in pictures])
