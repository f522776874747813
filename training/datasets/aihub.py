"""AIHub's environment-sound sets: one JSON a recording, with several annotated spans."""

import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct, field

from training.datasets.clip import FOLDS, Clip, fold_of, read
from training.datasets.faults import Faults

DATA = "01.데이터"
PARTS = {"1.Training": False, "2.Validation": True}
"""Its two parts, and whether a part judges; the other falls into the four folds that teach."""
SOUNDS, LABELS = "원천데이터", "라벨링데이터"
LICENCE = "AIHub: use within Korea by its terms, not to be passed on"


class Area(Struct, frozen=True):
    """A span of the recording, in seconds."""

    start: float
    end: float


class Categories(Struct, frozen=True):
    """Three levels of a class."""

    category_01: str = ""
    category_02: str = ""
    category_03: str = ""


class Annotation(Struct, frozen=True, rename="camel"):
    """One sound in the recording; `label_name` is its wav file."""

    label_name: str
    area: Area
    categories: Categories = field(default_factory=Categories)
    sub_category: str = ""
    decibel: float | str | None = None


class Label(Struct, frozen=True):
    """One JSON file, as far as we read it."""

    annotations: tuple[Annotation, ...]


def is_here(folder: Path) -> bool:
    """Tell whether a folder is one of AIHub's sets."""
    return _child(folder, DATA) is not None


def clips(folder: Path, level: str, faults: Faults) -> list[Clip]:
    """List every annotated span; what cannot be read is reported, and the rest goes on.

    Args:
        folder: Holds 01.데이터.
        level: Which of an annotation's names is the class: category_01, category_02, category_03
            or sub_category.
        faults: Gets the labels that say nothing we can use.
    """
    found: list[Clip] = []
    for part, judges in PARTS.items():
        labels, sounds = _find(folder, DATA, part, LABELS), _find(folder, DATA, part, SOUNDS)
        if labels is None or sounds is None:
            faults.add(folder / DATA / part, f"has not both {LABELS} and {SOUNDS}")
            continue
        for path in sorted(labels.rglob("*.json")):
            wavs = sounds / path.relative_to(labels).parent
            found += _of_one(folder.name, path, wavs, level, judges=judges, faults=faults)
    return found


def _of_one(
    called: str, path: Path, wavs: Path, level: str, *, judges: bool, faults: Faults
) -> Iterator[Clip]:
    try:
        label = msgspec.json.decode(_text(path), type=Label)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        faults.add(path, f"is no label file: {error}")
        return
    for number, annotation in enumerate(label.annotations):
        wav, area = wavs / annotation.label_name, annotation.area
        name = _class(annotation, level)
        if why := _useless(name, wav, area, level):
            faults.add(path, why)
            continue
        recording = f"{called}/{wav.name}"
        yield Clip(
            name=f"{recording}#{number}",
            label=f"{called}/{name}",
            sound=name,
            fold=FOLDS if judges else 1 + fold_of(recording) % (FOLDS - 1),
            real=True,
            may_train=False,
            licence=LICENCE,
            samples=partial(read, wav, area.start, area.end),
            recording=recording,
        )


def _useless(name: str, wav: Path, area: Area, level: str) -> str:
    """Why an annotation cannot be used; empty if it can."""
    if not name:
        return f"has no {level}"
    if not 0.0 <= area.start < area.end:
        return f"area: {area.start:g} to {area.end:g} s is no span"
    if not wav.is_file():
        return f"recording is not there: {wav.name}"
    return ""


def _class(annotation: Annotation, level: str) -> str:
    name = (
        annotation.sub_category
        if level == "sub_category"
        else str(getattr(annotation.categories, level))
    )
    return unicodedata.normalize("NFC", name).strip().replace("/", "-")


def _text(path: Path) -> str:
    """Read a label in UTF-8, with or without its mark, or in the older Korean code page."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp949")


def _find(folder: Path, *names: str) -> Path | None:
    found: Path | None = folder
    for name in names:
        found = _child(found, name) if found else None
    return found


def _child(folder: Path, name: str) -> Path | None:
    """Find a folder by its name, however its Korean letters are composed."""
    if not folder.is_dir():
        return None
    wanted = unicodedata.normalize("NFC", name)
    return next(
        (one for one in folder.iterdir() if unicodedata.normalize("NFC", one.name) == wanted), None
    )
