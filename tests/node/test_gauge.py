"""The live bars of `soribit devices`."""

import numpy as np
import pytest

from node.capture import Format
from node.gauge import Gauge, drawn
from tests.tones import as_pcm, noise, tone

FORM = Format(16_000, 1)
PIECE = 1600


def bar(pcm: bytes, *before: bytes, form: Format = FORM) -> str:
    """Return the bar after some pieces, of which the last is heard now."""
    gauge = Gauge("desk")
    for piece in (*before, pcm):
        gauge.hear(form, piece)
    return gauge.lines()[1].strip()


def test_a_bar_is_as_long_as_the_sound_is_loud() -> None:
    quiet, middle, full = (bar(as_pcm(noise(0.1, amplitude=a))) for a in (1e-4, 1e-2, 0.25))

    assert quiet.startswith("###.")
    assert middle.count("#") == pytest.approx(14, abs=1)
    assert full.count("#") == pytest.approx(22, abs=1)


def test_a_bar_tells_level_and_rate() -> None:
    line = bar(as_pcm(np.repeat(tone(0.1, amplitude=0.1), 2)), form=Format(48_000, 2))

    assert line.endswith(" -23 dBFS  peak  -23  48000 Hz")


def test_the_peak_is_held_for_two_seconds() -> None:
    bang, quiet = as_pcm(tone(0.1, amplitude=0.5)), as_pcm(noise(0.1))

    assert "peak   -9" in bar(quiet, bang, *[quiet] * 18)
    assert "|" in bar(quiet, bang)
    assert "peak  -60" in bar(quiet, bang, *[quiet] * 19)


def test_clipping_is_told_for_as_long_as_the_peak_is_held() -> None:
    clipped = as_pcm(np.ones(PIECE, np.float32))

    assert bar(as_pcm(noise(0.1)), clipped).endswith("clips")


def test_zeros_are_told_once_nothing_else_has_come_for_two_seconds() -> None:
    assert bar(bytes(2 * PIECE), *[bytes(2 * PIECE)] * 30).endswith("silent (zeros)")
    assert bar(bytes(2 * PIECE), as_pcm(noise(0.1))).endswith("Hz")


def test_a_microphone_that_refuses_says_why() -> None:
    gauge = Gauge("desk")
    gauge.refused = "desk: Device unavailable"

    assert gauge.lines() == ("  desk", "    desk: Device unavailable")


def test_a_microphone_that_is_open_but_silent_says_so_and_the_chosen_one_is_marked() -> None:
    gauge = Gauge("desk")
    gauge.chosen = True

    assert gauge.lines() == ("* desk", "    nothing has come yet")


def test_a_picture_goes_over_the_one_before_it_and_never_wraps() -> None:
    first = drawn(["a" * 100, "b"], columns=80, over=0)
    second = drawn(["c"], columns=80, over=2)

    assert first == "a" * 80 + "\x1b[K\nb\x1b[K\n\x1b[J"
    assert second == "\x1b[2Fc\x1b[K\n\x1b[J"


def test_an_empty_piece_changes_nothing() -> None:
    assert bar(b"", as_pcm(noise(0.1))) == bar(as_pcm(noise(0.1)))


def test_a_microphone_that_gives_nothing_more_is_not_shown_as_it_was() -> None:
    gauge = Gauge("desk")
    gauge.hear(FORM, as_pcm(noise(0.1)))

    lines = [gauge.lines()[1] for _ in range(11)]

    assert "dBFS" in lines[9]
    assert lines[10].strip() == "nothing comes any more; is it still plugged in?"
    gauge.hear(FORM, as_pcm(noise(0.1)))
    assert "dBFS" in gauge.lines()[1]
