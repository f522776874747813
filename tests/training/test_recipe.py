"""The recipe that ships claims the sounds of the catalogue, and maps every label onto one."""

import tomllib

from contract.catalogue import BACKGROUND, catalogue
from tests.real import ROOT
from training import recipe
from training.datasets.clip import LEAVE_OUT

HOUSEHOLD = recipe.load("household")
NOT_HEARD = {"scream", "loud_unknown"}
"""One wants data before a network may claim it, the other is made by the detector."""


def test_household_claims_every_sound_of_the_catalogue_but_two() -> None:
    assert set(HOUSEHOLD.sounds) == set(catalogue().sound) - NOT_HEARD


def test_alarms_stay_one_event_through_their_pauses() -> None:
    assert HOUSEHOLD.sounds["smoke_alarm"].hold_s >= 2.5
    assert HOUSEHOLD.sounds["co_alarm"].hold_s >= 7.0


def test_every_label_means_a_sound_of_the_recipe() -> None:
    text = (ROOT / "training" / "labels.toml").read_text(encoding="utf-8")
    meanings = {sound for table in tomllib.loads(text).values() for sound in table.values()}
    assert meanings <= {*HOUSEHOLD.sounds, BACKGROUND, LEAVE_OUT}


def test_every_label_of_yamnet_means_a_sound_of_the_catalogue() -> None:
    text = (ROOT / "training" / "yamnet.toml").read_text(encoding="utf-8")
    assert set(tomllib.loads(text)["sounds"]) <= {*catalogue().sound, BACKGROUND}
