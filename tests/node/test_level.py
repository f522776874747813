"""Loudness in dBFS, and the level of a room in which nothing happens."""

import numpy as np
import pytest

from node.level import PIECE_SAMPLES, SILENCE_DB, Loudness, NoiseFloor, level_db, loudest_db
from tests.tones import noise, tone


def test_a_full_scale_sine_has_three_decibels_below_full_scale() -> None:
    assert level_db(tone(1.0, amplitude=1.0)) == pytest.approx(-3.01, abs=0.01)


def test_digital_silence_has_a_level_too() -> None:
    assert level_db(np.zeros(1600, np.float32)) == SILENCE_DB
    assert level_db(np.empty(0, np.float32)) == SILENCE_DB


def test_a_short_knock_is_as_loud_as_its_loudest_tenth_of_a_second() -> None:
    knock = np.concatenate((noise(0.9), tone(0.1, amplitude=0.5), noise(1.0)))

    assert loudest_db(knock) == pytest.approx(level_db(tone(0.1, amplitude=0.5)), abs=0.1)


def test_less_than_a_tenth_of_a_second_is_measured_as_a_whole() -> None:
    assert loudest_db(tone(0.05)) == level_db(tone(0.05))


def test_the_floor_is_what_the_room_exceeds_nine_tenths_of_the_time() -> None:
    floor = NoiseFloor(100)

    for level in range(100):
        found = floor.push(float(level))

    assert found == 10.0


def test_an_alarm_of_some_minutes_does_not_lift_the_floor() -> None:
    floor = NoiseFloor(1200)
    for _ in range(600):
        floor.push(-60.0)

    assert [floor.push(-20.0) for _ in range(600)][-1] == -60.0


def test_the_floor_forgets_what_is_older_than_its_memory() -> None:
    floor = NoiseFloor(10)
    for _ in range(10):
        floor.push(-60.0)

    assert [floor.push(-30.0) for _ in range(10)][-1] == -30.0


@pytest.mark.parametrize("hop", [2400, 2800, 4000, 8000])
def test_no_hop_hides_a_click(hop: int) -> None:
    room = noise(2.0, amplitude=1e-4)
    for at in range(0, len(room) - 400, 1700):
        clicked = room.copy()
        clicked[at : at + 320] = 0.5
        loudness = Loudness(8)
        loudest = [loudness.push(clicked[s : s + hop]) for s in range(0, len(room), hop)]
        assert max(loudest) > -20.0 or at > len(room) - 2 * PIECE_SAMPLES
