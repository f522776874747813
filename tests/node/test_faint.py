"""A microphone that fell silent but for its last bit is told; a silent night is not."""

import numpy as np
import pytest

from node.faint import Faint
from tests.node.test_doubts import room

RATE_HZ = 16_000
SECOND = 2 * RATE_HZ
USUAL_DB = -60.0


def hear(faint: Faint, level_db: float, minutes: float, *, offset: int = 0) -> None:
    """Hear a room of this level in pieces of a second, out of five that come in turn."""
    pcm = np.frombuffer(room(level_db, 5.0), "<i2") + np.int16(offset)
    pieces = pcm.tobytes()
    for second in range(round(60 * minutes)):
        start = SECOND * (second % 5)
        faint.hear(pieces[start : start + SECOND])


def usual(minutes: float = 31.0, level_db: float = USUAL_DB) -> Faint:
    """Return one that knows how loud its room is."""
    faint = Faint()
    faint.begin(RATE_HZ, 1)
    hear(faint, level_db, minutes)
    assert faint.doubt == ""
    return faint


@pytest.mark.parametrize("offset", [0, 900])
def test_a_microphone_of_which_only_dither_is_left_is_told_after_ten_minutes(offset: int) -> None:
    faint = usual()

    hear(faint, -100.0, 9.0, offset=offset)
    assert faint.doubt == ""
    hear(faint, -100.0, 1.5, offset=offset)

    assert "far fainter than it was" in faint.doubt
    assert len(faint.doubt) <= 110


@pytest.mark.parametrize("fall_db", [10.0, 24.0, 27.0])
def test_a_silent_night_is_no_doubt_as_the_microphone_itself_hisses(fall_db: float) -> None:
    faint = usual()

    hear(faint, USUAL_DB - fall_db, 30.0)

    assert faint.doubt == ""


def test_one_that_hisses_as_little_as_data_sheets_promise_is_no_doubt() -> None:
    faint = usual()

    hear(faint, -90.0, 30.0)  # one step RMS, and dither as a converter adds it

    assert faint.doubt == ""


def test_a_microphone_that_was_always_faint_is_no_doubt() -> None:
    faint = usual(level_db=-100.0)

    hear(faint, -105.0, 30.0)

    assert faint.doubt == ""


def test_ten_minutes_are_no_doubt_before_half_an_hour_was_heard() -> None:
    faint = usual(minutes=20.0)

    hear(faint, -100.0, 30.0)

    assert faint.doubt == ""


def test_a_faint_microphone_is_told_for_days_and_believed_within_two_minutes() -> None:
    faint = usual()

    hear(faint, -100.0, 120.0)
    assert faint.doubt
    hear(faint, USUAL_DB, 2.0)

    assert faint.doubt == ""


def test_what_was_learned_outlives_opening_it_anew() -> None:
    faint = usual()
    hear(faint, -100.0, 11.0)

    faint.begin(48_000, 2)

    assert faint.doubt
    for _ in range(11 * 60):
        faint.hear(bytes(2 * 2 * 48_000))
    assert faint.doubt


def test_a_plug_that_crackles_now_and_then_hides_nothing() -> None:
    faint = usual()

    for _ in range(11):
        hear(faint, -100.0, 58.0 / 60.0)
        hear(faint, -30.0, 2.0 / 60.0)

    assert faint.doubt
