"""A node that is slower than the sound says so until it keeps up again."""

import pytest

from node.pace import Pace


def judge(pace: Pace, seconds: float, *, took: float) -> None:
    for _ in range(round(2 * seconds)):
        pace.judged(0.5, took_s=0.5 * took)


def test_judging_that_takes_longer_than_the_sound_is_told_after_a_minute() -> None:
    pace = Pace()

    judge(pace, 59.0, took=1.25)
    assert pace.doubt(0, 59.0) == ""
    judge(pace, 1.0, took=1.25)

    assert pace.doubt(0, 60.0) == "takes 1.2 s to judge a second of sound"


@pytest.mark.parametrize("took", [0.05, 0.99])
def test_one_that_keeps_up_is_no_trouble_and_ends_one(took: float) -> None:
    pace = Pace()
    judge(pace, 60.0, took=2.0)

    judge(pace, 60.0, took=took)

    assert pace.doubt(0, 120.0) == ""


def test_one_slow_moment_in_a_minute_is_no_trouble() -> None:
    pace = Pace()

    pace.judged(0.5, took_s=20.0)
    judge(pace, 60.0, took=0.3)

    assert pace.doubt(0, 80.0) == ""


def test_sound_that_is_left_out_is_told_at_once_and_for_half_a_minute() -> None:
    pace = Pace()
    assert pace.doubt(0, 100.0) == ""

    assert pace.doubt(3, 101.0) == "leaves sound out; it is too slow"
    assert pace.doubt(3, 130.0)
    assert pace.doubt(3, 131.0) == ""
    assert pace.doubt(4, 140.0)
