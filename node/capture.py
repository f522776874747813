"""A microphone that is opened again whenever it is lost, whatever opens it."""

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from contract.clock import Clock
from contract.errors import UnavailableError
from node.blocks import SAMPLE_RATE_HZ
from node.centre import Centre
from node.doubts import Doubts, Rate
from node.pcm import SAMPLE_BYTES, floats_of
from node.reopening import Reopening
from node.resample import Resampler
from node.spectra import Floats

QUEUED_S = 3.0
SILENT_S = 3.0
"""An open microphone that gives nothing for so long was pulled out: ALSA does not say so."""
WATCH_S = 1.0
CLOSE_S = 1.0
MENDED_BY_OPENING = ("microphone_rate", "microphone_mute", "microphone_faint")
"""Clipping is not: it is the room or the gain, and an alarm that clips must not be interrupted."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Format:
    """How one opened microphone delivers; a new one for each opening.

    Attributes:
        rate_hz: Frames a second.
        channels: Interleaved samples a frame.
    """

    rate_hz: int
    channels: int


Collect = Callable[[Format, bytes], None]


class Capture(Protocol):
    """A microphone that is open."""

    def is_alive(self) -> bool:
        """Whether it still runs, as far as the system says.

        Raises:
            UnavailableError: The system says that it is gone.
        """

    def close(self) -> None:
        """Let go of it."""


class Backend(Protocol):
    """What opens a microphone."""

    def open(self, block_s: float, collect: Collect) -> Capture:
        """Open it; `collect` is then called with interleaved s16 from a thread of the backend.

        Raises:
            UnavailableError: It is not there, or cannot be opened.
        """


class Microphone:
    """An inlet whose own thread opens the microphone, watches it, and opens it again.

    Attributes:
        lost: Why the microphone could not be opened or kept open; empty from its first sound on.
        dropped: Pieces that nobody read in time; the oldest go first.
    """

    def __init__(
        self,
        backend: Backend,
        block_samples: int,
        clock: Clock,
        back_off_s: tuple[float, float] = (1.0, 10.0),
    ) -> None:
        """Begin to open it.

        Args:
            backend: What opens it.
            block_samples: How much 16 kHz sound a pull gives.
            clock: The monotonic clock that its rate is measured by.
            back_off_s: Shortest and longest time from one attempt to the next.
        """
        self.lost = ""
        self.dropped = 0
        self._backend, self._clock, self._back_off_s = backend, clock, back_off_s
        self._block_samples = block_samples
        self._block_s = block_samples / SAMPLE_RATE_HZ
        pieces = max(1, int(QUEUED_S / self._block_s))
        self._pieces: queue.Queue[tuple[Format, bytes]] = queue.Queue(pieces)
        self._collected_s = 0.0
        self._format: Format | None = None
        self._doubts: Doubts | None = None
        self._counted: Format | None = None
        self._rate, self._reopening = Rate(), Reopening()
        self._may_be_another = False
        self._resampler, self._centre = Resampler(SAMPLE_RATE_HZ), Centre()
        self._held = np.empty(0, np.float32)
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep_open, name="microphone", daemon=True)
        self._keeper.start()

    @property
    def doubts(self) -> dict[str, str]:
        """Why its sound cannot be trusted, by trouble; a lost microphone is no liar."""
        if self.lost:
            return {}
        rate = {"microphone_rate": self._rate.doubt} if self._rate.doubt else {}
        return rate | (self._doubts.found() if self._doubts else {})

    def pull(self, timeout_s: float) -> Floats | None:
        """Return the next block, None where none comes in time."""
        if len(self._held) < self._block_samples:
            try:
                self._take(*self._pieces.get(timeout=timeout_s))
            except queue.Empty:
                return None
        if len(self._held) < self._block_samples:
            return None
        block, self._held = np.split(self._held, [self._block_samples])
        return block

    def close(self) -> None:
        """Let go of the microphone."""
        self._closing.set()
        self._keeper.join(CLOSE_S)

    def _take(self, form: Format, pcm: bytes) -> None:
        if form is not self._format:  # opened anew: what was heard before does not go on
            self._format, self._resampler, self._centre = form, Resampler(form.rate_hz), Centre()
            self._held = np.empty(0, np.float32)
            self._doubt_anew(form)
        if self._doubts:
            self._doubts.hear(pcm)
        frames = floats_of(pcm).reshape(-1, form.channels)
        sound = self._centre.push(self._resampler.push(frames))
        self._held = np.concatenate((self._held, sound))

    def _doubt_anew(self, form: Format) -> None:
        """Go on with what is known of a microphone, unless it was away: it may be another one."""
        if self._doubts and not self._may_be_another:
            self._doubts.begin(form.rate_hz, form.channels)
        else:
            self._doubts = Doubts(form.rate_hz, form.channels)
        self._may_be_another = False

    def _collect(self, form: Format, pcm: bytes) -> None:
        """Called by the sound system: must neither wait nor think."""
        self._collected_s = self._clock.mono_s()
        if form is not self._counted:
            self._counted, self.lost = form, ""
            self._rate.begin(form.rate_hz)
        self._rate.hear(len(pcm) // (SAMPLE_BYTES * form.channels), self._collected_s)
        while True:
            try:
                return self._pieces.put_nowait((form, pcm))
            except queue.Full:
                self.dropped += 1
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        try:
            self._pieces.get_nowait()
        except queue.Empty:  # the reader was quicker
            return

    def _keep_open(self) -> None:
        shortest_s, longest_s = self._back_off_s
        pause_s = shortest_s
        while not self._closing.is_set():
            try:
                with closing(self._backend.open(self._block_s, self._collect)) as capture:
                    pause_s = shortest_s
                    self._watch(capture)
            except UnavailableError as error:
                self.lost, self._may_be_another = str(error), True
                log.warning("no microphone: %s", error)
            except Exception as error:
                self.lost, self._may_be_another = f"the microphone failed: {error}", True
                log.exception("the microphone failed, opening it again")
            self._closing.wait(pause_s)
            pause_s = min(2.0 * pause_s, longest_s)

    def _watch(self, capture: Capture) -> None:
        """Stay while the microphone is there, wanted, and nothing that opening mends is wrong.

        Raises:
            UnavailableError: It was lost.
        """
        self._collected_s = self._clock.mono_s()
        log.info("microphone is open")
        while capture.is_alive() and self._clock.mono_s() - self._collected_s < SILENT_S:
            if self._closing.wait(WATCH_S) or self._shall_open_anew():
                return
        self.lost = "the microphone was lost"  # told now: a stuck driver may never let it close
        raise UnavailableError(self.lost)

    def _shall_open_anew(self) -> bool:
        doubts = self.doubts
        doubt = next((doubts[name] for name in MENDED_BY_OPENING if name in doubts), "")
        due = self._reopening.is_due(self._clock.mono_s(), doubted=bool(doubt))
        if due:
            log.warning("the microphone %s; opening it anew", doubt)
        return due
