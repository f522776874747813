"""Plays scenes of alarms to the household: what it says of each, and how soon."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from bench.hearing import alarms
from bench.hearing.alarm_kinds import CHIRP, FAMILIES, T3_PIEZO, T3_SQUARE, T4_PIEZO
from bench.hearing.alarms import NOISES, SNR_DB
from bench.hearing.background import Backgrounds
from bench.hearing.ears import Household
from bench.hearing.score import LATE_S, Said
from bench.hearing.truth import Truth

RHYTHMS = {T3_PIEZO: 216, T3_SQUARE: 144, T4_PIEZO: 216, CHIRP: 120}
"""Scenes of each: 504 of T3 and T4 are at least as loud as the noise."""
FAMILY_SCENES = 30
"""Of each fire alarm without a rhythm, in the room and behind the door."""
ROOM_DB, DOOR_DB = 10.0, -5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was said of one alarm.

    Attributes:
        truth: What it was.
        named: Every sound that began while it was there or soon after.
        delay_s: From onset to the alert of its own sound; infinity: never.
        possible_s: To the first word of its own sound, a possible one too.
    """

    truth: Truth
    named: frozenset[str]
    delay_s: float
    possible_s: float

    @property
    def is_hit(self) -> bool:
        """Whether it was named."""
        return self.delay_s < inf


def rhythms(ear: Household, backgrounds: Backgrounds, scale: float) -> list[Outcome]:
    """Play T3, T4 and chirps at every SNR in every noise."""
    found = []
    for kind, scenes in RHYTHMS.items():
        for number in range(max(len(SNR_DB), round(scale * scenes))):
            snr_db = SNR_DB[number % len(SNR_DB)]
            called = NOISES[number // len(SNR_DB) % len(NOISES)]
            noise = alarms.noise(backgrounds, called, kind, number)
            scene = alarms.scene(kind, noise, called, snr_db, number)
            found.append(_outcome(ear, scene))
    return found


def families(
    ear: Household, backgrounds: Backgrounds, scale: float
) -> tuple[list[Outcome], list[Outcome]]:
    """Play fire alarms without a rhythm; returns those in the room, and those behind a door."""
    near, far = [], []
    for kind in FAMILIES:
        for number in range(max(len(NOISES), round(scale * FAMILY_SCENES))):
            called = NOISES[number % len(NOISES)]
            noise = alarms.noise(backgrounds, called, kind, number)
            near.append(_outcome(ear, alarms.scene(kind, noise, called, ROOM_DB, number)))
            far.append(
                _outcome(ear, alarms.scene_behind_door(kind, noise, called, DOOR_DB, number))
            )
    return near, far


def _outcome(ear: Household, scene: alarms.Scene) -> Outcome:
    (heard,) = ear.hear(scene.samples).values()
    return outcome(scene.truth, heard)


def outcome(truth: Truth, said: Sequence[Said]) -> Outcome:
    """Hold what was said against one alarm."""
    during = [one for one in said if truth.onset_s <= one.at_s <= truth.ends_s + LATE_S]
    own = [one for one in during if one.sound == truth.sound]
    began_s = [one.at_s - truth.onset_s for one in own if not one.possible]
    return Outcome(
        truth,
        frozenset(one.sound for one in during if not one.possible),
        min(began_s, default=inf),
        min((one.at_s - truth.onset_s for one in own), default=inf),
    )
