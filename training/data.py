"""Which data sets a run uses, and what their labels mean."""

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from contract.catalogue import BACKGROUND
from contract.errors import InputError
from training.datasets import esc50, folder, layout, speech, synthetic, tones
from training.datasets.clip import LEAVE_OUT, Clip
from training.datasets.faults import Faults
from training.experiment import Data
from training.recipe import Recipe

READERS = {"esc50": esc50.clips, "speech": speech.clips, "tones": tones.clips}
OWN = "own"
"""A folder of this name beside the data sets: one's own recordings, a sub-folder a sound."""


def clips(data: Path, recipe: Recipe) -> list[Clip]:
    """List every clip: the data sets that are there, one's own, and the computed ones.

    Raises:
        InputError: None of the data sets is there.
    """
    meanings = _meanings()
    there = [name for name in READERS if (data / name / "index.csv").is_file()]
    own = folder.clips(data / OWN)
    if not there and not own:
        raise InputError(
            f"--data {data}: none of {', '.join(READERS)} or {OWN} is there; docs/training.md says"
            " where each comes from"
        )
    found = [clip for name in there for clip in READERS[name](data / name, meanings[name])]
    found += own + synthetic.clips(recipe.run.seed, share=recipe.computed_share)
    return [clip for clip in found if clip.sound != LEAVE_OUT]


def experiment_clips(data: Path, wanted: Data, faults: Faults) -> list[Clip]:
    """List the clips of an experiment; the class of each is its set's own label.

    Args:
        data: Holds the sets, a folder each.
        wanted: Which sets, and which of AIHub's names is the class.
        faults: Gets what cannot be read of their lists, and contradictions.

    Raises:
        InputError: A set is not there, or of no layout that we know.
    """
    found = [
        clip for name in wanted.sets for clip in layout.clips(data / name, wanted.label, faults)
    ]
    return _agreed(found, faults)


@cache
def _meanings() -> dict[str, dict[str, str]]:
    """Read what each data set's labels mean, by set and label."""
    text = (Path(__file__).parent / "labels.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def meaning(label: str) -> str:
    """Return what a clip's label, "data set/label", means: a sound's id or "background"."""
    name, _, called = label.partition("/")
    return _meanings().get(name, {}).get(called, BACKGROUND)


def class_of(clip: Clip) -> str:
    """Return a clip's label without its set: sets may share a class."""
    return clip.label.partition("/")[2]


def _agreed(found: Sequence[Clip], faults: Faults) -> list[Clip]:
    """Leave out recordings that two sets call by different names."""
    said: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for clip in found:
        called, _, file = clip.source.partition("/")
        said[file.rpartition("/")[2]].add((called, class_of(clip)))
    wrong = {
        file: classes
        for file, classes in said.items()
        if len({called for called, _ in classes}) > 1 and len({name for _, name in classes}) > 1
    }
    kept = []
    for clip in found:
        contradiction = wrong.get(clip.source.partition("/")[2].rpartition("/")[2])
        if contradiction is None:
            kept.append(clip)
            continue
        sayings = ", ".join(sorted(f"{called} says {name}" for called, name in contradiction))
        faults.add(clip.name, f"two sets contradict each other, {sayings}")
    return kept
