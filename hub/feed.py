"""The hub as pages see it: the newest picture, what changed, the latest history, the counts."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from hub.view import Change, Counters, HistoryRow, HomeView

UNSEEN_CHANGES = 16
"""A page that reads slower than this looks at everything again anyway."""
ROWS_KEPT = 1000


class _Follower:
    """The changes that one open page has not seen yet."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Change] = queue.Queue(UNSEEN_CHANGES)

    def put(self, change: Change) -> None:
        try:
            self._waiting.put_nowait(change)
        except queue.Full:  # it still has to look: what waits makes it do so
            return

    def next(self, timeout_s: float) -> Change | None:
        """Wait for the next change; None when none came in time."""
        try:
            return self._waiting.get(timeout=timeout_s)
        except queue.Empty:
            return None


class Feed:
    """Implements `hub.view.Home`: the hub's loop writes, any thread reads, nobody waits."""

    def __init__(
        self,
        first: HomeView,
        acknowledge: Callable[[str], None],
        counters: Callable[[], Counters],
    ) -> None:
        """Begin with a first picture.

        Args:
            first: The home before anything was heard.
            acknowledge: Takes an alert's id to the hub's loop.
            counters: Reads what has been counted.
        """
        self._view = first
        self._acknowledge = acknowledge
        self._counters = counters
        self._rows: deque[HistoryRow] = deque(maxlen=ROWS_KEPT)
        self._followers: tuple[_Follower, ...] = ()
        self._coming_and_going = threading.Lock()

    def view(self) -> HomeView:
        """Return the home as it is now."""
        return self._view

    def history(self, limit: int) -> list[HistoryRow]:
        """Return the newest stored events, newest first, at most 1,000."""
        rows = sorted(self._rows.copy(), key=lambda row: row.heard_s, reverse=True)
        return rows[:limit]

    def acknowledge(self, alert_id: str) -> bool:
        """Tell the hub that a person has seen an alert; False if it is not open."""
        is_open = any(
            alert.alert_id == alert_id and alert.acknowledged_s is None
            for alert in self._view.alerts
        )
        if is_open:
            self._acknowledge(alert_id)
        return is_open

    @contextmanager
    def changes(self) -> Iterator[_Follower]:
        """Follow what changes, until the context ends."""
        follower = _Follower()
        with self._coming_and_going:
            self._followers += (follower,)
        try:
            yield follower
        finally:
            with self._coming_and_going:
                self._followers = tuple(f for f in self._followers if f is not follower)

    def counters(self) -> Counters:
        """Return what has been counted."""
        return self._counters()

    def show(self, view: HomeView, change: Change) -> None:
        """Put up a new picture and wake who follows."""
        self._view = view
        for follower in self._followers:
            follower.put(change)

    def refresh(self, view: HomeView) -> None:
        """Put up a picture in which only its time is new."""
        self._view = view

    def add(self, rows: list[HistoryRow]) -> None:
        """Add what has been committed."""
        self._rows.extend(rows)

    def recall(self, rows: Sequence[HistoryRow]) -> None:
        """Add what an earlier run has committed, before all else."""
        self._rows = deque([*rows, *self._rows], maxlen=ROWS_KEPT)

    def redate(self, by_s: Mapping[str, float]) -> None:
        """Move events that came in while the clock was wrong, by their id."""
        moved = [
            replace(row, heard_s=row.heard_s + by_s.get(row.event_id, 0.0)) for row in self._rows
        ]
        self._rows = deque(moved, maxlen=ROWS_KEPT)
