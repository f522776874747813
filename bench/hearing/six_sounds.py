"""The six sounds in home timelines: the household beside YAMNet, at equal false alerts too."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.hearing import truth
from bench.hearing.background import Backgrounds
from bench.hearing.ears import Listener, Setting
from bench.hearing.peer import SOUNDS
from bench.hearing.recordings import ALERTING
from bench.hearing.score import Score, score, together
from bench.hearing.timeline import Condition, Timeline, length_s, timeline
from contract.catalogue import catalogue
from node.blocks import SAMPLE_RATE_HZ
from training.datasets.clip import Clip

AS_RECORDED = Condition("room tone", 40.0, is_roomy=False)
"""Nearly what a recording alone is: how the peer was measured before."""
CONDITIONS = tuple(
    Condition(background, snr_db)
    for background in ("room tone", "speech", "music", "television", "rain")
    for snr_db in (30.0, 20.0, 10.0)
)
CLIPS = 8
"""Recordings of each sound: all that fold 5 holds."""
SEED = 5
KEPT = Path("runs") / "hearing"
"""The truth of every timeline is written here."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How each setting fared in each condition, and what else it said.

    Attributes:
        scores: By setting and condition.
        others: Alerts of sounds that were never played, emergencies and attention alone.
    """

    scores: dict[Setting, dict[Condition, Score]]
    others: dict[Setting, Counter[str]]

    def overall(self, setting: Setting) -> Score:
        """Return the score over all conditions but the recordings alone."""
        return together(one for at, one in self.scores[setting].items() if at != AS_RECORDED)


def hear(
    listeners: Sequence[Listener], clips: Iterable[Clip], backgrounds: Backgrounds, scale: float
) -> Heard:
    """Play every condition to every ear.

    Args:
        listeners: The ears.
        clips: Held-out recordings.
        backgrounds: Makes what they are heard in.
        scale: 1.0 plays all clips.
    """
    scores: dict[Setting, dict[Condition, Score]] = defaultdict(dict)
    others: dict[Setting, Counter[str]] = defaultdict(Counter)
    for condition, played in _timelines(_chosen(clips, scale), backgrounds):
        seconds = len(played.samples) / SAMPLE_RATE_HZ
        for listener in listeners:
            for setting, said in listener.hear(played.samples).items():
                own = [one for one in said if one.sound in SOUNDS]
                scores[setting][condition] = score(played.truth, own, seconds)
                others[setting].update(
                    one.sound
                    for one in said
                    if one.sound not in SOUNDS and not one.possible and alerts(one.sound)
                )
    return Heard(dict(scores), dict(others))


def alerts(sound: str) -> bool:
    """Whether a sound is an emergency or wants attention."""
    return catalogue().get(sound).urgency in ALERTING


def _timelines(
    clips: Sequence[Clip], backgrounds: Backgrounds
) -> Iterator[tuple[Condition, Timeline]]:
    for number, condition in enumerate((AS_RECORDED, *CONDITIONS)):
        random = np.random.default_rng((SEED, number))
        background = backgrounds.make(condition.background, random, length_s(clips))
        played = timeline(clips, background, condition, seed=number)
        named = f"{condition.background} {condition.snr_db:.0f} dB".replace(" ", "-")
        truth.write(KEPT / f"{named}.jsonl", played.truth)
        yield condition, played


def _chosen(clips: Iterable[Clip], scale: float) -> list[Clip]:
    """As many clips of each sound, from the first ones on."""
    of_sound = {sound: list[Clip]() for sound in SOUNDS}
    for clip in clips:
        if clip.sound in of_sound:
            of_sound[clip.sound].append(clip)
    wanted = max(1, round(scale * CLIPS))
    return [clip for some in of_sound.values() for clip in some[:wanted]]
