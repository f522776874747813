import pytest

from hub.view import HistoryRow
from hub.web.timeline import LEAST_WIDTH, SPAN_S, Mark, lanes
from tests.hub.web.conftest import AT_S
from tests.hub.web.scenes import row, scene


def marks(rows: list[HistoryRow], room: str = "kitchen", name: str = "calm") -> tuple[Mark, ...]:
    newest_first = sorted(rows, key=lambda row: -row.heard_s)
    drawn = lanes(scene(name, AT_S), newest_first)
    return next(lane.marks for lane in drawn if lane.room.room_id == room)


def test_a_sound_lasts_from_its_began_to_its_ended() -> None:
    began = row("1", "water", "kitchen", "began", heard_s=AT_S - 1800.0)
    ended = row("2", "water", "kitchen", "ended", heard_s=AT_S - 900.0, duration_s=900.0)
    (mark,) = marks([began, ended])
    assert (mark.left, mark.width, mark.tone, mark.sound) == (50.0, 25.0, "notice", "water")


def test_a_short_sound_can_still_be_seen() -> None:
    (mark,) = marks([row("1", "doorbell", "kitchen", "began", heard_s=AT_S)])
    assert mark.width == LEAST_WIDTH
    assert mark.left + mark.width == pytest.approx(100.0)


def test_what_ended_before_the_hour_is_not_drawn() -> None:
    began = row("1", "water", "kitchen", "began", heard_s=AT_S - SPAN_S - 90.0)
    ended = row("2", "water", "kitchen", "ended", heard_s=AT_S - SPAN_S - 5.0)
    assert not marks([began, ended])


def test_what_reaches_into_the_hour_begins_at_its_edge() -> None:
    began = row("1", "water", "kitchen", "began", heard_s=AT_S - SPAN_S - 600.0)
    ended = row("2", "water", "kitchen", "ended", heard_s=AT_S - SPAN_S / 2)
    (mark,) = marks([began, ended])
    assert (mark.left, mark.width) == (0.0, 50.0)


def test_an_unlikely_sound_is_not_drawn() -> None:
    assert not marks([row("1", "cough", "kitchen", "possible", heard_s=AT_S - 60.0)])


def test_what_sounds_now_reaches_the_right_edge_once() -> None:
    began = row("1", "smoke_alarm", "kitchen", "began", heard_s=AT_S - 22.0)
    (mark,) = marks([began], name="alarm")
    assert mark.tone == "emergency"
    assert mark.left + mark.width == pytest.approx(100.0)


def test_a_deaf_room_is_hatched_since_it_went_deaf() -> None:
    (mark,) = marks([], room="study", name="trouble")
    assert mark.tone == "trouble"
    assert mark.left == pytest.approx(100.0 * (1 - 2460 / 3600), abs=0.01)
    assert mark.left + mark.width == pytest.approx(100.0, abs=0.02)


def test_every_mark_stays_in_its_lane() -> None:
    future = row("1", "dog", "kitchen", "began", heard_s=AT_S + 500.0)
    for mark in marks([future]):
        assert mark.left >= 0.0
        assert mark.left + mark.width <= 100.0


def test_a_room_that_was_deaf_for_a_while_is_hatched_then() -> None:
    (mark,) = marks([], room="nursery", name="trouble")
    assert mark.tone == "trouble"
    assert mark.left == pytest.approx(100.0 * (1 - 3000 / 3600), abs=0.01)
    assert mark.width == pytest.approx(100.0 * 1860 / 3600, abs=0.02)
