"""Every rate and number of channels becomes 16 kHz mono, without seams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from node.resample import Resampler
from tests.tones import tone


def sine(rate_hz: int, seconds: float = 1.0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    phase = 2.0 * np.pi * 1000.0 * np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.2 * np.sin(phase)).astype(np.float32)[:, None]


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("pieces", [1, 7])
def test_a_tone_keeps_its_pitch_its_level_and_its_length(rate_hz: int, pieces: int) -> None:
    resampler, parts = Resampler(rate_hz), np.array_split(sine(rate_hz), pieces)

    heard = [resampler.push(part) for part in parts]
    heard.append(resampler.push(np.empty((0, 1), np.float32), last=True))

    whole, wanted = np.concatenate(heard), tone(1.0, hz=1000.0)
    assert len(whole) == pytest.approx(len(wanted), abs=1)
    middle = slice(1000, 15_000)
    assert np.max(np.abs(whole[middle] - wanted[middle])) < 1e-3


def test_channels_are_averaged() -> None:
    stereo = np.array([[0.2, 0.4], [-1.0, 1.0]], np.float32)

    assert Resampler(16_000).push(stereo) == pytest.approx([0.3, 0.0])


def test_what_is_no_sound_is_limited() -> None:
    broken = np.array([[np.nan], [np.inf], [-np.inf], [1e30], [0.5]], np.float32)

    assert Resampler(16_000).push(broken).tolist() == [0.0, 1.0, -1.0, 1.0, 0.5]


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
@given(frames=arrays(np.float32, st.tuples(st.integers(0, 700), st.integers(1, 2))))
def test_whatever_a_source_gives_the_network_sees_finite_sound_only(
    rate_hz: int, frames: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"
) -> None:
    resampler = Resampler(rate_hz)

    heard = np.concatenate([resampler.push(frames), resampler.push(frames, last=True)])

    assert np.all(np.isfinite(heard))
    assert np.all(np.abs(heard) < 2.0)  # a filter overshoots what was cut off
