"""The peer: YAMNet as Frigate 0.17 runs it, and tuned: closer chunks, lower thresholds."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.hearing.ears import Setting
from bench.hearing.levels import rms
from bench.hearing.score import Said
from node.blocks import SAMPLE_RATE_HZ
from node.bundle import load
from node.classifier import Classifier
from node.spectra import Floats
from training import yamnet

LABELS = {
    "dog": ("Dog", "Bark", "Yip", "Howl", "Bow-wow"),
    "alarm_clock": (
        *("Alarm", "Alarm clock", "Beep, bleep", "Buzzer", "Smoke detector, smoke alarm"),
        *("Fire alarm", "Siren"),
    ),
    "baby_crying": ("Baby cry, infant cry", "Crying, sobbing", "Whimper"),
    "siren": (
        *("Siren", "Civil defense siren", "Emergency vehicle", "Police car (siren)"),
        *("Ambulance (siren)", "Fire engine, fire truck (siren)"),
    ),
    "door_knock": ("Knock", "Door", "Tap"),
    "glass_breaking": ("Glass", "Shatter", "Breaking", "Smash, crash"),
}
"""Which of YAMNet's labels count for a sound, its highest score counts: generous to YAMNet."""
SOUNDS = tuple(LABELS)
CHUNK = 15_600
GATE = 500.0 / 32_768.0
"""Frigate's `min_volume`: chunks of a lower RMS are not judged."""
FRIGATE_HOLD_S = 30.0
"""Frigate ends a sound when it was not heard for so long; until then it is not told again."""
TUNED_HOLD_S = 5.0
"""Tuned, it may let go sooner: after 30 s a false alert would hide the next true one."""
QUARTER = SAMPLE_RATE_HZ // 4
LIMITS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
TUNED_LIMITS = {"gate": 0.5, "no gate": 0.3}
"""The two tunings to beat; the other thresholds make the curve."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run YAMNet.

    Attributes:
        called: Its name.
        every: It judges every so-manieth of the chunks that are there.
        gate: RMS below which a chunk is not judged.
        hold_s: A sound has ended, and may begin again, when it was not heard for so long.
        limits: Thresholds, a setting each.
    """

    called: str
    every: int
    gate: float
    hold_s: float
    limits: tuple[float, ...]


FRIGATE = Way("YAMNet as Frigate runs it", 1, GATE, FRIGATE_HOLD_S, (0.8,))
TUNED = tuple(
    Way(f"YAMNet, {0.25 * every:g} s, {named}", every, gate, TUNED_HOLD_S, LIMITS)
    for every in (1, 2)
    for named, gate in (("gate", GATE), ("no gate", 0.0))
)


class Yamnet:
    """Google's YAMNet over chunks of 0.975 s, judged once for all ways that share a stride."""

    def __init__(self, classifier: Classifier, stride: int, ways: Sequence[Way]) -> None:
        """Take the ways to run it.

        Args:
            classifier: As `open_yamnet` opens it.
            stride: Samples from one chunk to the next.
            ways: What is made of its scores.
        """
        self._classifier, self._stride, self._ways = classifier, stride, ways
        self._lowest_gate = min(way.gate for way in ways)
        labels = classifier.bundle.manifest.labels
        self._outputs = [[labels.index(name) for name in LABELS[sound]] for sound in SOUNDS]

    def hear(self, samples: Floats) -> dict[Setting, list[Said]]:
        """Hear a sound chunk by chunk; the first one ends after 0.975 s."""
        starts = np.arange(0, len(samples) - CHUNK + 1, self._stride)
        levels = np.array([rms(samples[at : at + CHUNK]) for at in starts])
        scores = np.zeros((len(starts), len(SOUNDS)), np.float32)
        for row in np.flatnonzero(levels >= self._lowest_gate):
            scores[row] = self._scores(samples[starts[row] : starts[row] + CHUNK])
        said = dict[Setting, list[Said]]()
        for way in self._ways:
            passed = np.where(levels[:, None] >= way.gate, scores, 0.0)[:: way.every]
            ends_s = ((starts + CHUNK) / SAMPLE_RATE_HZ)[:: way.every]
            for limit in way.limits:
                began = beginnings(ends_s, passed > limit, way.hold_s)
                said[Setting(way.called, limit)] = began
        return said

    def _scores(self, chunk: Floats) -> list[float]:
        outputs = self._classifier.outputs(chunk)
        return [float(outputs[labels].max()) for labels in self._outputs]


def beginnings(
    ends_s: NDArray[np.float64], is_over: NDArray[np.bool_], hold_s: float
) -> list[Said]:
    """Return when each sound began: over its threshold, and not so for `hold_s` before.

    Args:
        ends_s: When each chunk ended, shape (chunks,).
        is_over: Which sounds were over theirs, shape (chunks, len(SOUNDS)).
        hold_s: How long a sound lasts on without being heard.
    """
    said = []
    for sound, own in zip(SOUNDS, is_over.T, strict=True):
        over_s = ends_s[own]
        began_s = over_s[np.diff(over_s, prepend=-np.inf) > hold_s]
        said += [Said(sound, float(at_s)) for at_s in began_s]
    return sorted(said, key=lambda one: one.at_s)


def open_yamnet(data: Path) -> Classifier:
    """Open Google's yamnet.tflite through the node's own classifier.

    Args:
        data: Holds yamnet/ with the network and its labels.
    """
    with tempfile.TemporaryDirectory() as folder:
        yamnet.wrap(data / "yamnet", Path(folder))
        return Classifier(load(Path(folder)))
