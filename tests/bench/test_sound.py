"""What the cost tables play is what their rows say: sounds throughout, or a quiet room."""

from collections.abc import Callable

import numpy as np
import pytest

from bench.cpu import SHORT_S
from bench.peer_yamnet import CHUNK, MIN_VOLUME
from bench.sound import RATE_HZ, household, noisy_household, quiet_room
from node.gate import Gate
from node.level import Loudness, NoiseFloor, level_db
from node.spectra import Floats

HOP = RATE_HZ // 2


def rms(samples: Floats, size: int) -> Floats:
    """Of each whole piece of so many samples, shape (pieces,)."""
    pieces = samples[: len(samples) // size * size].reshape(-1, size)
    found: Floats = np.sqrt(np.mean(pieces**2, axis=1))
    return found


def openings(samples: Floats) -> list[bool]:
    """Whether a node's gate is open at each of its decisions."""
    gate, loudness, floor, told = Gate(), Loudness(4), NoiseFloor(1200), []
    for place, news in enumerate(samples[: len(samples) // HOP * HOP].reshape(-1, HOP)):
        floor_db = floor.push(level_db(news))
        told.append(gate.is_open(loudness.push(news), floor_db, place * HOP / RATE_HZ))
    return told


@pytest.mark.parametrize("sound", [household, noisy_household])
def test_where_gates_are_to_be_open_both_ears_judge_all_the_time(
    sound: Callable[[float], Floats],
) -> None:
    played = sound(90.0)
    assert all(openings(played))
    assert np.all(rms(played, CHUNK) >= MIN_VOLUME)


def test_in_the_quiet_room_both_gates_are_shut_while_it_is_measured() -> None:
    played = quiet_room(90.0)
    assert not any(openings(played)[int(SHORT_S * RATE_HZ / HOP) :])
    assert not np.any(rms(played, CHUNK) >= MIN_VOLUME)
