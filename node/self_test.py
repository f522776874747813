"""A node's self-test: plays a chirp, hears it, and says how well."""

import queue
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np

from contract.clock import Clock
from contract.errors import UnavailableError
from node.blocks import SAMPLE_RATE_HZ
from node.capture import Capture, Collect, Format
from node.chirp import SECONDS, Echo, chirp, find
from node.level import level_db
from node.pcm import floats_of
from node.resample import Resampler
from node.spectra import Floats

PIECE_S = 0.1
WARM_UP = SAMPLE_RATE_HZ
"""A second: a microphone that was just switched on clicks and finds its middle."""
ROOM = SAMPLE_RATE_HZ
LONGEST = round((SECONDS + 2.5) * SAMPLE_RATE_HZ)
"""A chirp that comes later is none of ours: sound systems hold back up to 2 s."""
NOTHING_S = 5.0
"""PulseAudio may need some seconds to wake a device."""
QUEUED = 1000
"""Pieces: more than a whole test has."""
QUIET_DB = -85.0
"""A quiet room is above it (docs/microphones.md)."""
NOT_HEARD = (
    "the chirp was played, but not heard in the noise of the room ({noise_db:.0f} dBFS): turn the "
    "loudspeaker up, bring the microphone within 2 m of it, or see `soribit devices`"
)


class Sounds(Protocol):
    """The sound system, `node.microphone.PortAudio`."""

    def open(self, block_s: float, collect: Collect) -> Capture:
        """Open the microphone."""

    def play(self, sound_at: Callable[[int], Floats], began: Callable[[], None]) -> Capture:
        """Play a sound beside it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a self-test says.

    Attributes:
        is_well: Whether the microphone hears.
        sentence: How well, or what to do.
    """

    is_well: bool
    sentence: str


MUTE = Verdict(is_well=False, sentence="the microphone delivers only zeros; look for a mute switch")


def run(sounds: Sounds, clock: Clock) -> Verdict:
    """Play a chirp and listen for it, for about six seconds.

    Args:
        sounds: The sound system.
        clock: The monotonic clock.

    Raises:
        UnavailableError: There is no microphone, it refuses, or it gives no sound.
    """
    recorder = _Recorder(clock)
    with closing(sounds.open(PIECE_S, recorder.collect)):
        recorder.hear_until(WARM_UP + ROOM)
        try:
            playing = sounds.play(chirp, recorder.note_beginning)
        except UnavailableError as error:
            return without_loudspeaker(recorder.sound[WARM_UP:], str(error))
        with closing(playing):
            before = recorder.beginning()
            recorder.hear_until(before + LONGEST)
    if not recorder.sound.any():
        return MUTE
    echo = find(recorder.sound[WARM_UP:], before - WARM_UP)
    return of_echo(echo, latency_s=(echo.at + WARM_UP - before) / SAMPLE_RATE_HZ)


def of_echo(echo: Echo, *, latency_s: float) -> Verdict:
    """Say how well a chirp was heard.

    Args:
        echo: What was found.
        latency_s: From playing it to hearing it.
    """
    if not echo.is_heard:
        return Verdict(is_well=False, sentence=NOT_HEARD.format(noise_db=echo.noise_db))
    over = f"{echo.over_noise_db:.0f} dB over" if echo.over_noise_db > 0.0 else "below"
    missing = ", ".join(f"{low}-{high}" for low, high in echo.missing_hz)
    bands = f"but not at {missing} Hz" if missing else "at all pitches from 500 to 6000 Hz"
    return Verdict(
        is_well=True,
        sentence=f"heard the chirp {over} the noise of the room ({echo.noise_db:.0f} dBFS), "
        f"{latency_s:.2f} s after it was played, {bands}",
    )


def without_loudspeaker(room: Floats, why: str) -> Verdict:
    """Say what can be said without a chirp.

    Args:
        room: What the microphone heard, 16 kHz mono.
        why: Why none could be played.
    """
    if not room.any():
        return MUTE
    db = level_db(room - room.mean())
    told = f"no chirp could be played ({why}); the microphone hears a room of {db:.0f} dBFS"
    advice = "too little: turn its gain up" if db < QUIET_DB else "clap, and see `soribit devices`"
    return Verdict(is_well=db >= QUIET_DB, sentence=f"{told}: {advice}")


class _Recorder:
    """Keeps what a microphone delivers, as 16 kHz mono, and when a chirp began to be played.

    Attributes:
        sound: All that was heard, shape (n,).
    """

    def __init__(self, clock: Clock) -> None:
        self.sound: Floats = np.empty(0, np.float32)
        self._clock = clock
        self._pieces: queue.Queue[tuple[Format, bytes, float]] = queue.Queue(QUEUED)
        self._resampler: Resampler | None = None
        self._started_s = inf
        self._began, self._began_s = threading.Event(), 0.0

    def collect(self, form: Format, pcm: bytes) -> None:
        """Called by the sound system: must neither wait nor think."""
        with suppress(queue.Full):  # a test that nobody reads is over
            self._pieces.put_nowait((form, pcm, self._clock.mono_s()))

    def note_beginning(self) -> None:
        """Called by the sound system when it begins to play."""
        self._began_s = self._clock.mono_s()
        self._began.set()

    def beginning(self) -> int:
        """Return how many samples had been heard when it began to play.

        Raises:
            UnavailableError: It does not begin.
        """
        if not self._began.wait(NOTHING_S):
            raise UnavailableError("the loudspeaker does not begin to play")
        return round((self._began_s - self._started_s) * SAMPLE_RATE_HZ)

    def hear_until(self, samples: int) -> None:
        """Listen until there is so much sound.

        Raises:
            UnavailableError: The microphone gives none.
        """
        while len(self.sound) < samples:
            try:
                form, pcm, came_s = self._pieces.get(timeout=NOTHING_S)
            except queue.Empty as nothing:
                raise UnavailableError(
                    "the microphone gives no sound; plug it in again"
                ) from nothing
            self._resampler = self._resampler or Resampler(form.rate_hz)
            frames = floats_of(pcm).reshape(-1, form.channels)
            self.sound = np.concatenate((self.sound, self._resampler.push(frames)))
            # the piece that was held up the least tells when the recording began
            self._started_s = min(self._started_s, came_s - len(self.sound) / SAMPLE_RATE_HZ)
