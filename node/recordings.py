"""Recordings as sound: any format that libsndfile reads, piece by piece, 16 kHz mono."""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from contract.errors import AudioError
from node.pcm import FULL_SCALE
from node.resample import HIGHEST_HZ, LOWEST_HZ, Resampler
from node.spectra import Floats

if TYPE_CHECKING:
    from soundfile import SoundFile

PIECE_S = 1.0
DITHER = 1.0 / FULL_SCALE
"""One step of a 16-bit microphone: a quiet room is never made of digital zeros."""
UNKNOWN_LENGTH = 0x7FFF_0000
"""A WAV header that promises more was written to a pipe, before the length was known."""

_WAV_CUT = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)
_OGG_CUT = re.compile(r"lacks an end-of-stream|Junk after the last page|ended unexpectedly")


def sound_of(path: Path) -> Iterator[Floats]:
    """Read a recording.

    Yields:
        16 kHz mono in -1..1, shape (n,), any n: all that can be read, also of a damaged file.

    Raises:
        AudioError: It is no recording, holds no sound or what is no number, or ends too early.
    """
    import soundfile  # noqa: PLC0415 - only nodes that play recordings need it

    try:
        with soundfile.SoundFile(path) as file:
            yield from _pieces(path, file)
    except soundfile.SoundFileError as error:
        raise AudioError(f"{path}: cannot be read as audio: {_reason(path, error)}") from error


class Quiet:
    """The silence of a quiet room: dither of one 16-bit step, the same in every run."""

    def __init__(self) -> None:
        # numpy's own generators cost 3 MB of memory
        self._random = Random(0)  # noqa: S311 - noise, no secret

    def __call__(self, samples: int) -> Floats:
        """Return the next so many samples, shape (samples,)."""
        throws = np.frombuffer(self._random.randbytes(4 * samples), np.uint16).astype(np.float32)
        return (throws[:samples] - throws[samples:]) * np.float32(DITHER / 65536.0)


def _pieces(path: Path, file: "SoundFile") -> Iterator[Floats]:
    if not LOWEST_HZ <= file.samplerate <= HIGHEST_HZ:
        raise AudioError(f"{path}: claims {file.samplerate} Hz; the header is damaged")
    resampler, read, broken = Resampler(file.samplerate), 0, 0
    while True:
        frames = file.read(int(PIECE_S * file.samplerate), dtype="float32", always_2d=True)
        read += len(frames)
        broken += int(np.count_nonzero(~np.isfinite(frames)))
        yield resampler.push(frames, last=not len(frames))
        if not len(frames):
            break
    if _cut_off(file, read):
        heard_s = read / file.samplerate
        raise AudioError(f"{path}: ends too early, after {heard_s:.2f} s; copy it again")
    if not read:
        raise AudioError(f"{path}: holds no sound")
    if broken:
        raise AudioError(f"{path}: {broken} of its samples are no numbers; make it again")


def _cut_off(file: "SoundFile", read: int) -> bool:
    """Whether the file is shorter than its own headers say; libsndfile only notes it."""
    notes: str = file.extra_info
    wav = _WAV_CUT.search(notes)
    promised, there = (int(wav[1]), int(wav[2])) if wav else (0, 0)
    return there < promised < UNKNOWN_LENGTH or read < file.frames or bool(_OGG_CUT.search(notes))


def _reason(path: Path, error: Exception) -> str:
    """Ask the file system where libsndfile only says "System error"."""
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as why:
        return why.strerror or str(why)
    return "the file is empty" if empty else str(error).rpartition(": ")[2].rstrip(".")
