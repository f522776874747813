"""A node's ear: from audio blocks to detections, the same in a room, over files and in training."""

from collections.abc import Collection, Mapping
from math import inf

import numpy as np

from contract.catalogue import Urgency, catalogue
from contract.errors import InputError
from node.beyond import Beyond, rule
from node.blocks import SAMPLE_RATE_HZ, AudioBlock, Window, Windows
from node.bundle import LogMelInput, Threshold, WaveformInput
from node.classifier import Classifier
from node.detection import Detection
from node.detector import Detector
from node.gate import Gate
from node.groups import Pattern
from node.level import SILENCE_DB, Loudness, NoiseFloor, level_db
from node.sight import sight
from node.spectra import Floats

HOP_S = 0.5
"""Two decisions a second: within the first two beeps of a smoke alarm."""
FLOOR_MEMORY_S = 600.0


class Ear:
    """Frames, sees, judges and detects; pure but for the network inside the classifier.

    Attributes:
        model: Name of the bundle.
        unproven: Sounds that no real recording has tested.
        window_samples: How much sound is judged at once.
        hop_samples: How much new sound each decision takes.
        level_db: Level of the newest sound, dBFS.
        floor_db: The room's noise floor, dBFS.
        decisions: How many windows were judged.
        dropped: How many windows were too late to be judged.
    """

    def __init__(
        self,
        classifier: Classifier,
        hop_s: float = HOP_S,
        thresholds: Mapping[str, Threshold] | None = None,
    ) -> None:
        """Begin in silence.

        Args:
            classifier: The opened network of a bundle.
            hop_s: Time from one decision to the next.
            thresholds: For sounds that shall not follow the bundle's own thresholds.

        Raises:
            InputError: `hop_s` does not fit the bundle.
        """
        manifest, sounds = classifier.bundle.manifest, classifier.sounds
        self.model, self.unproven = manifest.name, manifest.unproven
        self.window_samples = manifest.input.window_samples
        self.hop_samples = _hop_samples(hop_s, manifest.input)
        self._windows = Windows(self.window_samples, self.hop_samples)
        self._gate, self._is_open = Gate(), False
        self._sight, self._judge = sight(manifest.input), classifier.scores
        self._beyond = Beyond(sounds)
        known = (*sounds, *self._beyond.sounds)
        self._quiet, self._known = (np.zeros(len(each), np.float32) for each in (sounds, known))
        rules = {sound: rule(manifest, sound) for sound in known} | dict(thresholds or {})
        self._detector = Detector(known, rules, emergencies=emergencies(known), hop_s=hop_s)
        self._loudness = Loudness(-(-self.window_samples // self.hop_samples))
        self._floor = NoiseFloor(max(1, round(FLOOR_MEMORY_S / hop_s)))
        self.level_db = self.floor_db = SILENCE_DB
        self.decisions = self.dropped = 0

    @property
    def sounding(self) -> tuple[Detection, ...]:
        """What sounds now: how each of them began."""
        return self._detector.sounding

    def hear(self, block: AudioBlock, *, not_before_s: float = -inf) -> list[Detection]:
        """Hear a block.

        Args:
            block: The next sound.
            not_before_s: Windows that ended earlier are counted, not judged: where the network is
                slower than the sound, the oldest are given up.
        """
        detections = []
        for window in self._windows.push(block):
            loudest_db = self._measure(window)
            scores, patterns = self._look(window, loudest_db, is_late=window.ended_s < not_before_s)
            if scores is None and not patterns:
                continue
            if scores is not None:  # else those of before: a rhythm comes late, but it comes
                self._known = self._beyond.scores(scores, loudest_db, self.floor_db)
            detections += self._detector.step(
                self._known, window.ended_s, loudest_db, self.floor_db, patterns
            )
        return detections

    def _look(
        self, window: Window, loudest_db: float, *, is_late: bool
    ) -> tuple[Floats | None, list[Pattern]]:
        """See and judge a window: nothing in a quiet room, no scores where it comes too late."""
        follows = window.follows and self._is_open
        self._is_open = self._gate.is_open(loudest_db, self.floor_db, window.ended_s)
        self.dropped += is_late
        if not self._is_open:
            return None if is_late else self._quiet, []
        seen, patterns = self._sight.see(window, follows=follows)
        if is_late:
            return None, patterns
        self.decisions += 1
        return self._judge(seen), patterns

    def finish(self) -> list[Detection]:
        """End what still sounds: no more is to come."""
        return self._detector.finish()

    def _measure(self, window: Window) -> float:
        """Measure what is new; returns the level of the window's loudest 0.1 s."""
        self.level_db = level_db(window.news)
        self.floor_db = self._floor.push(self.level_db)
        return self._loudness.push(window.news)


def emergencies(sounds: Collection[str]) -> frozenset[str]:
    """Return those of some sounds that are emergencies."""
    known = catalogue()
    return frozenset(s for s in sounds if known.get(s).urgency is Urgency.EMERGENCY)


def _hop_samples(hop_s: float, wanted: LogMelInput | WaveformInput) -> int:
    step = wanted.hop_size if isinstance(wanted, LogMelInput) else 1
    window_s, step_s = wanted.window_samples / SAMPLE_RATE_HZ, step / SAMPLE_RATE_HZ
    if not 0.0 < hop_s < window_s:
        raise InputError(f"hop of {hop_s} s must be above 0 and below the window of {window_s} s")
    hop = round(hop_s * SAMPLE_RATE_HZ)
    if hop % step or not hop:
        raise InputError(
            f"hop of {hop_s} s must be a multiple of {step_s} s, the step of this bundle's input"
        )
    return hop
