"""A run of a bundle's recipe: its clips, what judges them, and what teaches."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from contract.catalogue import BACKGROUND
from contract.errors import InputError
from node.spectra import Floats
from training import data as sets
from training import examples, recipe
from training.examples import THRESHOLD_FOLD, TRAIN_FOLDS, Examples
from training.pool import Order, Pool, gather
from training.teacher import FILE
from training.windows import windows


class Run:
    """What every step of a recipe needs, computed when it is asked for.

    Attributes:
        recipe: All numbers.
        folder: Of the run.
        out: Of the bundle.
        labels: The outputs, in their order.
        clips: All clips; `sound` is what the recipe takes each for.
    """

    def __init__(
        self, name: str, data: Path, *, runs: Path, out: Path | None, workers: int
    ) -> None:
        """Read a recipe and list its clips.

        Args:
            name: Of the recipe, or its path.
            data: Holds the data sets.
            runs: Holds a folder a run.
            out: Where the bundle goes, else models/<name>.
            workers: Processes that make scenes.
        """
        self._data, self._workers = data, workers
        self.recipe = recipe.load(name)
        self.folder: Path = runs / self.recipe.name
        self.out: Path = out or Path("models") / self.recipe.name
        self.labels = (*self.recipe.sounds, BACKGROUND)
        self.clips = [
            replace(clip, sound=self.recipe.meaning(clip.sound))
            for clip in sets.clips(data, self.recipe)
        ]

    @cached_property
    def examples(self) -> Examples:
        """Compute what judges, unless it is there."""
        judging = [clip for clip in self.clips if clip.real or clip.fold not in TRAIN_FOLDS]
        return examples.gather(self.recipe, judging, self.folder / "examples")

    def pool(self) -> Pool:
        """Make up what the network learns from, unless it is there."""
        wanted = self.recipe
        teacher = self._data / FILE if wanted.run.is_taught else None
        order = Order(
            self.labels,
            {sound: rule.weight for sound, rule in wanted.sounds.items()},
            wanted.mixing,
            wanted.picture,
            wanted.run.seed,
            teacher is not None,
        )
        clips = [clip for clip in self.clips if clip.may_train]
        place = self.folder / "scenes"
        return gather(order, clips, TRAIN_FOLDS, place, teacher, workers=self._workers)

    def recorded(self) -> frozenset[str]:
        """Return the labels that recordings teach, not computed sounds alone."""
        taught = (clip for clip in self.clips if clip.may_train and clip.fold in TRAIN_FOLDS)
        return frozenset(clip.sound for clip in taught if clip.real)

    def asked(self) -> list[tuple[Floats, int]]:
        """Return the windows and labels of the real clips of the fold that sets thresholds."""
        return [
            (pictures[heard], self.labels.index(row.sound))
            for row in self.examples.fold(THRESHOLD_FOLD)
            if row.real and row.sound != BACKGROUND
            for pictures, heard in [windows(self.examples.of(row), self.recipe.picture)]
        ]


def data(named: Path | str | None) -> Path:
    """Return the folder of the data sets.

    Raises:
        InputError: None was named.
    """
    if named is None:
        raise InputError("where are the recordings? give --data DIR, or set SORIBIT_DATA")
    return Path(named)
