"""Which events wait for the hub, in which order, and when each goes out again; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

AGAIN_S, AGAIN_MAX_S = 2.0, 30.0
PACE_PER_S = 15.0
"""Below the 20 events a second that the hub takes from a node, with room for what is new."""
AT_ONCE = 15
MOST_EVENTS = 10_000
MOST_UNSTORED = 1_000


@dataclass(slots=True)
class Letter:
    """One event on its way.

    Attributes:
        event_id: Its id, as in the payload.
        rank: Its place in the sending order, emergencies 0.
        payload: The message as it is sent.
        stored: Whether it is on disk.
        due_s: The monotonic clock when it goes out next.
        again_s: How long to wait for the hub after that.
        sent: Whether it ever went out.
    """

    event_id: str
    rank: int
    payload: bytes
    stored: bool = False
    due_s: float = 0.0
    again_s: float = AGAIN_S
    sent: bool = False


class Pending:
    """All letters that the hub has not acknowledged; the oldest first. For one thread at a time."""

    def __init__(self) -> None:
        self._letters: dict[str, Letter] = {}
        self._credit = float(AT_ONCE)
        self._credited_s = 0.0

    def __len__(self) -> int:
        return len(self._letters)

    def letters(self) -> list[Letter]:
        """Return all of them."""
        return list(self._letters.values())

    def add(self, letter: Letter) -> None:
        """Take a letter in."""
        self._letters[letter.event_id] = letter

    def remove(self, event_ids: Iterable[str]) -> None:
        """Forget letters; unknown ids are fine."""
        for event_id in event_ids:
            self._letters.pop(event_id, None)

    def unstored(self) -> list[Letter]:
        """Return what is not on disk yet."""
        return [letter for letter in self._letters.values() if not letter.stored]

    def surplus(self) -> list[str]:
        """Return whom to give up: the least urgent beyond the bounds. No letter is ever too old."""
        beyond = _least(self.unstored(), MOST_UNSTORED) + _least(self.letters(), MOST_EVENTS)
        return [letter.event_id for letter in beyond]

    def due(self, now_s: float) -> list[Letter]:
        """Return what should go out now: emergencies first, then the oldest, within the pace."""
        earned = (now_s - self._credited_s) * PACE_PER_S
        self._credit, self._credited_s = min(AT_ONCE, self._credit + earned), now_s
        due = [letter for letter in self._letters.values() if letter.due_s <= now_s]
        return sorted(due, key=lambda letter: letter.rank)[: max(0, int(self._credit))]

    def sent(self, letter: Letter, now_s: float) -> None:
        """Note that a letter went out; without an answer it goes again, ever more seldom."""
        self._credit -= 1.0
        letter.sent = True
        letter.due_s = now_s + letter.again_s
        letter.again_s = min(2.0 * letter.again_s, AGAIN_MAX_S)

    def wake(self) -> None:
        """Make everything due now: the hub is back."""
        for letter in self._letters.values():
            letter.due_s, letter.again_s = 0.0, AGAIN_S

    def next_due_s(self) -> float | None:
        """Return the monotonic clock when something is due next, None where nothing waits."""
        return min((letter.due_s for letter in self._letters.values()), default=None)


def _least(letters: list[Letter], most: int) -> list[Letter]:
    """Whom to give up so that `most` are left: the least urgent, of those the oldest."""
    if len(letters) <= most:
        return []
    return sorted(letters, key=lambda letter: -letter.rank)[: len(letters) - most]
