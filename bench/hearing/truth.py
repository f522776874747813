"""What there is to hear in a piece of sound, as a file: a line of JSON a sound."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct


class Truth(Struct, frozen=True, kw_only=True):
    """One sound that an ear ought to name."""

    sound: str
    """An id of the catalogue."""
    onset_s: float
    """20 ms of it are louder than a tenth of its loudest for the first time."""
    ends_s: float
    """For the last time."""
    clip: str
    """What was played: a recording's name, or the kind of what was computed."""
    real: bool
    """A recording; False: computed."""
    background: str
    """What it was mixed into."""
    snr_db: float
    """How loud it was over its background."""


def write(path: Path, truth: Iterable[Truth]) -> None:
    """Write the truth of one timeline, in its order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in truth))


def read(path: Path) -> list[Truth]:
    """Read the truth of one timeline."""
    return [msgspec.json.decode(line, type=Truth) for line in path.read_bytes().splitlines()]
