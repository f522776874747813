"""From the trained Keras network to the bundle: full int8 TFLite, its manifest, its attribution."""

import csv
import logging
from collections.abc import Sequence
from pathlib import Path

import keras
import msgspec
import numpy as np

from contract.errors import BundleError
from node.bundle import MANIFEST, Bundle, Manifest, Threshold, load, sha256
from node.classifier import Classifier
from node.spectra import Floats
from training.calibration import typical
from training.convert import convert
from training.datasets.clip import Clip
from training.examples import THRESHOLD_FOLD, TRAIN_FOLDS, Examples, Row
from training.kinds import Made, convert_all
from training.manifest import write
from training.networks.embedding import with_embedding
from training.recipe import Recipe
from training.train import NETWORK, NORMAL, Normal
from training.windows import windows

MODEL = "model.tflite"
FLOAT_MODEL = "model-float32.tflite"
ATTRIBUTION = "ATTRIBUTION.csv"
REPRESENTATIVE_WINDOWS = 1000
LEAST_AGREEMENT = 0.98
"""Share of real frames on which int8 and float must name the same sound."""
UNTIL_MEASURED = Threshold(on=0.7, off=0.42, hold_s=2.0)

log = logging.getLogger(__name__)


def export(
    recipe: Recipe,
    examples: Examples,
    clips: Sequence[Clip],
    labels: Sequence[str],
    folder: Path,
    out: Path,
) -> None:
    """Convert, write the bundle, and prove that int8 hears what float hears.

    Args:
        recipe: Of the run.
        examples: Representative frames come from what was trained on, proof from fold 4.
        clips: All clips; those that taught are named in the bundle.
        labels: The outputs, in their order.
        folder: Of the run; also gets the float file and a bundle of each of the five kinds.
        out: Where the bundle goes.

    Raises:
        BundleError: The two disagree on more than 2 % of the frames; no bundle is written.
    """
    network = keras.models.load_model(folder / NETWORK, compile=False)
    normal = msgspec.json.decode((folder / NORMAL).read_bytes(), type=Normal)
    out.mkdir(parents=True, exist_ok=True)
    (out / MANIFEST).unlink(missing_ok=True)  # until the new one is proven there is none
    shown = _windows(recipe, [row for row in examples.training() if row.real], examples)
    frames = typical(network, normal(_some(shown, REPRESENTATIVE_WINDOWS))[..., None])
    (out / MODEL).write_bytes(convert(with_embedding(network), "int8", frames))
    (folder / FLOAT_MODEL).write_bytes(convert(network, "float32", frames))

    taught = [clip for clip in clips if clip.fold in TRAIN_FOLDS and clip.may_train]
    manifest = _manifest(recipe, taught, labels, normal, out / MODEL)
    manifest = msgspec.structs.replace(manifest, embedding=recipe.run.embedding)
    asked = _windows(recipe, [row for row in examples.fold(THRESHOLD_FOLD) if row.real], examples)
    agreement, sqnr_db = _agreement(manifest, out / MODEL, folder / FLOAT_MODEL, asked)
    log.info("export: int8 agrees with float on %.4f, logits SQNR %.1f dB", agreement, sqnr_db)
    if agreement < LEAST_AGREEMENT:
        raise BundleError(
            f"{out / MODEL}: int8 and float agree on {agreement:.3f} of {len(asked)} frames,"
            f" {LEAST_AGREEMENT} is the least; look at the representative frames"
        )
    measured = {"int8_float_agreement": agreement, "int8_logits_sqnr_db": sqnr_db}
    write(out, msgspec.structs.replace(manifest, metrics=measured))
    made = Made(recipe.name, recipe.version, tuple(labels), recipe.picture, normal, "sigmoid")
    convert_all(network, made, _some(shown, REPRESENTATIVE_WINDOWS), asked, folder)
    _attribute(taught, out / ATTRIBUTION)
    load(out)


def _manifest(
    recipe: Recipe, taught: Sequence[Clip], labels: Sequence[str], normal: Normal, model: Path
) -> Manifest:
    return Manifest(
        schema=1,
        name=recipe.name,
        version=recipe.version,
        model=MODEL,
        files={MODEL: sha256(model)},
        labels=tuple(labels),
        input=recipe.picture.input(mean_db=normal.mean_db, std_db=normal.std_db),
        output="sigmoid",
        quantization="int8",
        default_threshold=UNTIL_MEASURED,
        data=tuple(
            f"{name}: {sum(clip.name.startswith(name) for clip in taught)} clips trained on"
            for name in sorted({clip.name.partition("/")[0] for clip in taught})
        ),
        licences=("Apache-2.0", f"training clips: {ATTRIBUTION}"),
    )


def _windows(recipe: Recipe, rows: Sequence[Row], examples: Examples) -> Floats:
    """All windows of some clips that hold their sound, shape (n, frames, bands)."""
    cut = (windows(examples.of(row), recipe.picture) for row in rows)
    return np.concatenate([pictures[heard] for pictures, heard in cut])


def _some(pictures: Floats, count: int) -> Floats:
    """Evenly spread ones."""
    chosen: Floats = pictures[np.linspace(0, len(pictures) - 1, count).astype(int)]
    return chosen


def _agreement(
    manifest: Manifest, model: Path, float_model: Path, pictures: Floats
) -> tuple[float, float]:
    """How often both files name the same label, and how far the difference is below the logits.

    Only where float gives some label a score of 0.5: the best of many that are all unlikely says
    nothing, and is never told.
    """
    as_float = msgspec.structs.replace(manifest, quantization="float32", embedding=0)
    int8 = Classifier(Bundle(model.parent, manifest, model))
    float32 = Classifier(Bundle(float_model.parent, as_float, float_model))
    ours = np.stack([int8.outputs(picture) for picture in pictures])
    theirs = np.stack([float32.outputs(picture) for picture in pictures])
    named = theirs.max(axis=1) > 0.0
    agreement = float(np.mean(ours.argmax(axis=1)[named] == theirs.argmax(axis=1)[named]))
    return agreement, float(10.0 * np.log10(np.sum(theirs**2) / np.sum((ours - theirs) ** 2)))


def _attribute(taught: Sequence[Clip], path: Path) -> None:
    """Name every recording that the weights learned from: CC BY asks for it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("clip", "licence", "attribution"))
        table.writerows(
            (clip.name, clip.licence, clip.author.removeprefix("clip derived from "))
            for clip in taught
            if not clip.name.startswith("synthetic/")
        )
