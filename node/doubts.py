"""What speaks against a microphone: zeros, a repeated buffer, clipping, another rate; pure."""

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
CLIPS = f"over {CLIPPED_SHARE:.0%} of its sound is cut off; turn its gain down with alsamixer"


class Doubts:
    """Doubts about the sound of one opened microphone, as it delivers it."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        """Begin without any.

        Args:
            rate_hz: Frames a second.
            channels: Interleaved s16 samples a frame.
        """
        self._mute = _Mute(rate_hz, channels)
        self._clips = _Clips(rate_hz * channels)

    def hear(self, pcm: bytes) -> None:
        """Listen to the next piece, about half a second of interleaved s16."""
        self._mute.hear(pcm)
        self._clips.hear(pcm)

    def found(self) -> dict[str, str]:
        """Return the doubts by trouble, with what to do; what is only repeated cannot clip too."""
        mute, clips = self._mute.doubt, self._clips.doubt
        return {"microphone_mute": mute} if mute else {"microphone_clips": clips} if clips else {}


class Rate:
    """Counts what is delivered against the monotonic clock.

    Attributes:
        doubt: How far it is from what was claimed; empty while it is right.
    """

    def __init__(self) -> None:
        self.doubt = ""
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
                "do not trust what it hears; plug it in again"
            )


class _Mute:
    """Looks for a piece that was heard before, bit for bit: the noise of a room never is."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self.doubt = ""
        self._frame = SAMPLE_BYTES * channels
        self._second = self._frame * rate_hz
        self._memory = b""
        self._repeated_s = 0.0

    def hear(self, pcm: bytes) -> None:
        heard = self._memory + pcm
        self._memory = heard[-round(MEMORY_S * self._second) :]
        if heard.find(pcm, 0, len(heard) - self._frame) < 0:
            self._repeated_s, self.doubt = 0.0, ""
            return
        self._repeated_s += len(pcm) / self._second
        if self._repeated_s >= MUTE_S:
            what = "the same moment again and again" if any(pcm) else "only zeros"
            self.doubt = f"delivers {what}; look for a mute switch, then plug it in again"


class _Clips:
    """Counts minutes in which too much of the sound was cut off."""

    def __init__(self, samples_per_s: int) -> None:
        self.doubt = ""
        self._minute = round(MINUTE_S * samples_per_s)
        self._samples = self._clipped = self._minutes = 0

    def hear(self, pcm: bytes) -> None:
        self._samples += len(pcm) // SAMPLE_BYTES
        self._clipped += clipped(pcm)
        if self._samples >= self._minute:
            loud = self._clipped > CLIPPED_SHARE * self._samples
            self._minutes = self._minutes + 1 if loud else 0
            self._samples = self._clipped = 0
            self.doubt = CLIPS if self._minutes >= CLIPPED_MINUTES else ""
