"""Judges a fitted network on the folds it never saw, and writes report.md with its pictures."""

import csv
from collections.abc import Sequence
from pathlib import Path

import keras
import msgspec
import numpy as np

from contract.errors import InputError
from training import pictures
from training.balance import Split, undersample
from training.experiment import Experiment
from training.figures import Figures, Scores, by_clip, figures
from training.fit import CLASSES, HISTORY, MADE_FROM, said
from training.shards import Shards
from training.train import NETWORK, NORMAL, Normal

BATCH = 64
PAPER = {"accuracy": 88.8, "precision": 87.9, "recall": 88.3, "F1": 87.9}
"""What the paper reports for its float network on its 363 classes, in percent."""
REPORT = "report.md"


def opened(folder: Path, classes: Sequence[str]) -> tuple[keras.Model, Normal]:
    """Open the network of a finished run.

    Raises:
        InputError: It is not there, damaged, or has other classes.
    """
    path = folder / NETWORK
    if not path.is_file():
        raise InputError(f"{path}: is not there; run `soribit train fit` first")
    try:
        network = keras.models.load_model(path, compile=False)
        normal = msgspec.json.decode((folder / NORMAL).read_bytes(), type=Normal)
        known = msgspec.json.decode((folder / CLASSES).read_bytes(), type=list[str])
    except (OSError, ValueError, KeyError, msgspec.DecodeError) as error:
        first = str(error).partition("\n")[0]
        raise InputError(f"{path}: is no whole network: {first}; fit it again") from error
    if known != list(classes):
        raise InputError(
            f"{path}: knows {len(known)} classes, the frames have {len(classes)} others or in other"
            " order; fit it again with this recipe"
        )
    return network, normal


def report(experiment: Experiment, frames: Shards, parts: Split, folder: Path) -> str:
    """Judge, draw, and write report.md; return its text.

    Args:
        experiment: Of the run.
        frames: Its frames.
        parts: `test` judges.
        folder: Of the run.
    """
    network, normal = opened(folder, frames.classes)
    logits = said(network, normal, frames, parts.test, BATCH)
    labels, count = frames.labels[parts.test], len(frames.classes)
    frame = figures(labels, logits.argmax(axis=1).astype(np.int32), count)
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    clip = figures(*by_clip(chances, frames.clips[parts.test], labels), count)
    pictures.confusion(folder / "confusion.png", frame.confusion, frames.classes)
    pictures.curves(folder / "curves.png", _history(folder / HISTORY))
    balance(experiment, frames, parts, folder)
    _table(folder / "classes.csv", frames.classes, frame.classes)
    text = _text(experiment, frames, parts, frame, clip, folder)
    (folder / REPORT).write_text(text, encoding="utf-8")
    return text


def balance(experiment: Experiment, frames: Shards, parts: Split, folder: Path) -> str:
    """Draw the classes before and after undersampling; return the figures in one line."""
    labels, classes = frames.labels[parts.train], len(frames.classes)
    random = np.random.default_rng(experiment.learning.seed)
    kept = undersample(labels, experiment.balance.undersample, random)
    before, after = (np.bincount(one, minlength=classes) for one in (labels, labels[kept]))
    folder.mkdir(parents=True, exist_ok=True)
    pictures.balance(folder / "balance.png", before, after)
    return (
        f"{len(labels)} frames that teach, {before.min()} to {before.max()} a class; undersampled"
        f" {len(kept)}, {after.min()} to {after.max()} a class"
    )


def _history(path: Path) -> list[dict[str, float]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def _table(path: Path, classes: Sequence[str], rows: Sequence[Scores]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("class", "precision", "recall", "f1", "frames"))
        for name, row in zip(classes, rows, strict=True):
            figures_ = [f"{value:.4f}" for value in (row.precision, row.recall, row.f1)]
            table.writerow((name, *figures_, row.count))


def _text(
    experiment: Experiment,
    frames: Shards,
    parts: Split,
    frame: Figures,
    clip: Figures,
    folder: Path,
) -> str:
    made_from = msgspec.json.decode((folder / MADE_FROM).read_bytes())
    lines = [
        f"# {experiment.name}: {experiment.network.kind}, {len(frames.classes)} classes",
        "",
        f"Written by `soribit train report --recipe {experiment.name}`. {len(parts.test)} frames of"
        f" {len(set(frames.clips[parts.test].tolist()))} recordings that taught nothing;"
        f" {made_from['epochs']} epochs, the best was the {made_from['best']}.",
        "",
        "| | accuracy | precision | recall | F1 |",
        "| --- | --- | --- | --- | --- |",
        _row("frames, macro", frame.accuracy, frame.macro),
        _row("frames, weighted by support", frame.accuracy, frame.weighted),
        _row("recordings (mean of frames), macro", clip.accuracy, clip.macro),
        "| the paper, 363 classes | " + " | ".join(f"{one:.1f}" for one in PAPER.values()) + " |",
        "",
        f"Balance: {balance(experiment, frames, parts, folder)}.",
        "",
        "![Frames of each class](balance.png) ![Learning curves](curves.png)"
        " ![Confusion](confusion.png)",
        "",
        "| class | precision | recall | F1 | frames |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, row in zip(frames.classes, frame.classes, strict=True):
        cells = [f"{100 * one:.1f}" for one in (row.precision, row.recall, row.f1)]
        lines.append(f"| {name} | {' | '.join(cells)} | {row.count} |")
    return "\n".join(lines) + "\n"


def _row(name: str, accuracy: float, scores: Scores) -> str:
    cells = (accuracy, scores.precision, scores.recall, scores.f1)
    return f"| {name} | " + " | ".join(f"{100 * one:.1f}" for one in cells) + " |"
