"""The scorer of what a node hears: hits, false alerts, intervals, and YAMNet's beginnings."""

from math import inf
from pathlib import Path

import numpy as np
import pytest

from bench.hearing import truth
from bench.hearing.alarm_scenes import outcome
from bench.hearing.peer import SOUNDS, beginnings
from bench.hearing.score import Said, rate, score, together, wilson
from bench.hearing.truth import Truth


def there(sound: str, onset_s: float, ends_s: float) -> Truth:
    return Truth(
        sound=sound,
        onset_s=onset_s,
        ends_s=ends_s,
        clip="a",
        real=True,
        background="rain",
        snr_db=10.0,
    )


DOG, KNOCK = there("dog", 10.0, 12.0), there("door_knock", 20.0, 21.0)


def test_the_first_alert_of_a_sound_names_it_and_later_ones_are_not_false() -> None:
    found = score([DOG], [Said("dog", 11.5), Said("dog", 10.5)], 60.0)
    assert [one.delay_s for one in found.found] == [0.5]
    assert (found.false, found.misnamed) == ((), ())


@pytest.mark.parametrize(("at_s", "is_hit"), [(9.9, False), (10.0, True), (14.0, True)])
def test_an_alert_names_what_is_there_or_was_just_now(at_s: float, is_hit: bool) -> None:
    assert score([DOG], [Said("dog", at_s)], 60.0).hits == is_hit


def test_an_alert_is_false_while_nothing_is_there_and_misnamed_while_another_sound_is() -> None:
    found = score([DOG, KNOCK], [Said("dog", 20.5), Said("dog", 40.0)], 3600.0)
    assert found.misnamed == (Said("dog", 20.5),)
    assert found.false == (Said("dog", 40.0),)
    assert (found.recall, found.false_per_hour) == (0.0, 1.0)


def test_what_is_only_possible_is_no_alert() -> None:
    found = score([DOG], [Said("dog", 11.0, possible=True), Said("siren", 1.0, possible=True)], 60)
    assert (found.hits, found.false) == (0, ())


def test_scores_of_several_timelines_add_up() -> None:
    whole = together([score([DOG], [Said("dog", 11.0)], 1800.0), score([DOG, KNOCK], [], 1800.0)])
    assert (whole.hits, len(whole.found), whole.hours) == (1, 3, 1.0)
    assert (whole.of("dog").hits, len(whole.of("dog").found)) == (1, 2)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (15, 50, 0.191, 0.438), (0, 0, 0.0, 1.0)],
)
def test_wilsons_interval_is_the_published_one(
    hits: int, trials: int, low: float, high: float
) -> None:
    assert wilson(hits, trials) == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.69), (5, 1.62, 11.67)])
def test_the_interval_of_a_count_is_nearly_poissons(count: int, low: float, high: float) -> None:
    assert rate(count, 1.0) == pytest.approx((low, high), abs=0.03)


def test_yamnet_tells_a_sound_again_only_after_it_has_held_its_peace() -> None:
    is_over = np.zeros((50, len(SOUNDS)), np.bool_)
    is_over[[3, 5, 20], SOUNDS.index("siren")] = True
    ends_s = np.arange(50, dtype=np.float64)
    assert beginnings(ends_s, is_over, 10.0) == [Said("siren", 3.0), Said("siren", 20.0)]
    assert beginnings(ends_s, is_over, 30.0) == [Said("siren", 3.0)]


def test_an_alarms_first_word_may_be_a_possible_one() -> None:
    heard = [Said("dog", 11.0, possible=True), Said("siren", 11.2), Said("dog", 12.0)]
    found = outcome(DOG, heard)
    assert (found.possible_s, found.delay_s) == (1.0, 2.0)
    assert found.named == {"dog", "siren"}
    assert outcome(DOG, [Said("dog", 30.0)]).delay_s == inf


def test_a_truth_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    truth.write(tmp_path / "new" / "one.jsonl", [DOG, KNOCK])
    assert truth.read(tmp_path / "new" / "one.jsonl") == [DOG, KNOCK]
