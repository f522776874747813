"""Home timelines: recordings of the six sounds, one after the other, in a background."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.hearing.levels import at_level, lasts, loud_rms, recorded, rms
from bench.hearing.rooms import HOME_RT60_S, in_room, response
from bench.hearing.truth import Truth
from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats
from training.datasets.clip import Clip

SLOT_S = 16.0
"""One sound every 16 s. A clip has 5 s; the longest hold of the six sounds here is 3 s."""
EARLIEST_S, LATEST_S = 3.0, 6.0
"""When within its slot a sound begins: at any phase of an ear's pace."""
LEVEL_DB = -23.0
"""Of a sound's loudest half second, dBFS: well above the peer's gate of -36, so that the gate alone
does not decide."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A piece of sound and what there is to hear in it.

    Attributes:
        samples: Mono in -1..1 at 16 kHz, shape (n,).
        truth: By time.
    """

    samples: Floats
    truth: tuple[Truth, ...]


def length_s(clips: Sequence[Clip]) -> float:
    """Return how long a timeline of so many clips is, in s."""
    return len(clips) * SLOT_S


@dataclass(frozen=True, slots=True)
class Condition:
    """In what the sounds are heard.

    Attributes:
        background: Its kind.
        snr_db: A sound's loudest half second over the whole background's RMS.
        is_roomy: Whether each recording is played in one more room than it was made in.
    """

    background: str
    snr_db: float
    is_roomy: bool = True


def timeline(
    clips: Sequence[Clip], background: Floats, condition: Condition, seed: int
) -> Timeline:
    """Play every clip once, each in a room of its own; pure.

    The sounds come in turn, always in the same order, so that the peer, which holds a sound for
    30 s, has let go of it when it comes again.

    Args:
        clips: What is to be heard; as many of each sound.
        background: At any level, at least as long as `length_s`.
        condition: What the background is, and how far below the sounds.
        seed: Decides order, moment and room.
    """
    random = np.random.default_rng(seed)
    samples = background[: int(length_s(clips) * SAMPLE_RATE_HZ)].copy()
    samples = at_level(samples, LEVEL_DB - condition.snr_db, rms(samples))
    truth = []
    for slot, clip in enumerate(_in_turn(clips, random)):
        began_s = slot * SLOT_S + random.uniform(EARLIEST_S, LATEST_S)
        dry = clip.samples()
        onset_s, ends_s = lasts(dry)
        room = response(random, random.uniform(*HOME_RT60_S))
        wet = in_room(dry, room) if condition.is_roomy else dry
        first = int(began_s * SAMPLE_RATE_HZ)
        wet = at_level(wet, LEVEL_DB, loud_rms(wet))[: len(samples) - first]
        samples[first : first + len(wet)] += wet
        truth.append(
            Truth(
                sound=clip.sound,
                onset_s=round(began_s + onset_s, 3),
                ends_s=round(began_s + ends_s, 3),
                clip=clip.name,
                real=clip.real,
                background=condition.background,
                snr_db=condition.snr_db,
            )
        )
    return Timeline(recorded(samples), tuple(truth))


def _in_turn(clips: Sequence[Clip], random: np.random.Generator) -> list[Clip]:
    """One clip of each sound, and again, the sounds always in one order, the clips in any."""
    sounds = list(dict.fromkeys(clip.sound for clip in clips))
    mixed = [clips[index] for index in random.permutation(len(clips))]
    of_sound = [[c for c in mixed if c.sound == sounds[i]] for i in random.permutation(len(sounds))]
    return [clip for turn in zip(*of_sound, strict=True) for clip in turn]
