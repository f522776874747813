"""A node's ear: from audio blocks to detections, the same in a room, over files and in training."""

from collections.abc import Callable, Collection, Mapping
from math import inf

from contract.catalogue import Urgency, catalogue
from contract.errors import InputError
from node.blocks import SAMPLE_RATE_HZ, AudioBlock, Window, Windows
from node.bundle import LogMelInput, Threshold, WaveformInput
from node.classifier import Classifier
from node.detector import Detection, Detector
from node.features import LogMelStream
from node.level import SILENCE_DB, Loudness, NoiseFloor, level_db
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
        rules = {sound: manifest.threshold(sound) for sound in sounds} | dict(thresholds or {})
        self._windows = Windows(self.window_samples, self.hop_samples)
        self._see = _sight(manifest.input)
        self._judge = classifier.scores
        self._detector = Detector(sounds, rules, emergencies=emergencies(sounds))
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
            picture = self._see(window)
            loudest_db = self._measure(window)
            if window.ended_s < not_before_s:
                self.dropped += 1
                continue
            self.decisions += 1
            detections += self._detector.step(
                self._judge(picture), window.ended_s, loudest_db, self.floor_db
            )
        return detections

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


class _LogMelSight:
    """The picture of a window, of which only the new part is computed."""

    def __init__(self, wanted: LogMelInput) -> None:
        self._stream = LogMelStream(wanted.log_mel, wanted.frames)

    def __call__(self, window: Window) -> Floats:
        if not window.follows:
            self._stream.reset()
        self._stream.push(window.news)
        return self._stream.picture()


def _sight(wanted: LogMelInput | WaveformInput) -> Callable[[Window], Floats]:
    """How a window is shown to the network."""
    if isinstance(wanted, LogMelInput):
        return _LogMelSight(wanted)
    return lambda window: window.samples


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
