"""Hours of a home without an emergency: clips one after another, and what is wrongly told."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contract.catalogue import BACKGROUND, Urgency, catalogue
from contract.messages import Phase
from node.bundle import Threshold
from node.classifier import Classifier
from node.detector import Detector
from node.ear import HOP_S, emergencies
from node.spectra import Floats
from training.datasets.clip import SAMPLE_RATE_HZ, Clip
from training.datasets.room import in_a_room
from training.hearing import scores_of
from training.told import is_emergency

PIECE_S = 450.0
LEVEL_DB = (-45.0, -20.0)
"""Of a piece, dBFS: from the next room to beside the microphone."""
ROOM_TONE_DB = -40.0
"""Under a piece: no room is silent."""
GAIN_DB = (-15.0, 0.0)
"""How much quieter than the loudest a clip is played."""
GAP_S = (-1.5, 4.0)
"""From one clip's end to the next one's start: some overlap."""
ROOMY, TWOFOLD = 0.5, 0.5
"""Shares of clips in a room of their own, and of pieces with a second run of clips."""
ABOUT_S = 3.0
"""What is told so long after a clip is still its sound: the window holds its end."""


@dataclass(frozen=True, slots=True)
class Span:
    """When a clip was played."""

    sound: str
    began_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Piece:
    """Some minutes of a home: a network's scores each half second, and what was there.

    Attributes:
        scores: Shape (windows, sounds).
        window_s: Length of a window; the first begins at 0.
        spans: The clips that were played and are more than background.
    """

    scores: Floats
    window_s: float
    spans: Sequence[Span]


def pieces(
    classifier: Classifier, clips: Sequence[Clip], *, hours: float, seed: int
) -> Iterator[Piece]:
    """Play clips at random to a network.

    Args:
        classifier: Of a log-mel bundle.
        clips: Those of emergencies are left out.
        hours: How long.
        seed: Of every choice.
    """
    harmless = [one for one in clips if not is_emergency(one.sound)]
    window_s = classifier.bundle.manifest.input.window_samples / SAMPLE_RATE_HZ
    for number in range(max(1, round(hours * 3600.0 / PIECE_S)) if harmless else 0):
        random = np.random.default_rng((seed, number))
        samples, spans = _run(harmless, random)
        if random.random() < TWOFOLD:
            second, more = _run(harmless, random)
            samples, spans = samples + _share(random.uniform(*GAIN_DB)) * second, [*spans, *more]
        yield Piece(scores_of(classifier, _recorded(samples, random), HOP_S), window_s, spans)


def false_alerts(
    piece: Piece, sounds: Sequence[str], rules: Mapping[str, Threshold]
) -> Counter[str]:
    """Count what a node would tell by its network, by sound, of what was not there.

    An emergency is always false here. Else what is told while a sound that alerts is there is but
    a wrong name for it.

    Args:
        piece: What was heard.
        sounds: What each score means.
        rules: When each counts as heard.
    """
    detector = Detector(sounds, rules, emergencies=emergencies(sounds), hop_s=HOP_S)
    false: Counter[str] = Counter()
    for number, scores in enumerate(piece.scores):
        at_s = piece.window_s + number * HOP_S
        for told in detector.step(scores, at_s, level_db=-30.0, floor_db=-60.0):
            false[told.sound] += told.phase is Phase.BEGAN and not _excuses(piece, told.sound, at_s)
    return false


def _excuses(piece: Piece, sound: str, at_s: float) -> bool:
    there = [one.sound for one in piece.spans if one.began_s <= at_s <= one.ended_s + ABOUT_S]
    return not is_emergency(sound) and (sound in there or any(map(_alerts, there)))


def _alerts(sound: str) -> bool:
    return catalogue().get(sound).urgency is Urgency.ATTENTION


def _run(clips: Sequence[Clip], random: np.random.Generator) -> tuple[Floats, list[Span]]:
    """Play clips one after another at random, shape (samples,)."""
    stream, at = np.zeros(int(PIECE_S * SAMPLE_RATE_HZ), np.float32), 0
    spans = []
    while at < len(stream):
        clip = clips[int(random.integers(len(clips)))]
        samples = clip.samples()
        if random.random() < ROOMY:
            samples = in_a_room(samples, str(random.integers(1 << 30)))
        samples = samples[: len(stream) - at]
        peak = max(1e-6, float(np.abs(samples).max()))
        stream[at : at + len(samples)] += samples * _share(random.uniform(*GAIN_DB)) / peak
        if clip.sound != BACKGROUND:
            first_s, length_s = at / SAMPLE_RATE_HZ, len(samples) / SAMPLE_RATE_HZ
            spans.append(Span(clip.sound, first_s, first_s + length_s))
        at += max(1, len(samples) + int(random.uniform(*GAP_S) * SAMPLE_RATE_HZ))
    return stream, spans


def _recorded(samples: Floats, random: np.random.Generator) -> Floats:
    """A piece at some level over a faint room tone, cut off at full scale."""
    level = float(np.sqrt(np.mean(np.square(samples), dtype=np.float64)))
    tone = random.standard_normal(len(samples), np.float32) * _share(ROOM_TONE_DB)
    heard = (samples / np.float32(max(1e-9, level)) + tone) * _share(random.uniform(*LEVEL_DB))
    cut: Floats = np.clip(heard, -1.0, 1.0)
    return cut


def _share(level_db: float) -> np.float32:
    return np.float32(10.0 ** (level_db / 20.0))
