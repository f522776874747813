"""How sound flows: blocks as they come from a source, windows as a network wants them."""

from dataclasses import dataclass

import numpy as np

from node.spectra import Floats

SAMPLE_RATE_HZ = 16_000
"""The one rate inside a node; sources resample whatever they read."""
GAP_S = 0.1
"""A block that starts later than this after the last one does not follow it."""


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """What a source gives: mono samples in -1..1 at 16 kHz, shape (n,).

    Attributes:
        samples: The sound.
        started_s: The monotonic clock at the first sample.
    """

    samples: Floats
    started_s: float

    @property
    def ended_s(self) -> float:
        """The monotonic clock after the last sample."""
        return self.started_s + len(self.samples) / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Window:
    """What is judged at once, shape (window_samples,).

    Attributes:
        samples: The sound.
        ended_s: The monotonic clock after the last sample.
        fresh: How many of the last samples were not in the window before; all of them after a gap.
    """

    samples: Floats
    ended_s: float
    fresh: int

    @property
    def follows(self) -> bool:
        """Whether this window goes on where the one before it ended."""
        return self.fresh < len(self.samples)

    @property
    def news(self) -> Floats:
        """The samples that were not in the window before, shape (fresh,)."""
        return self.samples[-self.fresh :]


class Windows:
    """Cuts blocks of any length into overlapping windows, a new one every hop."""

    def __init__(self, window_samples: int, hop_samples: int) -> None:
        """Begin without any sound.

        Args:
            window_samples: Length of a window.
            hop_samples: From one window's start to the next one's, less than `window_samples`.
        """
        self._window, self._hop = window_samples, hop_samples
        self._held = np.empty(0, np.float32)
        self._fresh = window_samples
        self._ended_s = -np.inf

    def push(self, block: AudioBlock) -> list[Window]:
        """Hear a block and return the windows that are now complete, oldest first."""
        if block.started_s - self._ended_s > GAP_S:
            self._held, self._fresh = np.empty(0, np.float32), self._window
        self._held = np.concatenate((self._held, block.samples))
        self._ended_s = block.ended_s
        windows = []
        while len(self._held) >= self._window:
            unheard_s = (len(self._held) - self._window) / SAMPLE_RATE_HZ
            window = self._held[: self._window]
            windows.append(Window(window, self._ended_s - unheard_s, self._fresh))
            self._held, self._fresh = self._held[self._hop :], self._hop
        return windows
