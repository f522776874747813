"""Time and trouble at a source: lateness, drift, pauses, what is broken and what is missing."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from contract.errors import AudioError
from node.blocks import GAP_S, AudioBlock
from node.settings import Audio
from node.sources import EARLY_S, LATE_S, Paced, Pipe, Recordings, open_source
from node.spectra import Floats
from tests.node.fakes import FakeClock
from tests.tones import RATE_HZ, as_pcm, noise, tone, write

BLOCK = 8000
BLOCK_S = 0.5


class Instant:
    """An inlet that always has a block."""

    lost = ""
    dropped = 0
    doubts: Mapping[str, str] = {}

    def pull(self, timeout_s: float) -> Floats | None:
        del timeout_s
        return np.zeros(BLOCK, np.float32)

    def close(self) -> None:
        """Nothing to close."""


def paced(clock: FakeClock) -> Paced:
    return Paced(Instant(), BLOCK, clock, clock.wait)


def read(source: Paced) -> AudioBlock:
    block = source.read(10.0)
    assert block
    return block


def test_what_is_always_ready_is_held_to_real_time_without_drift() -> None:
    clock = FakeClock()
    source = paced(clock)
    start_s = read(source).ended_s

    for _ in range(10_000):
        clock.wait(0.013)  # the reader's own work
        last = read(source)

    assert last.ended_s == pytest.approx(start_s + 10_000 * BLOCK_S)
    assert clock.now_s == pytest.approx(last.ended_s)


def test_a_reader_in_a_hurry_gets_nothing_before_it_is_due() -> None:
    clock = FakeClock()
    source = paced(clock)
    read(source)

    assert source.read(0.1) is None
    assert clock.now_s == pytest.approx(1000.1)
    assert read(source).ended_s == pytest.approx(1000.5)


def test_a_reader_that_was_held_up_finds_the_sound_as_it_was() -> None:
    clock = FakeClock()
    source = paced(clock)
    first = read(source)
    clock.wait(2.5)

    late = [read(source) for _ in range(5)]

    for before, block in pairwise([first, *late]):
        assert -EARLY_S <= block.started_s - before.ended_s <= GAP_S


def test_after_a_long_silence_the_sound_begins_anew() -> None:
    clock = FakeClock()
    source = paced(clock)
    first = read(source)

    clock.wait(LATE_S + BLOCK_S + 0.1)

    assert read(source).started_s > first.ended_s + LATE_S


@pytest.mark.parametrize("drift", [-200e-6, 200e-6])
def test_a_sound_card_whose_clock_drifts_is_followed(drift: float) -> None:
    clock = FakeClock()
    source = paced(clock)
    read(source)

    for _ in range(20_000):
        clock.wait(BLOCK_S * (1.0 + drift))
        block = source.read(0.0)
        assert block
        assert abs(clock.now_s - block.ended_s) < EARLY_S


def sounds(inlet: Recordings, blocks: int) -> list[bool]:
    """Which of the next blocks are louder than a quiet room."""
    pulled = [inlet.pull(0.0) for _ in range(blocks)]
    return [bool(np.abs(block).max() > 1e-3) for block in pulled if block is not None]


def test_after_each_recording_there_is_a_pause_and_after_the_last_it_stays_quiet(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "beep.wav", tone(1.0))
    inlet = Recordings([path, path], BLOCK, pause_s=1.0)

    assert sounds(inlet, 10) == [True, True, False, False, True, True, *[False] * 4]
    assert inlet.lost == ""
    inlet.close()


def test_a_loop_begins_again(tmp_path: Path) -> None:
    inlet = Recordings([write(tmp_path / "beep.wav", tone(0.5))], BLOCK, loop=True, pause_s=0.5)

    assert sounds(inlet, 6) == [True, False] * 3
    inlet.close()


def test_a_pause_is_kept_to_the_sample(tmp_path: Path) -> None:
    path = write(tmp_path / "beep.wav", tone(0.3))
    inlet = Recordings([path], BLOCK, loop=True, pause_s=0.013)

    blocks = [inlet.pull(0.0) for _ in range(20)]
    sound = np.concatenate([block for block in blocks if block is not None])

    period = round(0.313 * RATE_HZ)
    again = sound[period * 3 : period * 3 + 4800]
    assert again == pytest.approx(sound[:4800], abs=1e-4)
    inlet.close()


def test_a_broken_recording_is_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "letter.wav").write_text("no sound")
    files = [tmp_path / "letter.wav", write(tmp_path / "beep.wav", tone(0.5))]
    inlet = Recordings(files, BLOCK, loop=True)

    assert sounds(inlet, 3) == [True, True, True]
    assert inlet.lost == ""
    assert "letter.wav: cannot be read as audio" in caplog.text
    inlet.close()


def test_when_no_recording_can_be_played_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.wav").write_text("no sound")
    inlet = Recordings([tmp_path / "letter.wav"], BLOCK, loop=True)

    assert sounds(inlet, 2) == [False, False]
    assert inlet.lost == "none of the recordings can be played"
    inlet.close()


def test_standard_input_that_ends_is_told() -> None:
    reading, writing = os.pipe()
    clock = FakeClock()
    pipe = Pipe(reading, BLOCK, clock, clock.wait, "standard input")
    os.write(writing, as_pcm(tone(0.5)))
    os.close(writing)

    assert pipe.pull(1.0) is not None
    assert pipe.pull(1.0) is None
    assert pipe.lost == "standard input has ended"
    pipe.close()


@contextlib.contextmanager
def written(rate: float, clock: FakeClock) -> Iterator[Paced]:
    """A pipe whose writer gives so many times real time, while the reader waits, and no more."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    sound, owed = as_pcm(noise(60.0)), 0.0

    def wait(seconds: float) -> None:
        nonlocal owed
        clock.wait(seconds)
        owed += 2 * RATE_HZ * rate * seconds
        piece = int(owed) // 2 * 2
        owed -= piece
        with contextlib.suppress(BlockingIOError):  # a full pipe holds its writer back
            os.write(writing, sound[:piece])

    pipe = Pipe(reading, BLOCK, clock, wait, "the pipe")
    yield Paced(pipe, BLOCK, clock, wait)
    pipe.close()
    os.close(writing)


def listen(source: Paced, clock: FakeClock, seconds: float) -> list[AudioBlock]:
    """Read for so long."""
    until_s, blocks = clock.now_s + seconds, list[AudioBlock]()
    while clock.now_s < until_s:
        block = source.read(0.5)
        blocks += [block] if block else []
    return blocks


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        (2.75, "faster than it is heard"),
        (1.1, "17600"),
        (1.378, "22048"),
        (0.92, "14720"),
        (0.5, "8000"),
    ],
)
def test_a_writer_of_another_rate_than_16_khz_is_told_and_heard_in_real_time(
    rate: float, told: str
) -> None:
    clock = FakeClock()
    with written(rate, clock) as source:
        blocks = listen(source, clock, 62.0)

        doubt = source.doubts["microphone_rate"]
    assert doubt.startswith("the pipe delivers ")
    assert told in doubt
    assert len(doubt) <= 110
    assert all(block.ended_s <= clock.now_s + EARLY_S for block in blocks)


@pytest.mark.parametrize("rate", [0.999, 1.0, 1.001])
def test_a_writer_whose_clock_drifts_is_no_trouble_and_its_sound_does_not_pile_up(
    rate: float,
) -> None:
    clock = FakeClock()
    with written(rate, clock) as source:
        blocks = listen(source, clock, 1800.0)

        assert source.doubts.keys() <= {"microphone_mute"}  # it writes the same again and again
    assert len(blocks) * BLOCK_S == pytest.approx(rate * 1800.0, abs=1.0)


def test_a_file_as_standard_input_is_a_recording_and_held_to_real_time(tmp_path: Path) -> None:
    (tmp_path / "sound").write_bytes(as_pcm(noise(60.0)))
    clock = FakeClock()
    descriptor = os.open(tmp_path / "sound", os.O_RDONLY)
    pipe = Pipe(descriptor, BLOCK, clock, clock.wait, "standard input")
    source = Paced(pipe, BLOCK, clock, clock.wait)

    blocks = listen(source, clock, 58.0)

    assert len(blocks) == pytest.approx(116, abs=1)
    assert source.doubts == {}
    source.close()


def test_an_offset_in_a_pipe_is_taken_away() -> None:
    reading, writing = os.pipe()
    clock = FakeClock()
    pipe = Pipe(reading, BLOCK, clock, clock.wait, "the pipe")
    os.write(writing, as_pcm(tone(0.5) + np.float32(0.3)))

    block = pipe.pull(0.5)

    assert block == pytest.approx(tone(0.5), abs=1e-3)
    pipe.close()
    os.close(writing)


def test_a_pipe_without_a_writer_is_waited_for(tmp_path: Path) -> None:
    clock = FakeClock()
    audio = Audio(source="fifo", path=str(tmp_path / "pipe"))
    source = open_source(audio, BLOCK, clock, clock.wait)

    assert source.read(0.5) is None
    assert clock.now_s == 1000.5
    assert source.lost == ""
    source.close()


@pytest.mark.parametrize("name", ["file", "folder", "no folder/pipe"])
def test_a_path_that_can_be_no_pipe_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    clock = FakeClock()

    with pytest.raises(AudioError, match=r"^audio\.path: "):
        open_source(Audio(source="fifo", path=str(tmp_path / name)), BLOCK, clock, clock.wait)
