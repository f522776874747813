"""Sounds beside those that a network names."""

import numpy as np
import pytest

from node import bundle
from node.beyond import LOUD_UNKNOWN, RULES, Beyond, rule
from tests.tones import TINY_BUNDLE


def unknown(*scores: float, loudest_db: float = -20.0, floor_db: float = -60.0) -> float:
    """The score of something loud without a name."""
    beyond = Beyond(("dog", "background"))
    found = beyond.scores(np.array(scores, np.float32), loudest_db, floor_db)
    return float(found[2 + beyond.sounds.index(LOUD_UNKNOWN)])


def test_what_is_loud_and_like_nothing_is_unknown() -> None:
    assert unknown(0.05, 0.1) == pytest.approx(0.9)


@pytest.mark.parametrize("named", [(0.95, 0.1), (0.1, 0.95)])
def test_what_has_a_name_is_not_even_background(named: tuple[float, float]) -> None:
    assert unknown(*named) < RULES[LOUD_UNKNOWN].off


@pytest.mark.parametrize(("loudest_db", "floor_db"), [(-50.0, -90.0), (-20.0, -40.0)])
def test_what_is_faint_or_as_loud_as_the_room_is_nothing(
    loudest_db: float, floor_db: float
) -> None:
    assert unknown(0.0, 0.0, loudest_db=loudest_db, floor_db=floor_db) == 0.0


def test_a_network_keeps_its_own_rules_for_what_it_names() -> None:
    manifest = bundle.load(TINY_BUNDLE).manifest

    assert rule(manifest, "smoke_alarm") == manifest.threshold("smoke_alarm")
    assert rule(manifest, "co_alarm") == RULES["co_alarm"]
    assert "smoke_alarm" not in Beyond(("smoke_alarm",)).sounds
