"""Whether there is anything to hear: in a quiet room nothing needs to be seen or judged."""

from math import inf

from node.tones import MEMORY_S

OPEN_DB = -58.0
"""dBFS of the loudest 0.1 s: 5 dB below beeps of -53 dBFS, of which a piece may hold but a half."""
OVER_FLOOR_DB = 6.0
"""So much over the room's noise floor something sounds, however faint."""
STAYS_OPEN_S = MEMORY_S
"""After the last of it: an alarm's pauses are shorter, and its rhythm must be heard through them.
"""


class Gate:
    """Opens at once, shuts late; knows no clock but what it is told."""

    def __init__(self) -> None:
        """Begin shut."""
        self._loud_s = -inf

    def is_open(self, loudest_db: float, floor_db: float, at_s: float) -> bool:
        """Tell whether what was heard up to now is worth a look.

        Args:
            loudest_db: RMS of the loudest 0.1 s of the window, dBFS.
            floor_db: The room's noise floor, dBFS.
            at_s: End of the window.
        """
        if loudest_db >= min(OPEN_DB, floor_db + OVER_FLOOR_DB):
            self._loud_s = at_s
        return at_s - self._loud_s <= STAYS_OPEN_S
