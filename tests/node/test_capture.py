"""A microphone is opened, watched, and opened again."""

from collections.abc import Iterator

import numpy as np
import pytest

from contract.clock import SystemClock
from contract.errors import UnavailableError
from node.capture import Microphone
from tests.node.fakes import FakeBackend, FakeClock
from tests.real import until
from tests.tones import as_pcm, noise, tone

BLOCK = 8000
SOON = (0.01, 0.02)
SOUND = as_pcm(noise(0.5))


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def opened(backend: FakeBackend) -> Iterator[Microphone]:
    inlet = Microphone(backend, BLOCK, SystemClock(), SOON)
    yield inlet
    inlet.close()


def test_while_a_microphone_is_missing_it_is_looked_for_and_the_reason_is_told(
    backend: FakeBackend,
) -> None:
    backend.there.clear()
    inlet = Microphone(backend, BLOCK, SystemClock(), SOON)
    until(lambda: backend.attempts >= 3)
    assert "no microphone 'desk'" in inlet.lost
    assert inlet.pull(0.01) is None

    backend.there.set()

    until(lambda: backend.captures)
    backend.say(SOUND)
    assert inlet.lost == ""
    inlet.close()


def test_a_microphone_that_stops_is_let_go_and_opened_again(
    backend: FakeBackend, opened: Microphone
) -> None:
    until(lambda: backend.captures)

    backend.captures[0].alive = False

    until(lambda: len(backend.captures) == 2)
    assert backend.captures[0].closed.is_set()
    backend.say(SOUND)
    assert opened.lost == ""


@pytest.mark.parametrize("fault", [UnavailableError("it is gone"), RuntimeError("it is gone")])
def test_a_microphone_whose_state_cannot_be_asked_is_let_go_and_opened_again(
    backend: FakeBackend, fault: Exception
) -> None:
    inlet = Microphone(backend, BLOCK, SystemClock(), SOON)
    until(lambda: backend.captures)
    backend.there.clear()

    backend.captures[0].fault = fault

    assert backend.captures[0].closed.wait(20)
    until(lambda: "no microphone 'desk'" in inlet.lost)
    backend.there.set()
    until(lambda: len(backend.captures) == 2)
    backend.say(SOUND)
    assert inlet.lost == ""
    inlet.close()


def test_a_backend_that_fails_unforeseen_is_told_and_tried_again(backend: FakeBackend) -> None:
    backend.fault = RuntimeError("unanticipated host error")
    inlet = Microphone(backend, BLOCK, SystemClock(), SOON)
    until(lambda: backend.attempts >= 3)
    assert "unanticipated host error" in inlet.lost

    backend.fault = None

    until(lambda: backend.captures)
    backend.say(SOUND)
    assert inlet.lost == ""
    inlet.close()


def test_an_open_microphone_that_falls_silent_counts_as_lost(
    backend: FakeBackend, opened: Microphone
) -> None:
    until(lambda: len(backend.captures) == 2, within_s=30)

    assert backend.captures[0].closed.is_set()
    assert opened.dropped == 0


def test_a_lost_microphone_that_opens_is_lost_until_it_gives_sound(
    backend: FakeBackend, opened: Microphone
) -> None:
    until(lambda: backend.captures)
    backend.captures[0].alive = False
    until(lambda: len(backend.captures) == 2)

    backend.captures[1].asked.wait(20)

    assert opened.lost == "the microphone was lost"


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
    inlet = Microphone(backend, BLOCK, SystemClock(), SOON)
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
        backend.say(as_pcm(tone(0.5, amplitude=level / 100.0)))

    block = opened.pull(1.0)

    assert opened.dropped == 4
    assert block is not None
    assert block.max() == pytest.approx(0.04, abs=1e-4)


def test_closing_lets_go_of_the_microphone(backend: FakeBackend) -> None:
    inlet = Microphone(backend, BLOCK, SystemClock())
    until(lambda: backend.captures)

    inlet.close()

    assert backend.captures[0].closed.is_set()


def speak(backend: FakeBackend, clock: FakeClock, spans: int, *, rate_hz: float) -> None:
    """Let the microphone deliver so many half seconds at a rate that may not be what it claims."""
    for _ in range(spans):
        clock.wait(0.5)
        backend.say(as_pcm(noise(0.5, amplitude=0.1))[: 2 * round(0.5 * rate_hz)])


@pytest.mark.parametrize("rate_hz", [8_000, 15_500])
def test_a_microphone_of_another_rate_than_it_claims_is_told_and_opened_once_more(
    backend: FakeBackend, rate_hz: int
) -> None:
    clock = FakeClock()
    inlet = Microphone(backend, BLOCK, clock, SOON)
    until(lambda: backend.captures)

    speak(backend, clock, 62, rate_hz=rate_hz)

    assert f"delivers {rate_hz} samples a second, not 16000" in inlet.doubts["microphone_rate"]
    until(lambda: len(backend.captures) == 2)
    speak(backend, clock, 62, rate_hz=rate_hz)
    assert inlet.doubts
    assert not inlet.lost

    speak(backend, clock, 32, rate_hz=16_000)

    assert inlet.doubts == {}
    inlet.close()
    assert len(backend.captures) == 2


def test_a_microphone_that_delivers_zeros_is_told_until_it_is_lost(
    backend: FakeBackend, opened: Microphone
) -> None:
    until(lambda: backend.captures)
    for _ in range(2 * 60):
        backend.say(bytes(2 * BLOCK))
        opened.pull(0.1)
    assert opened.doubts.keys() == {"microphone_mute"}

    backend.there.clear()
    backend.captures[0].alive = False

    until(lambda: opened.lost)
    assert opened.doubts == {}


def test_a_mute_microphone_is_opened_anew_and_stays_told_until_it_hears(
    backend: FakeBackend,
) -> None:
    clock = FakeClock()
    inlet = Microphone(backend, BLOCK, clock, SOON)
    until(lambda: backend.captures)

    def hear(pcm: bytes, pieces: int) -> None:
        for _ in range(pieces):
            clock.wait(0.5)
            backend.say(pcm)
            inlet.pull(0.1)

    hear(bytes(2 * BLOCK), 102)
    assert "only zeros" in inlet.doubts["microphone_mute"]

    until(lambda: len(backend.captures) == 2)
    assert backend.captures[0].closed.is_set()
    hear(bytes(2 * BLOCK), 20)
    assert inlet.doubts.keys() == {"microphone_mute"}
    assert inlet.lost == ""

    for seed in range(6):
        hear(as_pcm(noise(0.5, seed=seed)), 1)
    assert inlet.doubts == {}
    inlet.close()
    assert len(backend.captures) == 2


def test_an_offset_of_the_sound_card_is_taken_away(
    backend: FakeBackend, opened: Microphone
) -> None:
    until(lambda: backend.captures)
    backend.say(as_pcm(tone(0.5) + np.float32(0.3)))

    block = opened.pull(1.0)

    assert block == pytest.approx(tone(0.5), abs=1e-3)


def test_a_microphone_that_is_stuck_even_when_it_is_closed_is_told(backend: FakeBackend) -> None:
    inlet = Microphone(backend, BLOCK, SystemClock(), SOON)
    until(lambda: backend.captures)
    backend.captures[0].lets_go.clear()

    backend.captures[0].alive = False

    until(lambda: inlet.lost == "the microphone was lost")
    backend.captures[0].lets_go.set()
    inlet.close()
