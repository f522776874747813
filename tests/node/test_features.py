"""The log-mel picture is the one that librosa draws, however the sound arrives."""

from pathlib import Path

import numpy as np
import pytest

from node.features import LogMel, LogMelStream
from node.spectra import Floats
from tests.tones import noise, tone

GOLDEN = Path(__file__).parents[1] / "data" / "golden_log_mel.npy"
"""Drawn by librosa 0.11 from `SOUND`: tests/training/test_librosa.py says how."""
LOG_MEL = LogMel(
    sample_rate_hz=16_000,
    fft_size=800,
    hop_size=400,
    bands=64,
    low_hz=50.0,
    high_hz=8000.0,
    floor_db=-70.0,
)
WINDOW = 32_000
FRAMES = 79


def sound() -> Floats:
    """A tone that fades over noise: no random numbers, which may differ between versions."""
    steps = np.arange(WINDOW, dtype=np.int64)
    hash_noise = ((steps * 1103515245 + 12345) % 65536 / 32768.0 - 1.0) * 0.01
    fading = np.linspace(0.5, 0.0, WINDOW)
    samples: Floats = (fading * np.sin(steps**2 * 1e-4) + hash_noise).astype(np.float32)
    return samples


def heard_in_pieces(samples: Floats, pieces: list[int]) -> LogMelStream:
    stream = LogMelStream(LOG_MEL, FRAMES)
    for piece in np.split(samples, np.cumsum(pieces)):
        stream.push(piece)
    return stream


def test_picture_equals_the_golden_one() -> None:
    assert np.abs(LOG_MEL(sound())[:: FRAMES // 8] - np.load(GOLDEN)).max() < 1e-3


def test_picture_has_a_frame_a_hop_and_is_float32() -> None:
    picture = LOG_MEL(sound())
    assert picture.shape == (FRAMES, 64) == (LOG_MEL.frames(WINDOW), 64)
    assert picture.dtype == np.float32


def test_digital_silence_lies_at_the_floor() -> None:
    assert (LOG_MEL(np.zeros(WINDOW, np.float32)) == -70.0).all()


def test_twice_the_amplitude_is_six_decibels_more() -> None:
    quiet, loud = LOG_MEL(sound()), LOG_MEL(2.0 * sound())
    above = quiet > -60.0
    assert np.allclose((loud - quiet)[above], 20.0 * np.log10(2.0), atol=1e-3)


def test_tone_is_loudest_in_its_own_band() -> None:
    low = LOG_MEL(tone(2.0, hz=300.0)).mean(axis=0).argmax()
    high = LOG_MEL(tone(2.0, hz=3100.0)).mean(axis=0).argmax()
    assert low < high


@pytest.mark.parametrize("piece", [1000, 400, 399, 8000, 31_999, 7])
def test_stream_draws_what_the_whole_window_draws(piece: int) -> None:
    stream = heard_in_pieces(sound(), [piece] * ((WINDOW - 1) // piece))
    assert stream.complete
    assert np.abs(stream.picture() - LOG_MEL(sound())).max() < 1e-4


def test_stream_draws_the_latest_window() -> None:
    before = noise(1.0, amplitude=0.3)
    stream = heard_in_pieces(np.concatenate((before, sound())), [16_000, 5000])
    assert np.abs(stream.picture() - LOG_MEL(sound())).max() < 1e-4


def test_stream_is_incomplete_until_a_whole_window_was_heard() -> None:
    stream = heard_in_pieces(sound()[: WINDOW - 400], [])
    assert not stream.complete
    assert (stream.picture()[0] == -70.0).all()


def test_reset_forgets_what_came_before() -> None:
    stream = heard_in_pieces(noise(2.0, amplitude=0.5), [])
    stream.reset()
    assert not stream.complete
    stream.push(sound())
    assert np.abs(stream.picture() - LOG_MEL(sound())).max() < 1e-4
