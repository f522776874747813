"""How loud a microphone hears at this moment, drawn as a bar for a terminal; pure."""

from collections import deque
from collections.abc import Sequence

from node.capture import Format
from node.level import SILENCE_DB, level_db
from node.pcm import clipped, floats_of

LOWEST_DB = -90.0
"""The left end of a bar: below the noise of any room."""
BAR_CHARACTERS = 26
HELD_S = 2.0
STALE_PICTURES = 10
"""A microphone that was pulled out says nothing more, not even that it is gone."""
ZEROS, CLIPS = "silent (zeros)", "clips"


class Gauge:
    """One microphone's bar; what it hears may come from another thread.

    Attributes:
        refused: Why it could not be opened; empty where it is open.
        chosen: Whether the settings name it.
    """

    def __init__(self, name: str) -> None:
        """Begin without sound.

        Args:
            name: The microphone's id.
        """
        self.refused, self.chosen = "", False
        self._name = name
        self._rate_hz = 0
        self._pictures = 0
        self._level_db = SILENCE_DB
        self._held: deque[tuple[float, str]] = deque(maxlen=1)

    def hear(self, form: Format, pcm: bytes) -> None:
        """Take the next piece, interleaved s16."""
        samples = floats_of(pcm)
        if not len(samples):
            return
        self._pictures = 0
        if form.rate_hz != self._rate_hz:
            pieces = max(1, round(HELD_S * form.rate_hz * form.channels / len(samples)))
            self._rate_hz, self._held = form.rate_hz, deque(maxlen=pieces)
        word = CLIPS if clipped(pcm) else "" if samples.any() else ZEROS
        self._level_db = level_db(samples - samples.mean())  # a sound card's offset is no sound
        self._held.append((self._level_db, word))

    def lines(self) -> tuple[str, str]:
        """Return its name, and the bar or what is wrong with it; for each picture once."""
        self._pictures += 1
        title = f"{'*' if self.chosen else ' '} {self._name}"
        if self.refused or not self._rate_hz:
            return title, f"    {self.refused or 'nothing has come yet'}"
        if self._pictures > STALE_PICTURES:
            return title, "    nothing comes any more; is it still plugged in?"
        held = list(self._held)
        peak_db = max(level for level, _ in held)
        words = {word for _, word in held}
        word = CLIPS if CLIPS in words else ZEROS if words == {ZEROS} else ""
        figures = (
            f"{round(self._level_db):4} dBFS  peak {round(peak_db):4}  {self._rate_hz} Hz  {word}"
        )
        return title, f"    {_bar(self._level_db, peak_db)} {figures}".rstrip()


def drawn(lines: Sequence[str], *, columns: int, over: int) -> str:
    """Return what puts lines on a terminal.

    Args:
        lines: The new picture, no longer than the terminal; a line is cut off at its edge.
        columns: The terminal's width.
        over: How many lines the picture before it had, which this one goes over.
    """
    up = f"\x1b[{over}F" if over else ""
    return up + "".join(f"{line[:columns]}\x1b[K\n" for line in lines) + "\x1b[J"


def _bar(level_db: float, peak_db: float) -> str:
    """A bar up to the level, and a mark where the peak is held."""
    full, mark = _place(level_db), _place(peak_db)
    bar = "#" * full + "." * (BAR_CHARACTERS - full)
    return bar[: mark - 1] + "|" + bar[mark:] if mark > full else bar


def _place(level_db: float) -> int:
    share = 1.0 - min(0.0, max(LOWEST_DB, level_db)) / LOWEST_DB
    return round(BAR_CHARACTERS * share)
