"""A microphone that lies is found out; a quiet room, a loud one and a slow machine are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.doubts import Ahead, Doubts, Rate
from node.spectra import Floats
from tests.tones import as_pcm, noise

RATE_HZ = 16_000
PIECE_S = 0.5
PIECE = 8000
MINUTE = 120


def hear(doubts: Doubts, pcm: bytes, pieces: int) -> list[bool]:
    """Hear a piece again and again; returns after each whether there is a doubt."""
    found = []
    for _ in range(pieces):
        doubts.hear(pcm)
        found.append(bool(doubts.found()))
    return found


def room(level_db: float, seconds: float, seed: int = 0) -> bytes:
    """Return noise of this level as a 16-bit converter with dither delivers it."""
    chance = np.random.default_rng(seed)
    samples: Floats = noise(seconds, amplitude=10.0 ** (level_db / 20.0), seed=seed)
    dither = (chance.random(len(samples)) - chance.random(len(samples))) / 32768.0
    return as_pcm(np.round((samples + dither) * 32768.0).astype(np.float32) / 32768.0)


def pieces_of(pcm: bytes, piece: int = 2 * PIECE) -> list[bytes]:
    return [pcm[start : start + piece] for start in range(0, len(pcm) - piece + 1, piece)]


@pytest.mark.parametrize("value", [0, 1, -32768])
def test_a_value_that_never_changes_is_told_within_a_minute(value: int) -> None:
    doubts = Doubts(RATE_HZ, 1)

    found = hear(doubts, np.full(PIECE, value, "<i2").tobytes(), MINUTE)

    assert 80 < found.index(True) < MINUTE
    what = "the same moment again and again" if value else "only zeros"
    assert what in doubts.found()["microphone_mute"]


@pytest.mark.parametrize("period", [1, 320, 1023, 8000, 31_999])
@pytest.mark.parametrize(("rate_hz", "channels"), [(16_000, 1), (44_100, 2)])
def test_a_buffer_that_comes_again_and_again_is_told_whatever_its_length(
    period: int, rate_hz: int, channels: int
) -> None:
    doubts = Doubts(rate_hz, channels)
    loop = np.random.default_rng(0).integers(-9000, 9000, period * channels).astype("<i2").tobytes()
    minute = loop * (1 + 2 * channels * rate_hz * 60 // len(loop))

    for piece in pieces_of(minute, round(PIECE_S * rate_hz) * 2 * channels):
        doubts.hear(piece)

    assert doubts.found().keys() == {"microphone_mute"}


@pytest.mark.parametrize("level_db", [-20.0, -60.0, -90.0, -120.0])
def test_a_room_is_no_doubt_however_quiet(level_db: float) -> None:
    doubts = Doubts(RATE_HZ, 1)

    for piece in pieces_of(room(level_db, 90.0)):
        doubts.hear(piece)
        assert doubts.found() == {}


def test_one_sample_that_moves_makes_a_microphone_believed_again() -> None:
    doubts = Doubts(RATE_HZ, 1)
    hear(doubts, bytes(2 * PIECE), MINUTE)

    doubts.hear(bytes(2 * PIECE - 2) + b"\1\0")

    assert doubts.found() == {}


def test_a_microphone_that_was_mute_for_long_is_not_faint_when_it_hears_again() -> None:
    doubts = Doubts(RATE_HZ, 1)
    usual = pieces_of(room(-60.0, 5.0))
    for index in range(31 * MINUTE):
        doubts.hear(usual[index % len(usual)])
    hear(doubts, bytes(2 * PIECE), 20 * MINUTE)

    doubts.hear(pieces_of(room(-60.0, 0.5, seed=1))[0])

    assert doubts.found() == {}


@pytest.mark.parametrize("period", [1, 8000, 31_999])
@pytest.mark.parametrize("again", [(16_000, 1), (48_000, 2)])
def test_one_that_still_repeats_itself_when_opened_anew_stays_doubted(
    period: int, again: tuple[int, int]
) -> None:
    doubts = Doubts(RATE_HZ, 1)
    hear(doubts, bytes(2 * PIECE), MINUTE)
    loop = np.random.default_rng(1).integers(-9000, 9000, period * again[1]).astype("<i2").tobytes()
    second = 2 * again[0] * again[1]

    doubts.begin(*again)

    for piece in pieces_of(loop * (1 + 90 * second // len(loop)), second // 2):
        doubts.hear(piece)
        assert doubts.found().keys() == {"microphone_mute"}


def test_one_that_hears_when_opened_anew_is_believed_within_three_seconds() -> None:
    doubts = Doubts(RATE_HZ, 1)
    hear(doubts, bytes(2 * PIECE), MINUTE)

    doubts.begin(RATE_HZ, 1)
    for piece in pieces_of(room(-60.0, 3.0)):
        doubts.hear(piece)

    assert doubts.found() == {}


def loud(share: float) -> bytes:
    """Return a piece of which a share is cut off."""
    samples = np.random.default_rng(3).integers(-3000, 3000, PIECE).astype("<i2")
    samples[: round(share * PIECE)] = np.where(samples[: round(share * PIECE)] < 0, -32768, 32767)
    return samples.tobytes()


def test_clipping_that_goes_on_for_five_minutes_is_told_and_ends_with_a_minute_without() -> None:
    doubts = Doubts(RATE_HZ, 1)
    pieces = [loud(0.25), loud(0.3)[::-1]]  # never the same twice in a row

    for index in range(5 * MINUTE):
        assert doubts.found() == {}
        doubts.hear(pieces[0][:-2] + index.to_bytes(2, "little"))

    assert doubts.found().keys() == {"microphone_clips"}
    for index in range(MINUTE):
        doubts.hear(loud(0.1)[:-2] + index.to_bytes(2, "little"))
    assert doubts.found() == {}


def test_an_alarm_that_clips_for_four_minutes_is_no_doubt() -> None:
    doubts = Doubts(RATE_HZ, 1)

    for index in range(4 * MINUTE):
        doubts.hear(loud(0.9)[:-2] + index.to_bytes(2, "little"))
    for index in range(MINUTE):
        doubts.hear(loud(0.0)[:-2] + index.to_bytes(2, "little"))

    assert doubts.found() == {}


@given(st.lists(st.binary(max_size=4000).map(lambda data: data[: len(data) // 4 * 4]), max_size=20))
def test_any_bytes_can_be_heard(pieces: list[bytes]) -> None:
    doubts = Doubts(RATE_HZ, 2)

    for piece in pieces:
        doubts.hear(piece)

    assert len(doubts.found()) <= 1


def deliver(rate: Rate, delivered_hz: float, seconds: float, *, from_s: float = 0.0) -> float:
    """Deliver half seconds at this rate; returns when the last one came."""
    for index in range(1 + round(seconds / PIECE_S)):
        rate.hear(round(PIECE_S * delivered_hz), from_s + index * PIECE_S)
    return from_s + seconds


@pytest.mark.parametrize("delivered_hz", [44_100, 17_600, 16_400, 15_600, 8_000])
def test_another_rate_than_the_claimed_one_is_told_after_half_a_minute(delivered_hz: int) -> None:
    rate = Rate()
    rate.begin(RATE_HZ)

    deliver(rate, delivered_hz, 31.0)

    assert f"{delivered_hz} samples a second, not 16000" in rate.doubt


@given(st.floats(-0.015, 0.015), st.lists(st.floats(0.0, 0.2), min_size=400, max_size=400))
def test_a_right_rate_is_believed_however_late_its_pieces_come(
    drift: float, late_s: list[float]
) -> None:
    rate = Rate()
    rate.begin(RATE_HZ)

    for index, late in enumerate(late_s):
        rate.hear(PIECE, index * PIECE_S * (1.0 + drift) + late)

    assert rate.doubt == ""


@pytest.mark.parametrize("held_up_s", [0.5, 2.5, 60.0])
def test_one_hiccup_of_the_machine_is_no_wrong_rate(held_up_s: float) -> None:
    rate = Rate()
    rate.begin(RATE_HZ)

    end_s = deliver(rate, RATE_HZ, 20.0)
    deliver(rate, RATE_HZ, 60.0, from_s=end_s + held_up_s)

    assert rate.doubt == ""


def test_a_wrong_rate_stays_told_after_opening_anew_until_it_is_right() -> None:
    rate = Rate()
    rate.begin(RATE_HZ)
    deliver(rate, 44_100, 31.0)

    rate.begin(RATE_HZ)
    assert rate.doubt
    deliver(rate, 44_100, 16.0, from_s=100.0)
    assert rate.doubt
    deliver(rate, RATE_HZ, 31.0, from_s=200.0)

    assert rate.doubt == ""


def test_a_writer_that_always_has_sound_ready_is_told_after_half_a_minute() -> None:
    ahead = Ahead()

    for index in range(60):
        ahead.hear(0.5 * index, ready=True)
        assert ahead.doubt == ""
    ahead.hear(30.0, ready=True)
    assert "faster than it is heard" in ahead.doubt

    ahead.hear(30.5, ready=False)
    assert ahead.doubt == ""
