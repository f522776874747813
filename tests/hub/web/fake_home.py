"""A home that pages can show without a hub; it passes the same tests as the hub (tests/ports)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from hub.view import AlertView, Change, Changes, Counters, HistoryRow, HomeView, LampView


class FakeChanges:
    """What one page has not seen; every change is kept once, in the order of its first coming."""

    def __init__(self) -> None:
        self._some = threading.Condition()
        self._unseen: list[Change] = []

    def next(self, timeout_s: float) -> Change | None:
        """Wait for the next change; None when none came in time."""
        with self._some:
            self._some.wait_for(lambda: bool(self._unseen), timeout_s)
            return self._unseen.pop(0) if self._unseen else None

    def add(self, change: Change) -> None:
        """Note a change."""
        with self._some:
            if change not in self._unseen:
                self._unseen.append(change)
            self._some.notify_all()


class FakeHome:
    """Shows what a test puts into it."""

    def __init__(
        self,
        view: HomeView,
        rows: Sequence[HistoryRow] = (),
        now_s: Callable[[], float] | None = None,
    ) -> None:
        self._view = view
        self._now_s = now_s
        self._rows = list(rows)
        self.followers: list[FakeChanges] = []
        self.acknowledged: list[str] = []
        self.counted = Counters(
            events=7,
            events_dropped=1,
            alerts=2,
            lamp_commands=12,
            lamp_failures=0,
            stored=6,
            store_failures=0,
        )

    def view(self) -> HomeView:
        """Return the home as it is now; without a clock its time stands still."""
        if self._now_s is None:
            return self._view
        return msgspec.structs.replace(self._view, at_s=self._now_s())

    def history(self, limit: int) -> list[HistoryRow]:
        """Return the newest rows, newest first."""
        return sorted(self._rows, key=lambda row: -row.heard_s)[:limit]

    def acknowledge(self, alert_id: str) -> bool:
        """Mark an open alert as seen; one that is over goes away."""
        still_open = {a.alert_id: a for a in self._view.alerts if a.acknowledged_s is None}
        if alert_id not in still_open:
            return False
        self.acknowledged.append(alert_id)
        seen = msgspec.structs.replace(still_open[alert_id], acknowledged_s=self._view.at_s)
        others = tuple(a for a in self._view.alerts if a.alert_id != alert_id)
        self.show(alerts=(*others, seen) if seen.sounding else others)
        return True

    @contextmanager
    def changes(self) -> Iterator[Changes]:
        """Follow what changes, until the context ends."""
        follower = FakeChanges()
        self.followers.append(follower)
        try:
            yield follower
        finally:
            self.followers.remove(follower)

    def counters(self) -> Counters:
        """Return what a test put in."""
        return self.counted

    def show(self, **parts: object) -> None:
        """Change parts of the view and tell every page."""
        self.put(msgspec.structs.replace(self._view, **parts))

    def stop_clock(self) -> None:
        """Let the home's time stand still, as in a hub that hangs."""
        self._view, self._now_s = self.view(), None

    def put(self, view: HomeView) -> None:
        """Change the whole view and tell every page."""
        self._view = view
        self._tell("home")

    def raise_alert(self, alert: AlertView) -> None:
        """Let an alert begin."""
        self.show(alerts=(alert, *self._view.alerts))

    def store(self, row: HistoryRow) -> None:
        """Add a row to the history."""
        self._rows.append(row)
        self._tell("home")

    def shine(self, *lamps: LampView) -> None:
        """Let lamps report themselves."""
        self._view = msgspec.structs.replace(self._view, lamps=lamps)
        self._tell("lamps")

    def _tell(self, change: Change) -> None:
        for follower in list(self.followers):
            follower.add(change)
