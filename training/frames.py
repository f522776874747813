"""Cuts recordings into frames of 2 s and keeps their pictures: resumable, bounded, in parallel."""

import json
import logging
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import dask
import msgspec
import numpy as np
from distributed import Client, as_completed
from numpy.typing import NDArray

from contract.errors import AudioError, InputError
from node.features import LogMel, decibels
from node.spectra import Floats
from training.data import class_of
from training.datasets.clip import SAMPLE_RATE_HZ, Clip
from training.datasets.faults import Fault, Faults
from training.experiment import Experiment
from training.recipe import Picture
from training.shards import INDEX, Cut, Index, Part, Shards, paths
from training.whole import written

DASK_TRIMS = "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_"
"""Dask sets it for its workers; each large array is then mapped and unmapped anew, and frames took
3.5 times as much processor time (measured)."""
SILENT_DBFS = -90.0
"""RMS of a frame below which it holds nothing but a 16-bit file's last bit: it teaches nothing."""

log = logging.getLogger(__name__)


def starts(samples: int, window: int, stride: int) -> list[int]:
    """Return where the frames of a recording begin.

    Whole frames lie one `stride` apart, as the paper has them; the rest of a recording is heard by
    one more frame, moved back to end with it. A recording shorter than a frame is one frame, filled
    up with zeros.

    Args:
        samples: Length of the recording, at least 1.
        window: Length of a frame.
        stride: From one frame's start to the next.

    Returns:
        Rising, at least one.
    """
    last = max(0, samples - window)
    found = list(range(0, last + 1, stride))
    return found if found[-1] == last else [*found, last]


def cut(samples: Floats, picture: Picture, stride_s: float) -> NDArray[np.float16]:
    """Return the pictures of one recording's frames, silent ones left out.

    Args:
        samples: Mono at 16 kHz in -1..1, shape (n,).
        picture: What a frame is.
        stride_s: From one frame's start to the next.

    Returns:
        Mel power in dB, shape (frames, frames of a picture, bands). Half precision is off by at
        most 0.016 dB between -64 and 64 dB, and by 0.032 beyond.
    """
    wanted = picture.input()
    frames = heard(samples, picture.window_s, stride_s)
    empty = np.zeros((0, wanted.frames, wanted.bands), np.float16)
    pictures = [_picture(wanted.log_mel, one, picture.floor_db) for one in frames]
    return np.stack(pictures).astype(np.float16) if pictures else empty


def heard(samples: Floats, window_s: float, stride_s: float) -> list[Floats]:
    """Cut a recording into frames and leave out the silent ones.

    Args:
        samples: Mono at 16 kHz in -1..1, shape (n,).
        window_s: Length of a frame.
        stride_s: From one frame's start to the next.

    Returns:
        The samples of each frame, shape (window,).
    """
    window, stride = round(window_s * SAMPLE_RATE_HZ), round(stride_s * SAMPLE_RATE_HZ)
    padded = np.pad(samples, (0, max(0, window - len(samples))))
    frames = [padded[at : at + window] for at in starts(len(samples), window, stride)]
    return [one for one in frames if _rms_db(one) > SILENT_DBFS]


def gather(
    experiment: Experiment,
    clips: Sequence[Clip],
    folder: Path,
    faults: Faults,
    *,
    workers: int = 1,
    scheduler: str | None = None,
) -> Shards:
    """Return the frames of all clips, computing those that are not there yet.

    Args:
        experiment: Its picture and frames decide.
        clips: What to cut.
        folder: Where the files are kept; a file is read only once it is whole.
        faults: Gets each recording that could not be read; the others go on.
        workers: Processes on this machine.
        scheduler: Address of a Dask scheduler; its machines must see the same folders.

    Raises:
        InputError: The disk is full, or nothing is left of the clips.
    """
    place = folder / _key(experiment, clips)
    place.mkdir(parents=True, exist_ok=True)
    size = experiment.frames.shard_clips
    jobs = [
        _Job(number, first, tuple(clips[first : first + size]), experiment, place)
        for number, first in enumerate(range(0, len(clips), size))
    ]
    missing = [job for job in jobs if not paths(place, job.number).part.is_file()]
    if missing:
        log.info("frames: %d of %d files to make", len(missing), len(jobs))
        for done, number in enumerate(_run(missing, workers, scheduler), start=1):
            log.info("frames: file %d is there, %d of %d", number, done, len(missing))
    index = Index(
        classes=tuple(sorted({class_of(clip) for clip in clips})),
        labels=tuple(class_of(clip) for clip in clips),
        folds=tuple(clip.fold for clip in clips),
        sources=tuple(clip.source for clip in clips),
        clip_names=tuple(clip.name for clip in clips),
        files=len(jobs),
    )
    with written(place / INDEX) as file:
        file.write(msgspec.json.encode(index))
    shards = Shards.open(place)
    for fault in shards.faults:
        faults.add(fault.path, fault.why)
    if not len(shards.labels):
        raise InputError(f"no frame is left of {len(clips)} recordings; {faults.summary()}")
    return shards


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to make: a run of clips, the first of which has this number."""

    number: int
    first: int
    clips: tuple[Clip, ...]
    experiment: Experiment
    place: Path


def _run(jobs: Sequence[_Job], workers: int, scheduler: str | None) -> Iterator[int]:
    """Make files on this machine, or wherever the scheduler's workers are."""
    if workers == 1 and not scheduler:
        yield from map(_make, jobs)
        return
    # A cluster of one's own listens on loopback alone, without a dashboard.
    here = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    settings = dask.config.set({DASK_TRIMS: None})
    with settings, Client(scheduler) if scheduler else Client(**here) as client:
        for future in as_completed(client.map(_make, jobs, pure=False)):
            yield future.result()


def _make(job: _Job) -> int:
    """Make one file; its part, which names it, is written last."""
    cuts, faults, pictures, first = [], [], [], 0
    for number, clip in enumerate(job.clips, start=job.first):
        try:
            found = cut(clip.samples(), job.experiment.picture, job.experiment.frames.stride_s)
        except AudioError as error:
            faults.append(Fault(clip.name, str(error)))
            continue
        if not len(found):
            faults.append(Fault(clip.name, "all of it is silent"))
        pictures.append(found)
        cuts.append(Cut(number, first, len(found)))
        first += len(found)
    wanted = job.experiment.picture.input()
    empty = np.zeros((0, wanted.frames, wanted.bands), np.float16)
    here = paths(job.place, job.number)
    with written(here.pictures) as file:
        whole = BytesIO()  # numpy's own writing to a full disk names no reason
        np.save(whole, np.concatenate(pictures) if pictures else empty)
        file.write(whole.getbuffer())
    with written(here.part) as file:
        file.write(msgspec.json.encode(Part(tuple(cuts), tuple(faults))))
    return job.number


def _key(experiment: Experiment, clips: Sequence[Clip]) -> str:
    """Name the frames of these clips: other numbers or clips do not take them."""
    made_from = [
        msgspec.to_builtins([experiment.picture, experiment.frames]),
        [[clip.name, clip.label, clip.fold] for clip in clips],
    ]
    return f"{zlib.crc32(json.dumps(made_from).encode()):08x}"


def _picture(log_mel: LogMel, samples: Floats, floor_db: float) -> Floats:
    return decibels(log_mel.power(samples), floor_db)


def _rms_db(samples: Floats) -> float:
    return float(10.0 * np.log10(max(1e-12, float(np.mean(np.square(samples, dtype=np.float64))))))
