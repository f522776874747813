"""A chirp is found in noise, behind a bad loudspeaker and in an echoing room, and nowhere else."""

import numpy as np
import pytest

from node.chirp import AMPLITUDE, Echo, chirp, find
from node.spectra import Floats
from tests.tones import RATE_HZ, noise, tone

BEFORE = RATE_HZ
LATE = 2500


def recorded(played: Floats, room: Floats, *, gain: float = 1.0) -> Echo:
    """Find what comes LATE samples after it was played, in a room that is heard all along."""
    sound = room.copy()
    sound[BEFORE + LATE : BEFORE + LATE + len(played)] += np.float32(gain) * played
    return find(sound, BEFORE)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_a_chirp_is_a_second_of_modest_loudness_whatever_the_rate(rate_hz: int) -> None:
    sound = chirp(rate_hz)

    assert len(sound) == rate_hz
    assert np.abs(sound).max() == pytest.approx(AMPLITUDE, abs=1e-3)
    assert abs(sound[0]) < 1e-3 > abs(sound[-1])


def test_a_chirp_is_found_to_the_sample_with_its_distance_from_the_noise() -> None:
    echo = recorded(chirp(RATE_HZ), noise(5.0, amplitude=1e-3))

    assert echo.is_heard
    assert echo.at == BEFORE + LATE
    assert echo.over_noise_db == pytest.approx(-15.3 - echo.noise_db, abs=0.5)
    assert echo.noise_db == pytest.approx(-61.6, abs=0.5)  # of -60 dBFS what is in its bands
    assert echo.missing_hz == ()


def test_a_chirp_below_the_noise_is_found_too() -> None:
    echo = recorded(chirp(RATE_HZ), noise(5.0, amplitude=0.4))

    assert echo.is_heard
    assert abs(echo.at - BEFORE - LATE) <= 1


@pytest.mark.parametrize("turned", [1.0, -1.0])
def test_a_microphone_with_an_offset_or_turned_wires_hears_it(turned: float) -> None:
    echo = recorded(chirp(RATE_HZ), noise(5.0) + np.float32(0.1), gain=turned)

    assert echo.is_heard
    assert echo.at == BEFORE + LATE


def test_a_chirp_is_found_in_a_room_that_echoes_for_half_a_second() -> None:
    chance = np.random.default_rng(0)
    fall = np.exp(-6.9 * np.arange(RATE_HZ // 2) / (RATE_HZ // 2))
    echoes = 0.05 * fall * chance.standard_normal(len(fall))
    echoes[0] = 1.0  # the echoes together are ten times as strong as what comes straight
    played = np.convolve(chirp(RATE_HZ), echoes).astype(np.float32)

    echo = recorded(played, noise(5.0))

    assert echo.is_heard
    assert abs(echo.at - BEFORE - LATE) < RATE_HZ // 10


def test_what_a_loudspeaker_cannot_play_is_named() -> None:
    spectrum = np.fft.rfft(chirp(RATE_HZ))
    spectrum[:1000] = spectrum[4000:] = 0.0
    played: Floats = np.fft.irfft(spectrum).astype(np.float32)

    echo = recorded(played, noise(5.0))

    assert echo.is_heard
    assert echo.missing_hz == ((500, 1000), (4000, 6000))


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_is_no_chirp(seed: int) -> None:
    assert not find(noise(5.0, amplitude=0.1, seed=seed), BEFORE).is_heard


@pytest.mark.parametrize("hz", [50.0, 1000.0, 3100.0])
def test_a_tone_is_no_chirp(hz: float) -> None:
    assert not find(tone(5.0, hz=hz) + noise(5.0), BEFORE).is_heard


def test_zeros_are_no_chirp() -> None:
    assert not find(np.zeros(5 * RATE_HZ, np.float32), BEFORE).is_heard
