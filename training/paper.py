"""A run of the paper's line: its recordings, their frames, and who of them teaches and judges."""

import logging
from functools import cached_property
from pathlib import Path

from training import data as sets
from training import experiment, frames
from training.balance import Indices, Split, split
from training.datasets.clip import Clip
from training.datasets.faults import Faults
from training.shards import Shards

SOME = 300
"""Frames that calibrate a conversion, or prove it."""

log = logging.getLogger(__name__)


class Paper:
    """What every step of an experiment needs, computed when it is asked for.

    Attributes:
        experiment: All numbers.
        folder: Of the run.
    """

    def __init__(
        self, name: str, data: Path, *, runs: Path, workers: int, scheduler: str | None
    ) -> None:
        """Read an experiment.

        Args:
            name: Of its recipe, or its path.
            data: Holds the data sets.
            runs: Holds a folder a run.
            workers: Processes that cut frames.
            scheduler: Address of a Dask scheduler that cuts them instead.
        """
        self.experiment = experiment.load(name)
        self.folder: Path = runs / self.experiment.name
        self._data, self._workers, self._scheduler = data, workers, scheduler
        self._faults = Faults()

    @cached_property
    def clips(self) -> list[Clip]:
        """List the recordings; what cannot be read of their lists is told with the frames."""
        return sets.experiment_clips(self._data, self.experiment.data, self._faults)

    @cached_property
    def frames(self) -> Shards:
        """Cut what is not cut yet, and tell what was left out."""
        place = self.folder / "frames"
        shards = frames.gather(
            self.experiment,
            self.clips,
            place,
            self._faults,
            workers=self._workers,
            scheduler=self._scheduler,
        )
        told = self._faults.summary()
        log.info("frames: %d, of %d recordings; %s", len(shards.labels), len(self.clips), told)
        return shards

    def parted(self) -> tuple[Shards, Split]:
        """Return the frames, and which of them teach and judge."""
        return self.frames, split(self.frames, self.experiment.data)

    @staticmethod
    def some(chosen: Indices) -> Indices:
        """Return evenly spread ones."""
        return chosen[:: max(1, len(chosen) // SOME)]
