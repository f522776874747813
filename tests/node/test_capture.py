"""A microphone is opened, watched, and opened again."""

from collections.abc import Iterator

import numpy as np
import pytest

from contract.errors import UnavailableError
from node.capture import Microphone
from tests.node.fakes import FakeBackend
from tests.real import until
from tests.tones import as_pcm, tone

BLOCK = 8000
SOON = (0.01, 0.02)


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def opened(backend: FakeBackend) -> Iterator[Microphone]:
    inlet = Microphone(backend, BLOCK, back_off_s=SOON)
    yield inlet
    inlet.close()


def test_while_a_microphone_is_missing_it_is_looked_for_and_the_reason_is_told(
    backend: FakeBackend,
) -> None:
    backend.there.clear()
    inlet = Microphone(backend, BLOCK, back_off_s=SOON)
    until(lambda: backend.attempts >= 3)
    assert "no microphone 'desk'" in inlet.lost
    assert inlet.pull(0.01) is None

    backend.there.set()

    until(lambda: backend.captures)
    until(lambda: inlet.lost == "")
    inlet.close()


def test_a_microphone_that_stops_is_let_go_and_opened_again(
    backend: FakeBackend, opened: Microphone
) -> None:
    until(lambda: backend.captures)

    backend.captures[0].alive = False

    until(lambda: len(backend.captures) == 2)
    assert backend.captures[0].closed.is_set()
    until(lambda: opened.lost == "")


@pytest.mark.parametrize("fault", [UnavailableError("it is gone"), RuntimeError("it is gone")])
def test_a_microphone_whose_state_cannot_be_asked_is_let_go_and_opened_again(
    backend: FakeBackend, fault: Exception
) -> None:
    inlet = Microphone(backend, BLOCK, back_off_s=SOON)
    until(lambda: backend.captures)
    backend.there.clear()

    backend.captures[0].fault = fault

    assert backend.captures[0].closed.wait(20)
    until(lambda: "no microphone 'desk'" in inlet.lost)
    backend.there.set()
    until(lambda: len(backend.captures) == 2)
    until(lambda: inlet.lost == "")
    inlet.close()


def test_a_backend_that_fails_unforeseen_is_told_and_tried_again(backend: FakeBackend) -> None:
    backend.fault = RuntimeError("unanticipated host error")
    inlet = Microphone(backend, BLOCK, back_off_s=SOON)
    until(lambda: backend.attempts >= 3)
    assert "unanticipated host error" in inlet.lost

    backend.fault = None

    until(lambda: backend.captures)
    until(lambda: inlet.lost == "")
    inlet.close()


def test_an_open_microphone_that_falls_silent_counts_as_lost(
    backend: FakeBackend, opened: Microphone
) -> None:
    until(lambda: len(backend.captures) == 2, within_s=30)

    assert backend.captures[0].closed.is_set()
    assert opened.dropped == 0


def test_sound_comes_in_whole_blocks(backend: FakeBackend, opened: Microphone) -> None:
    until(lambda: backend.captures)
    sound = tone(1.0)
    for piece in np.array_split(sound, 5):
        backend.say(as_pcm(piece))

    blocks = [block for block in (opened.pull(0.01) for _ in range(8)) if block is not None]

    assert [len(block) for block in blocks] == [BLOCK, BLOCK]
    assert np.concatenate(blocks) == pytest.approx(sound, abs=1e-4)


def test_a_stereo_microphone_of_another_rate_becomes_16_khz_mono() -> None:
    backend = FakeBackend(48_000, 2)
    inlet = Microphone(backend, BLOCK, back_off_s=SOON)
    until(lambda: backend.captures)
    phase = 2.0 * np.pi * 1000.0 * np.arange(48_000) / 48_000
    backend.say(as_pcm(np.repeat(0.2 * np.sin(phase), 2).astype(np.float32)))

    block = inlet.pull(1.0)
    inlet.close()

    assert block is not None
    middle = slice(500, 7500)
    assert block[middle] == pytest.approx(tone(0.5, hz=1000.0)[middle], abs=1e-3)


def test_when_nobody_reads_the_oldest_sound_goes_and_is_counted(
    backend: FakeBackend, opened: Microphone
) -> None:
    until(lambda: backend.captures)
    for level in range(10):
        backend.say(as_pcm(np.full(BLOCK, level / 100.0, np.float32)))

    block = opened.pull(1.0)

    assert opened.dropped == 4
    assert block is not None
    assert block[0] == pytest.approx(0.04, abs=1e-4)


def test_closing_lets_go_of_the_microphone(backend: FakeBackend) -> None:
    inlet = Microphone(backend, BLOCK)
    until(lambda: backend.captures)

    inlet.close()

    assert backend.captures[0].closed.is_set()
