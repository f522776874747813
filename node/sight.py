"""What a window looks like: the picture for the network, and the new spectra for the rhythms."""

from typing import Protocol

from node.blocks import Window
from node.bundle import LogMelInput, WaveformInput
from node.cadence import Cadence
from node.features import LogMelStream
from node.groups import Pattern
from node.spectra import Floats, SpectrumStream

FFT_SIZE, HOP_SIZE = 800, 400
"""Of the spectra beside a network whose own are too long for beeps of 0.1 s, or too short to part
their tones from their neighbours, or which takes samples."""
SHARED_FFT, SHARED_HOP = (400, 1024), (160, 512)
"""Spectra that rhythms were heard by as well as by those."""


class Sight(Protocol):
    """Sees windows one after the other."""

    def see(self, window: Window, *, follows: bool) -> tuple[Floats, list[Pattern]]:
        """See a window.

        Args:
            window: The sound.
            follows: Whether its news go on where the last seen window ended.

        Returns:
            What the network takes, and the rhythms that were recognised.
        """


class LogMelSight:
    """The picture of a window, only its new part computed; rhythms share its spectra."""

    def __init__(self, wanted: LogMelInput) -> None:
        self._stream = LogMelStream(wanted.log_mel, wanted.frames)
        self._cadence = Cadence(wanted.fft_size, wanted.hop_size)

    def see(self, window: Window, *, follows: bool) -> tuple[Floats, list[Pattern]]:
        """See a window."""
        if not follows:
            self._stream.reset()
            self._cadence.reset()
        power = self._stream.push(window.news if follows else window.samples)
        return self._stream.picture(), self._cadence.push(power, window.ended_s)


class TwofoldSight:
    """A picture whose spectra are of no use for rhythms, which have their own."""

    def __init__(self, wanted: LogMelInput) -> None:
        self._stream = LogMelStream(wanted.log_mel, wanted.frames)
        self._beside = WaveformSight()

    def see(self, window: Window, *, follows: bool) -> tuple[Floats, list[Pattern]]:
        """See a window."""
        if not follows:
            self._stream.reset()
        self._stream.push(window.news if follows else window.samples)
        _, patterns = self._beside.see(window, follows=follows)
        return self._stream.picture(), patterns


class WaveformSight:
    """The samples of a window; spectra are for the rhythms alone."""

    def __init__(self) -> None:
        self._spectra = SpectrumStream(FFT_SIZE, HOP_SIZE)
        self._cadence = Cadence(FFT_SIZE, HOP_SIZE)

    def see(self, window: Window, *, follows: bool) -> tuple[Floats, list[Pattern]]:
        """See a window."""
        if not follows:
            self._spectra.reset()
            self._cadence.reset()
        power = self._spectra.push(window.news if follows else window.samples)
        return window.samples, self._cadence.push(power, window.ended_s)


def sight(wanted: LogMelInput | WaveformInput) -> Sight:
    """Return how a window is shown to a network."""
    if isinstance(wanted, WaveformInput):
        return WaveformSight()
    (least, most), (shortest, longest) = SHARED_FFT, SHARED_HOP
    shared = least <= wanted.fft_size <= most and shortest <= wanted.hop_size <= longest
    return LogMelSight(wanted) if shared else TwofoldSight(wanted)
