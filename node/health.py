"""How a node is: what it measured since its last sign of life, and what is broken."""

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

from contract.messages import UNPROVEN_SOUNDS, Trouble
from node.blocks import AudioBlock
from node.pcm import CLIPPED, FULL_SCALE

NO_AUDIO_S = 15.0
DETAIL_BYTES = 110
"""So that a status with all troubles stays below the 1,024 bytes of its topic."""
UNPROVEN_BYTES = 120
"""What such a status has room for beside them."""
MOST_TROUBLES = 4
THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
TIMESYNC = Path("/run/systemd/timesync")


class Meter:
    """What was heard since the last sign of life; pure."""

    def __init__(self, now_s: float) -> None:
        """Begin; until the first frame, its age counts from here."""
        self._heard_s = now_s
        self._samples = self._zeros = self._clipped = 0

    def hear(self, block: AudioBlock, now_s: float) -> None:
        """Count one block that came now."""
        self._heard_s = now_s
        self._samples += len(block.samples)
        self._zeros += int(np.count_nonzero(block.samples == 0.0))
        self._clipped += int(np.count_nonzero(np.abs(block.samples) >= CLIPPED / FULL_SCALE))

    def frame_age_s(self, now_s: float) -> float:
        """Return how long ago the last frame came."""
        return max(0.0, now_s - self._heard_s)

    def shares(self) -> tuple[float, float]:
        """Return the shares of zeros and of clipped samples, 0..1, and begin to count anew."""
        samples = max(1, self._samples)
        shares = self._zeros / samples, self._clipped / samples
        self._samples = self._zeros = self._clipped = 0
        return shares


class Troubles:
    """What is broken, and since when; pure."""

    def __init__(self) -> None:
        self._known: dict[str, Trouble] = {}

    def update(self, present: Mapping[str, str], now: str) -> bool:
        """Take note of what is broken now.

        Args:
            present: Each trouble's id and detail; an empty detail is no trouble.
            now: This instant, RFC 3339.

        Returns:
            Whether there is news: a trouble came or went, or more is known of one.
        """
        before = self._known
        self._known = {
            name: Trouble(
                id=name,
                since=self._known[name].since if name in self._known else now,
                detail=_plain(detail),
            )
            for name, detail in present.items()
            if detail
        }
        return before != self._known

    def listed(self) -> tuple[Trouble, ...]:
        """Return them as a status carries them."""
        return tuple(self._known.values())[:MOST_TROUBLES]


def some_unproven(sounds: Sequence[str]) -> tuple[str, ...]:
    """Return as many of the sounds that no real recording has tested as a status has room for."""
    ends = accumulate(len(sound) + len('"",') for sound in sounds)
    return tuple(
        sound
        for sound, end in zip(sounds[:UNPROVEN_SOUNDS], ends, strict=False)
        if end <= UNPROVEN_BYTES
    )


def _plain(detail: str) -> str:
    """A detail as a message may carry it; JSON needs no second byte for any of its characters."""
    shown = "".join(each for each in detail if unicodedata.category(each)[0] != "C")
    told = shown.replace('"', "'").replace("\\", "/")
    return told.encode()[:DETAIL_BYTES].decode(errors="ignore")


def temperature_c(path: Path = THERMAL) -> float | None:
    """Return the processor's temperature, None where the machine tells none."""
    try:
        return int(path.read_text(encoding="ascii")) / 1000.0
    except (OSError, ValueError):
        return None


def is_time_synchronised(folder: Path = TIMESYNC) -> bool:
    """Return whether systemd has set the clock; True where something else may have."""
    return not folder.is_dir() or (folder / "synchronized").exists()
