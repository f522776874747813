"""Whatever sound comes from, it arrives whole, in order, and in real time."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from contract.clock import Clock, SystemClock
from node.blocks import AudioBlock
from node.settings import Audio
from node.sources import Source, open_source
from node.spectra import Floats
from tests.node.fakes import FakeClock
from tests.pulse import microphones
from tests.real import until
from tests.tones import RATE_HZ, as_pcm, noise, write

BLOCK = 8000
BLOCK_S = BLOCK / RATE_HZ
SOUND = noise(5.0, amplitude=0.1, seed=7)


@dataclass
class Heard:
    """What a source gave until it had given enough."""

    blocks: list[AudioBlock]
    read_s: list[float]
    """The clock when each of them was read."""

    @property
    def samples(self) -> Floats:
        return np.concatenate([block.samples for block in self.blocks])


def hear(source: Source, clock: Clock, blocks: int) -> Heard:
    """Read until there are so many blocks."""
    heard = Heard([], [])

    def enough() -> bool:
        block = source.read(0.1)
        if block:
            heard.blocks.append(block)
            heard.read_s.append(clock.mono_s())
        return len(heard.blocks) == blocks

    until(enough, within_s=60, what=f"{blocks} blocks")
    return heard


@pytest.fixture(scope="module", params=["file", "file at 44.1 kHz", "fifo", "stdin", "microphone"])
def heard(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Heard]:
    """Some seconds of SOUND through each kind of source."""
    kind: str = request.param
    folder = tmp_path_factory.mktemp("source")
    with contextlib.ExitStack() as stack:
        if kind == "microphone":
            yield stack.enter_context(pulse_microphone(folder))
            return
        clock = FakeClock()
        audio = AUDIO[kind](folder, stack)
        source = open_source(audio, BLOCK, clock, clock.wait)
        stack.callback(source.close)
        if kind == "fifo":
            feed(Path(audio.path), stack)
        yield hear(source, clock, 8)


def test_a_source_gives_blocks_of_the_length_asked_for(heard: Heard) -> None:
    assert {len(block.samples) for block in heard.blocks} == {BLOCK}
    assert {block.samples.dtype for block in heard.blocks} == {np.dtype(np.float32)}


def test_the_sound_arrives_whole_and_in_order(heard: Heard) -> None:
    part = heard.samples[-2 * RATE_HZ :]
    spectrum = np.fft.rfft(SOUND, 8 * RATE_HZ) * np.conj(np.fft.rfft(part, 8 * RATE_HZ))
    start = int(np.argmax(np.fft.irfft(spectrum)))
    played = SOUND[start : start + len(part)]

    assert np.corrcoef(part, played)[0, 1] > 0.95  # resampling takes away what is close to 8 kHz


def test_blocks_follow_each_other_without_a_gap(heard: Heard) -> None:
    for block, following in zip(heard.blocks, heard.blocks[1:], strict=False):
        assert following.started_s == pytest.approx(block.ended_s, abs=0.2)


def test_no_block_is_given_before_it_has_sounded(heard: Heard) -> None:
    for block, read_s in zip(heard.blocks, heard.read_s, strict=True):
        assert block.ended_s <= read_s + 1e-6


def recording(folder: Path, rate_hz: int) -> Audio:
    import soxr  # noqa: PLC0415 - the reference for this one source

    sound = SOUND if rate_hz == RATE_HZ else soxr.resample(SOUND, RATE_HZ, rate_hz)
    return Audio(source="file", files=(str(write(folder / "sound.wav", sound, rate_hz)),))


def piped_stdin(stack: contextlib.ExitStack) -> Audio:
    """Let standard input be a pipe that holds SOUND."""
    reading, writing = os.pipe()
    former = os.dup(0)
    os.dup2(reading, 0)
    stack.callback(os.close, former)
    stack.callback(os.dup2, former, 0)
    os.close(reading)
    writer = threading.Thread(target=write_all, args=(writing,), daemon=True)
    writer.start()
    stack.callback(writer.join, 10)
    return Audio(source="stdin")


def feed(path: Path, stack: contextlib.ExitStack) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    writer = threading.Thread(target=write_all, args=(descriptor,), daemon=True)
    writer.start()
    stack.callback(writer.join, 10)


def write_all(descriptor: int) -> None:
    with os.fdopen(descriptor, "wb") as pipe, contextlib.suppress(BrokenPipeError):
        pipe.write(as_pcm(SOUND))


AUDIO: dict[str, Callable[[Path, contextlib.ExitStack], Audio]] = {
    "file": lambda folder, _: recording(folder, RATE_HZ),
    "file at 44.1 kHz": lambda folder, _: recording(folder, 44_100),
    "fifo": lambda folder, _: Audio(source="fifo", path=str(folder / "pipe")),
    "stdin": lambda _, stack: piped_stdin(stack),
}


@contextlib.contextmanager
def pulse_microphone(folder: Path) -> Iterator[Heard]:
    """A microphone of PulseAudio that hears SOUND, opened through PortAudio."""
    with pytest.MonkeyPatch.context() as patch, microphones(folder, "pipemic") as there:
        for name, value in there.environment.items():
            patch.setenv(name, value)
        there.plug("pipemic", as_pcm(SOUND))
        clock = SystemClock()
        audio = Audio(source="microphone", device="pipemic")
        with contextlib.closing(open_source(audio, BLOCK, clock, time.sleep)) as source:
            yield hear(source, clock, 8)
