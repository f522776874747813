"""Recordings into frames: how many a second on one core and two, and how long 566 GB would take."""

import os
import tempfile
import time
from pathlib import Path

from bench.table import Table

RECORDINGS, GIGABYTES = 184_931, 566
"""The paper's set, AIHub's environment sounds."""
BYTES_PER_S = 44_100 * 2 * 2
"""44.1 kHz, stereo, 16 bits."""
MACHINES = 20
ROUNDS = 8
"""So often ESC-50's 2000 recordings are cut: long enough that a cluster's start weighs little."""


def measure() -> Table:
    """Cut the same recordings with one worker and with two, each into an empty folder."""
    from training import data, experiment, frames  # noqa: PLC0415 - Dask takes a second
    from training.datasets.faults import Faults  # noqa: PLC0415

    wanted = experiment.load("paper")
    clips = data.experiment_clips(Path(os.environ["SORIBIT_DATA"]), wanted.data, Faults()) * ROUNDS
    sound_s = ROUNDS * sum(len(clip.samples()) for clip in clips[: len(clips) // ROUNDS]) / 16_000
    hours = GIGABYTES * 1e9 / BYTES_PER_S / 3600.0
    rows = []
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            started_s = time.monotonic()
            shards = frames.gather(wanted, clips, Path(folder), Faults(), workers=workers)
            took_s = time.monotonic() - started_s
        whole_h = hours * took_s / sound_s
        rows.append(
            (
                str(workers),
                f"{len(shards.labels) / took_s:.0f}",
                f"{sound_s / took_s:.0f}",
                f"{whole_h:.1f}",
                f"{whole_h / MACHINES:.2f}",
            )
        )
    return Table(
        title="Recordings into frames",
        command="SORIBIT_DATA=... make bench ARGS=frames",
        columns=(
            "workers",
            "frames a second",
            "seconds of sound a second",
            f"hours for {GIGABYTES} GB",
            f"on {MACHINES} such machines",
        ),
        rows=tuple(rows),
        notes=(
            f"ESC-50's recordings {ROUNDS} times (mono, 16 kHz), decoding and writing included;"
            " two workers are a Dask cluster of two processes, its start included.",
            f"Projected: {RECORDINGS:,} recordings of {GIGABYTES} GB are {hours:.0f} h of 44.1 kHz"
            " stereo; resampling and reading them from a disk comes on top.",
        ),
    )
