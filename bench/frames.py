"""Recordings into frames: how many a second on one core and two, and how long 566 GB would take."""

import os
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from msgspec import Struct

from bench.table import Table

RECORDINGS, GIGABYTES = 184_931, 566
"""The paper's set, AIHub's environment sounds."""
BYTES_PER_S = 44_100 * 2 * 2
"""44.1 kHz, stereo, 16 bits."""
MACHINES = 20
MOST_MB = 1500
WHOSE = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
ROUNDS = 8
"""So often ESC-50's 2000 recordings are cut: long enough that a cluster's start weighs little."""


class Cut(Struct, frozen=True):
    """What one cutting took."""

    recordings: int
    frames: int
    sound_s: float
    took_s: float
    rss_mb: float


def measure() -> Table:
    """Cut the same recordings with one worker and with two, each into an empty folder."""
    hours = GIGABYTES * 1e9 / BYTES_PER_S / 3600.0
    rows = []
    for workers, rounds in ((1, 1), (1, ROUNDS), (2, ROUNDS)):
        # A process of its own: its peak of memory is that of this row alone.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as one:
            done = one.submit(_cut, workers, rounds).result()
        whole_h = hours * done.took_s / done.sound_s
        rows.append(
            (
                str(workers),
                str(done.recordings),
                f"{done.frames / done.took_s:.0f}",
                f"{done.sound_s / done.took_s:.0f}",
                f"{done.rss_mb:.0f}",
                f"{whole_h:.1f}",
                f"{whole_h / MACHINES:.2f}",
            )
        )
    return Table(
        title="Recordings into frames",
        command="SORIBIT_DATA=... make bench ARGS=frames",
        columns=(
            "workers",
            "recordings",
            "frames a second",
            "seconds of sound a second",
            "RSS MB",
            f"hours for {GIGABYTES} GB",
            f"on {MACHINES} such machines",
        ),
        rows=tuple(rows),
        notes=(
            f"ESC-50's recordings, once or {ROUNDS} times (mono, 16 kHz), decoding and writing"
            " included; two workers are a Dask cluster of two processes, its start included. RSS:"
            f" the peak of the largest process (goal <= {MOST_MB} whatever the size of the set).",
            f"Projected: {RECORDINGS:,} recordings of {GIGABYTES} GB are {hours:.0f} h of 44.1 kHz"
            " stereo; resampling and reading them from a disk comes on top.",
        ),
    )


def _cut(workers: int, rounds: int) -> Cut:
    from training import data, experiment, frames  # noqa: PLC0415 - Dask takes a second
    from training.datasets.faults import Faults  # noqa: PLC0415

    wanted = experiment.load("paper")
    clips = data.experiment_clips(Path(os.environ["SORIBIT_DATA"]), wanted.data, Faults())
    with tempfile.TemporaryDirectory() as folder:
        started_s = time.monotonic()
        shards = frames.gather(wanted, clips * rounds, Path(folder), Faults(), workers=workers)
        took_s = time.monotonic() - started_s
    peaks_kb = [resource.getrusage(who).ru_maxrss for who in WHOSE]
    return Cut(
        recordings=len(clips) * rounds,
        frames=len(shards.labels),
        sound_s=rounds * sum(len(clip.samples()) for clip in clips) / 16_000,
        took_s=took_s,
        rss_mb=max(peaks_kb) / 1024.0,
    )
