"""Recordings that no shipped network was trained on: ESC-50's and the spoken words' fold 5."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from bench.hearing.rooms import HOME_RT60_S, in_room, response
from contract.catalogue import Urgency, catalogue
from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats
from training.data import meaning
from training.datasets import esc50, speech
from training.datasets.clip import LEAVE_OUT, Clip
from training.examples import TEST_FOLD
from training.quiet import GAIN_DB, GAP_S, ROOMY

ALERTING = {Urgency.EMERGENCY, Urgency.ATTENTION}


def held_out(data: Path) -> list[Clip]:
    """List the recordings that neither trained the shipped network nor set its thresholds.

    Args:
        data: Holds esc50/ and speech/.
    """
    listed = [*esc50.clips(data / "esc50", {}), *speech.clips(data / "speech", {})]
    meant = [replace(clip, sound=meaning(clip.label)) for clip in listed]
    return [clip for clip in meant if clip.fold == TEST_FOLD and clip.sound != LEAVE_OUT]


def harmless(clips: Iterable[Clip]) -> list[Clip]:
    """Return the recordings that must raise neither an emergency nor attention."""
    return [clip for clip in clips if catalogue().get(clip.sound).urgency not in ALERTING]


class Player:
    """Plays recordings of some labels, again and again, never twice in the same way.

    Attributes:
        played: Names of the recordings that were played, and their lengths in s.
    """

    def __init__(self, clips: Sequence[Clip]) -> None:
        """Take what may be played."""
        self._clips = clips
        self._samples = cache(lambda at: self._clips[at].samples())
        self.played: dict[str, float] = {}

    def play(self, random: np.random.Generator, labels: Sequence[str], seconds: float) -> Floats:
        """Play recordings of some labels at random: how loud, in which room, how soon after.

        Args:
            random: Decides all that.
            labels: As the data sets call them, without the set's name.
            seconds: How long.

        Returns:
            Shape (seconds * 16000,).
        """
        chosen = [i for i, c in enumerate(self._clips) if c.label.partition("/")[2] in labels]
        stream, at = np.zeros(int(seconds * SAMPLE_RATE_HZ), np.float32), 0
        while at < len(stream):
            one = self._played(random, chosen[random.integers(len(chosen))])[: len(stream) - at]
            stream[at : at + len(one)] += one
            at += max(1, len(one) + int(random.uniform(*GAP_S) * SAMPLE_RATE_HZ))
        return stream

    def _played(self, random: np.random.Generator, index: int) -> Floats:
        samples = self._samples(index)
        self.played[self._clips[index].name] = len(samples) / SAMPLE_RATE_HZ
        if random.random() < ROOMY:
            samples = in_room(samples, response(random, random.uniform(*HOME_RT60_S)))
        peak = max(1e-6, float(np.abs(samples).max()))
        return samples * np.float32(10.0 ** (random.uniform(*GAIN_DB) / 20.0) / peak)
