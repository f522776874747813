"""The ears that are compared, each with several settings in one pass over the same sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np

from bench.hearing.score import Said
from contract.messages import Phase
from node.blocks import SAMPLE_RATE_HZ, AudioBlock
from node.bundle import Bundle, Threshold
from node.classifier import Classifier
from node.detection import Detection
from node.ear import Ear
from node.spectra import Floats

HOUSEHOLD = Path(__file__).parents[2] / "models" / "household"
HOPS_S = (0.5, 0.25)
"""The node's own pace, and the tuned peer's."""
BLOCK_S = 0.5
"""What a node's source gives at once."""
HIGHEST_ON = 0.995
SHIFTS = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Of the household's thresholds, as log odds: from 0.5 down to 0.12 and up to 0.88."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to run an ear.

    Attributes:
        ear: The ear and its pace.
        limit: YAMNet's threshold; the household's shift of all its thresholds, as log odds.
    """

    ear: str
    limit: float


class Listener(Protocol):
    """An ear with all its settings."""

    def hear(self, samples: Floats) -> dict[Setting, list[Said]]:
        """Hear a sound from its beginning to its end, having heard nothing before.

        Args:
            samples: Mono in -1..1 at 16 kHz, shape (n,).

        Returns:
            What each setting said, by time.
        """


class Household:
    """The node's own ear with the shipped network; one shift of the thresholds a setting."""

    def __init__(self, bundle: Bundle, hop_s: float, shifts: Sequence[float] = (0.0,)) -> None:
        """Open the network once for all settings."""
        self._classifier, self._hop_s = _Remembering(bundle), hop_s
        self._settings = [Setting(f"household, {hop_s:g} s", shift) for shift in shifts]

    def hear(self, samples: Floats) -> dict[Setting, list[Said]]:
        """Hear a sound in blocks of `BLOCK_S`."""
        ears = {one: self._ear(one.limit) for one in self._settings}
        said = {one: list[Said]() for one in self._settings}
        size = int(BLOCK_S * SAMPLE_RATE_HZ)
        for first in range(0, len(samples), size):
            block = AudioBlock(samples[first : first + size], first / SAMPLE_RATE_HZ)
            for setting, ear in ears.items():
                said[setting] += _said(ear.hear(block), block.ended_s)
        return said

    def _ear(self, shift: float) -> Ear:
        manifest = self._classifier.bundle.manifest
        rules = {sound: manifest.threshold(sound) for sound in self._classifier.sounds}
        moved = {sound: _moved(rule, shift) for sound, rule in rules.items()} if shift else {}
        return Ear(self._classifier, self._hop_s, moved)


def _said(heard: Sequence[Detection], told_s: float) -> list[Said]:
    """Beginnings at the end of their windows; what is possible when it is told, its peak over."""
    return [
        Said(one.sound, told_s, possible=True)
        if one.phase is Phase.POSSIBLE
        else Said(one.sound, one.at_s)
        for one in heard
        if one.phase is not Phase.ENDED
    ]


class _Remembering(Classifier):
    """Judges a picture once, however many ears ask for it one after the other."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self._picture, self._scores = np.empty(0, np.float32), np.empty(0, np.float32)

    def scores(self, heard: Floats) -> Floats:
        """Judge one window, shape (sounds,)."""
        if not np.array_equal(heard, self._picture):
            self._picture, self._scores = heard.copy(), super().scores(heard)
        return self._scores


def _moved(rule: Threshold, shift: float) -> Threshold:
    on = min(HIGHEST_ON, _shifted(rule.on, shift))
    return msgspec.structs.replace(rule, on=on, off=min(on, _shifted(rule.off, shift)))


def _shifted(share: float, shift: float) -> float:
    return 1.0 / (1.0 + exp(-log(share / (1.0 - share)) - shift))
