"""Windows cover a stream completely, however it is cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.blocks import SAMPLE_RATE_HZ, AudioBlock, Window, Windows

WINDOW, HOP = 3200, 800


def blocks(lengths: list[int], started_s: float = 100.0) -> list[AudioBlock]:
    """Blocks that follow each other, made of the numbers 0, 1, 2, ..."""
    ends = np.cumsum(lengths)
    return [
        AudioBlock(
            np.arange(end - n, end, dtype=np.float32), started_s + (end - n) / SAMPLE_RATE_HZ
        )
        for n, end in zip(lengths, ends.tolist(), strict=True)
    ]


def pushed(heard: list[AudioBlock]) -> list[Window]:
    windows = Windows(WINDOW, HOP)
    return [window for block in heard for window in windows.push(block)]


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=12))
def test_every_hop_gives_one_window_however_the_stream_is_cut(lengths: list[int]) -> None:
    windows = pushed(blocks(lengths))

    assert len(windows) == max(0, 1 + (sum(lengths) - WINDOW) // HOP)
    for index, window in enumerate(windows):
        assert window.samples[0] == index * HOP
        assert len(window.samples) == WINDOW
        assert window.ended_s == pytest.approx(100.0 + (index * HOP + WINDOW) / SAMPLE_RATE_HZ)


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=12))
def test_the_news_of_all_windows_are_the_stream_itself(lengths: list[int]) -> None:
    windows = pushed(blocks(lengths))

    news = np.concatenate([np.empty(0, np.float32), *(window.news for window in windows)])

    assert np.array_equal(news, np.arange(len(news), dtype=np.float32))


def test_a_gap_starts_afresh_with_a_whole_window() -> None:
    before, after = blocks([4000], 100.0), blocks([4000], 101.0)

    windows = pushed([*before, *after])

    assert [window.follows for window in windows] == [False, True, False, True]
    assert windows[2].samples[0] == 0
    assert windows[2].ended_s == pytest.approx(101.2)


def test_a_little_jitter_is_no_gap() -> None:
    first, second = blocks([3200, 800])
    late = AudioBlock(second.samples, second.started_s + 0.05)

    assert [window.follows for window in pushed([first, late])] == [False, True]
