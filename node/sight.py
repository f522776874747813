"""What a window looks like: the picture for the network, and the new spectra for the rhythms."""

from typing import Protocol

from node.blocks import Window
from node.bundle import LogMelInput, WaveformInput
from node.cadence import Cadence
from node.features import LogMelStream
from node.repeats import Pattern
from node.spectra import Floats, SpectrumStream

FFT_SIZE, HOP_SIZE = 800, 400
"""Of the spectra beside a network that takes samples: short enough for a beep of 0.1 s."""


class Sight(Protocol):
    """Sees windows one after the other."""

    def see(self, window: Window, *, follows: bool) -> tuple[Floats, list[Pattern]]:
        """See a window.

        Args:
            window: The sound.
            follows: Whether the window before it, half of it or more, was seen too.

        Returns:
            What the network takes, and the rhythms that were recognised.
        """


class LogMelSight:
    """The picture of a window, of which only the new part is computed."""

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
    return LogMelSight(wanted) if isinstance(wanted, LogMelInput) else WaveformSight()
