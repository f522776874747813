"""A constant offset is taken away, and nothing else is touched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.centre import Centre
from node.level import level_db
from node.spectra import Floats
from tests.tones import noise, tone

PIECE = 8000


def centred(sound: Floats) -> Floats:
    centre = Centre()
    pieces = [sound[start : start + PIECE] for start in range(0, len(sound), PIECE)]
    return np.concatenate([centre.push(piece) for piece in pieces])


@pytest.mark.parametrize("offset", [0.001, 0.05, -0.3])
def test_a_quiet_room_with_an_offset_is_as_loud_as_one_without(offset: float) -> None:
    quiet = noise(30.0, amplitude=1e-3)

    heard = centred(quiet + np.float32(offset))

    assert level_db(heard) == pytest.approx(level_db(quiet), abs=0.1)


@pytest.mark.parametrize("sound", [noise(5.0, amplitude=0.01), tone(5.0), np.zeros(80_000, "<f4")])
def test_sound_without_an_offset_stays_bit_for_bit(sound: Floats) -> None:
    assert centred(sound).tobytes() == sound.tobytes()


@pytest.mark.parametrize("hz", [20.0, 100.0, 3100.0])
def test_a_tone_over_an_offset_is_left_whole(hz: float) -> None:
    heard = centred(tone(5.0, hz=hz) + np.float32(0.1))

    assert heard == pytest.approx(tone(5.0, hz=hz), abs=2e-3)


def test_an_offset_that_comes_and_goes_is_followed_without_a_step() -> None:
    steps = np.repeat(np.array([0.0, 0.1, 0.0], np.float32), 60 * 16_000)

    heard = centred(steps)

    inside = np.abs(np.diff(heard))
    assert np.sort(inside)[-3] < 1e-3  # but for the two steps themselves
    assert abs(heard[120 * 16_000 - 1]) < 1e-3


@given(st.lists(st.integers(0, 9000), max_size=20))
def test_pieces_of_any_length_stay_as_long(lengths: list[int]) -> None:
    centre = Centre()

    for length in lengths:
        assert centre.push(np.full(length, 0.1, np.float32)).shape == (length,)
