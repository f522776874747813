"""What speaks against a microphone: zeros, a repeated buffer, clipping, another rate; pure."""

from node.faint import Faint
from node.pcm import SAMPLE_BYTES, clipped

MUTE_S = 50.0
"""Told at the hub within 60 s (DESIGN 1.1)."""
MEMORY_S = 2.0
"""A stuck driver repeats its ring buffer, and ALSA's are shorter than this."""
CLIPPED_SHARE = 0.2
CLIPPED_MINUTES = 5
MINUTE_S = 60.0
RATE_S = 15.0
RATE_TIMES = 2
"""Off for so many spans in a row, the same way: one span alone may hold a hiccup of the machine."""
RATE_TOLERANCE = 0.02
"""The worst sound cards are off by 0.1 %; the rates that could be mistaken, by 8 % and more."""
PLUG = "do not trust what it hears; plug it in again"
SEND = "send raw 16 kHz mono as it is recorded"
CLIPS = f"over {CLIPPED_SHARE:.0%} of its sound is cut off; turn its gain down with alsamixer"


class Doubts:
    """Doubts about the sound of one opened microphone, as it delivers it."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        """Begin without any.

        Args:
            rate_hz: Frames a second.
            channels: Interleaved s16 samples a frame.
        """
        self._mute, self._clips, self._faint = _Mute(), _Clips(), Faint()
        self.begin(rate_hz, channels)

    def begin(self, rate_hz: int, channels: int) -> None:
        """Follow the same microphone, opened anew; a doubt stays until it is refuted."""
        self._mute.begin(rate_hz, channels)
        self._clips.begin(rate_hz * channels)
        self._faint.begin(rate_hz, channels)

    def hear(self, pcm: bytes) -> None:
        """Listen to the next piece, about half a second of interleaved s16."""
        self._mute.hear(pcm)
        self._clips.hear(pcm)
        if not self._mute.doubt:  # else it would still be faint when it is mute no more
            self._faint.hear(pcm)

    def found(self) -> dict[str, str]:
        """Return the doubt by trouble, with what to do: the worst, as they exclude each other."""
        doubts = {
            "microphone_mute": self._mute.doubt,
            "microphone_clips": self._clips.doubt,
            "microphone_faint": self._faint.doubt,
        }
        return dict([(name, doubt) for name, doubt in doubts.items() if doubt][:1])


class Rate:
    """Counts what is delivered against the monotonic clock.

    Attributes:
        doubt: How far it is from what was claimed; empty while it is right.
    """

    def __init__(self, advice: str = PLUG) -> None:
        """Begin without a doubt.

        Args:
            advice: What to do about one.
        """
        self.doubt = ""
        self._advice = advice
        self._claimed_hz = 0
        self._frames, self._since_s, self._ways = 0, -1.0, [0]

    def begin(self, claimed_hz: int) -> None:
        """Count anew, as the microphone was opened anew; a doubt stays until it is refuted."""
        self._claimed_hz, self._since_s, self._ways = claimed_hz, -1.0, [0]

    def hear(self, frames: int, now_s: float) -> None:
        """Count frames that came at this moment; those of the first were heard before it."""
        if self._since_s < 0.0:
            self._frames, self._since_s = 0, now_s
            return
        self._frames += frames
        if now_s - self._since_s >= RATE_S:
            self._judge(self._frames / (now_s - self._since_s))
            self._frames, self._since_s = 0, now_s

    def _judge(self, delivered_hz: float) -> None:
        off = delivered_hz / self._claimed_hz - 1.0
        way = 0 if abs(off) <= RATE_TOLERANCE else 1 if off > 0.0 else -1
        self._ways = [*self._ways, way][-RATE_TIMES:]
        if way == 0:
            self.doubt = ""
        elif set(self._ways) == {way}:
            self.doubt = (
                f"delivers {delivered_hz:.0f} samples a second, not {self._claimed_hz}: "
                + self._advice
            )


class Ahead:
    """Finds out a writer that always has more sound ready than time has passed.

    Held to real time it counts as right; but it gives no live sound, or that of a higher rate.

    Attributes:
        doubt: What to do; empty while it waits for the sound as we do.
    """

    def __init__(self) -> None:
        self.doubt = ""
        self._since_s: float | None = None

    def hear(self, now_s: float, *, ready: bool) -> None:
        """Take note of whether a whole block was ready before its time."""
        if not ready:
            self._since_s, self.doubt = None, ""
            return
        self._since_s = now_s if self._since_s is None else self._since_s
        if now_s - self._since_s >= RATE_TIMES * RATE_S:
            self.doubt = f"delivers faster than it is heard: {SEND}"


class _Mute:
    """Looks for a piece that was heard before, bit for bit: the noise of a room never is."""

    def __init__(self) -> None:
        self.doubt = ""
        self._repeated_s = 0.0

    def begin(self, rate_hz: int, channels: int) -> None:
        self._frame = SAMPLE_BYTES * channels
        self._second = self._frame * rate_hz
        self._memory, self._most = b"", round(MEMORY_S * self._second)

    def hear(self, pcm: bytes) -> None:
        before, heard = len(self._memory), self._memory + pcm
        self._memory = heard[-self._most :]
        if heard.find(pcm, 0, len(heard) - self._frame) < 0:
            if not self.doubt or before == self._most:  # else too little is known yet
                self._repeated_s, self.doubt = 0.0, ""
            return
        self._repeated_s += len(pcm) / self._second
        if self._repeated_s >= MUTE_S:
            what = "the same moment again and again" if any(pcm) else "only zeros"
            self.doubt = f"delivers {what}; look for a mute switch, then plug it in again"


class _Clips:
    """Counts minutes in which too much of the sound was cut off."""

    def __init__(self) -> None:
        self.doubt = ""
        self._minutes = 0

    def begin(self, samples_per_s: int) -> None:
        self._minute = round(MINUTE_S * samples_per_s)
        self._samples = self._clipped = 0

    def hear(self, pcm: bytes) -> None:
        self._samples += len(pcm) // SAMPLE_BYTES
        self._clipped += clipped(pcm)
        if self._samples >= self._minute:
            loud = self._clipped > CLIPPED_SHARE * self._samples
            self._minutes = self._minutes + 1 if loud else 0
            self._samples = self._clipped = 0
            self.doubt = CLIPS if self._minutes >= CLIPPED_MINUTES else ""
