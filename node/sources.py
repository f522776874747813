"""Where sound comes from: one port, and behind it recordings, a pipe or a microphone."""

import logging
import os
import select
import stat
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from contract.clock import Clock
from contract.errors import AudioError
from node.blocks import SAMPLE_RATE_HZ, AudioBlock
from node.capture import Microphone
from node.centre import Centre
from node.doubts import SEND, Ahead, Doubts, Rate
from node.microphone import PortAudio
from node.pcm import SAMPLE_BYTES, floats_of
from node.recordings import Quiet, sound_of
from node.settings import Audio
from node.spectra import Floats

EARLY_S = 0.2
"""No live source is ahead of the clock by more: such a one is held back to real time."""
LATE_S = 3.0
"""More than a pipe (2 s) or a microphone's queue can hold back: then sound is missing."""
SLEW = 0.1
"""Share of a small lateness that counts as drift of the source's own clock, ..."""
SLEW_MOST_S = 0.05
"""... for one block: no correction looks like a gap."""
STDIN = 0

Wait = Callable[[float], None]

log = logging.getLogger(__name__)


class Source(Protocol):
    """The port: sound in real time, or the reason why there is none."""

    @property
    def lost(self) -> str:
        """Why no sound can come at present; empty while it can."""

    @property
    def dropped(self) -> int:
        """How many blocks were given up because nobody read them in time."""

    @property
    def doubts(self) -> Mapping[str, str]:
        """Why the sound cannot be trusted, by trouble; empty while it can."""

    def read(self, timeout_s: float) -> AudioBlock | None:
        """Return the next block, None where there is none within about this time."""

    def close(self) -> None:
        """Let go of the device or file."""


class Inlet(Protocol):
    """What is behind a source: it gives blocks as fast as it can."""

    lost: str
    dropped: int

    @property
    def doubts(self) -> Mapping[str, str]:
        """Why the sound cannot be trusted, by trouble; empty while it can."""

    def pull(self, timeout_s: float) -> Floats | None:
        """Return a whole block as soon as there is one, None where there is none in that time."""

    def close(self) -> None:
        """Let go of the device or file."""


class Paced:
    """Puts the blocks of an inlet on the monotonic clock, and holds them to real time.

    A block counts as ended when it arrives, but sound that follows on is counted by its samples:
    the reader's delays leave no trace, the slow drift of a sound card is followed.
    """

    def __init__(self, inlet: Inlet, block_samples: int, clock: Clock, wait: Wait) -> None:
        self._inlet, self._clock, self._wait = inlet, clock, wait
        self._block_s = block_samples / SAMPLE_RATE_HZ
        self._block: Floats | None = None
        self._ended_s: float | None = None

    @property
    def lost(self) -> str:
        """Why no sound can come at present; empty while it can."""
        return self._inlet.lost

    @property
    def dropped(self) -> int:
        """How many blocks were given up because nobody read them in time."""
        return self._inlet.dropped

    @property
    def doubts(self) -> Mapping[str, str]:
        """Why the sound cannot be trusted, by trouble; empty while it can."""
        return self._inlet.doubts

    def read(self, timeout_s: float) -> AudioBlock | None:
        """Return the next block when it is due; waits at most twice `timeout_s`."""
        if self._block is None:
            self._block = self._inlet.pull(timeout_s)
        if self._block is None:
            return None
        ended_s = self._due(timeout_s)
        if ended_s is None:
            return None
        block, self._block, self._ended_s = self._block, None, ended_s
        return AudioBlock(block, ended_s - self._block_s)

    def close(self) -> None:
        """Let go of the device or file."""
        self._inlet.close()

    def _due(self, timeout_s: float) -> float | None:
        """When the waiting block ended, None while that is still to come."""
        now_s = self._clock.mono_s()
        due_s = now_s if self._ended_s is None else self._ended_s + self._block_s
        late_s = now_s - due_s
        if late_s < -EARLY_S:
            self._wait(min(-late_s, timeout_s))
            return due_s if -late_s <= timeout_s else None
        if late_s < 0.0 or late_s > LATE_S:
            return now_s
        return due_s + min(SLEW * late_s, SLEW_MOST_S)


class Recordings:
    """A room in which recordings play, with a pause after each, and then it is quiet."""

    def __init__(
        self, files: Sequence[Path], block_samples: int, *, loop: bool = False, pause_s: float = 0.0
    ) -> None:
        self.lost = ""
        self.dropped = 0
        self._files, self._loop = files, loop
        self._pause = round(pause_s * SAMPLE_RATE_HZ)
        self._block_samples = block_samples
        self._quiet = Quiet()
        self._sound = self._play()
        self._held = np.empty(0, np.float32)

    @property
    def doubts(self) -> Mapping[str, str]:
        """None: a recording is what it is."""
        return {}

    def pull(self, timeout_s: float) -> Floats | None:
        """Return the next block at once."""
        del timeout_s  # a recording never keeps one waiting
        pieces, missing = [self._held], self._block_samples - len(self._held)
        while missing > 0:
            pieces.append(next(self._sound))
            missing -= len(pieces[-1])
        sound = np.concatenate(pieces)
        self._held = sound[self._block_samples :]
        return sound[: self._block_samples]

    def close(self) -> None:
        """Close the recording that plays."""
        self._sound.close()

    def _play(self) -> Generator[Floats, None, None]:
        again = True
        while again:
            heard = False
            for path in self._files:
                heard |= yield from self._play_one(path)
            self.lost = "" if heard else "none of the recordings can be played"
            again = heard and self._loop
        while True:
            yield self._quiet(self._block_samples)

    def _play_one(self, path: Path) -> Generator[Floats, None, bool]:
        """Play a recording and the pause after it; returns whether anything was heard."""
        heard = False
        try:
            for sound in sound_of(path):
                heard |= len(sound) > 0
                yield sound
        except AudioError as error:
            log.warning("recording skipped: %s", error)
        for start in range(0, self._pause, self._block_samples):
            yield self._quiet(min(self._block_samples, self._pause - start))
        return heard


class Pipe:
    """Raw 16 kHz mono s16le from an open file."""

    def __init__(
        self, descriptor: int, block_samples: int, clock: Clock, wait: Wait, name: str
    ) -> None:
        self.lost = ""
        self.dropped = 0
        self._descriptor, self._clock, self._wait, self._name = descriptor, clock, wait, name
        self._is_recording = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._wanted = block_samples * SAMPLE_BYTES
        self._held = b""
        self._doubts, self._centre = Doubts(SAMPLE_RATE_HZ, 1), Centre()
        self._rate, self._ahead = Rate(SEND), Ahead()
        self._rate.begin(SAMPLE_RATE_HZ)

    @property
    def doubts(self) -> Mapping[str, str]:
        """Why the sound cannot be trusted, by trouble; a file has no rate of its own."""
        rate = "" if self.lost or self._is_recording else self._ahead.doubt or self._rate.doubt
        told = {"microphone_rate": f"{self._name} {rate}"} if rate else {}
        return told | self._doubts.found()

    def pull(self, timeout_s: float) -> Floats | None:
        """Return the next block; sleeps while it grows, as every wake-up costs."""
        missing = self._wanted - len(self._held)
        self._ahead.hear(self._clock.mono_s(), ready=missing <= 0)
        if missing > 0:
            self._wait(min(timeout_s, missing / (SAMPLE_RATE_HZ * SAMPLE_BYTES)))
        self._read()
        if len(self._held) < self._wanted:
            return None
        pcm, self._held = self._held[: self._wanted], self._held[self._wanted :]
        self._doubts.hear(pcm)
        return self._centre.push(floats_of(pcm))

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _read(self) -> None:
        """Take what is there, up to one block more than wanted: only then a writer must wait."""
        room = 2 * self._wanted - len(self._held)
        if room and select.select([self._descriptor], [], [], 0.0)[0]:
            heard = os.read(self._descriptor, room)
            self._held += heard
            self.lost = "" if heard else f"{self._name} has ended"
            self._rate.hear(len(heard) // SAMPLE_BYTES, self._clock.mono_s())


def open_source(audio: Audio, block_samples: int, clock: Clock, wait: Wait) -> Source:
    """Open what the settings name.

    Args:
        audio: Where the sound comes from.
        block_samples: How much sound the reader wants at once.
        clock: The monotonic clock that blocks are put on.
        wait: Sleeps for some seconds.

    Raises:
        AudioError: The pipe is none. A microphone that is away is waited for instead.
    """
    return Paced(_inlet(audio, block_samples, clock, wait), block_samples, clock, wait)


def _inlet(audio: Audio, block_samples: int, clock: Clock, wait: Wait) -> Inlet:
    if audio.source == "file":
        files = [Path(name) for name in audio.files]
        return Recordings(files, block_samples, loop=audio.loop, pause_s=audio.pause_s)
    if audio.source == "fifo":
        return Pipe(_open_fifo(Path(audio.path)), block_samples, clock, wait, "the pipe")
    if audio.source == "stdin":
        return Pipe(os.dup(STDIN), block_samples, clock, wait, "standard input")
    return Microphone(PortAudio(audio.device), block_samples, clock)


def _open_fifo(path: Path) -> int:
    """Open a named pipe for both ends: it then never ends, whoever comes and goes writing."""
    try:
        if not path.exists():
            os.mkfifo(path, 0o600)
        if not stat.S_ISFIFO(path.stat().st_mode):
            raise AudioError(f"audio.path: {path} is no named pipe; give it another name")
        return os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise AudioError(f"audio.path: cannot open {path}: {error.strerror}") from error
