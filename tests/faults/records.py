"""What is left after the faults: ledgers, outboxes, history and journal, and what they say."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from tests.faults.speaker import EMERGENCIES, Line

LATE_S = 60.0
HISTORY = """
SELECT event_id, node_id, sound, phase, reason, heard_s, received_s, alerted = 1 FROM history
"""
JOURNAL = "SELECT alert_id, at_s FROM alerts WHERE phase = 'raised' AND reason != 'missed'"
Row = TypeVar("Row", bound=tuple[object, ...])


class Kept(NamedTuple):
    """One row of the history."""

    event_id: str
    node_id: str
    sound: str
    phase: str
    reason: str
    heard_s: float
    received_s: float
    alerted: int


class Told(NamedTuple):
    """One line of the alerts' journal."""

    alert_id: str
    at_s: float


class Tally(NamedTuple):
    """What became of all that was reported."""

    events: int
    lost: list[str]
    """Reported, but not in the history."""
    slow: int
    """Reports that returned before a slow disk had the event; a kill then may cost it."""
    twice: list[str]
    """More than once in the history."""
    unsaid: list[Kept]
    """Emergencies less than a minute old, of which nobody was told."""
    flashed_twice: list[str]
    longest_s: float
    """From the hearing of an emergency to its alert."""


class Records:
    """Reads the files of a home, whether its processes run or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def history(self) -> list[Kept]:
        return _rows(self._folder / "hub/hub.sqlite", HISTORY, Kept)

    def journal(self) -> list[Told]:
        """Return the alerts that were raised and flashed."""
        return _rows(self._folder / "hub/hub.sqlite", JOURNAL, Told)

    def ledger(self, what: str = "reported") -> list[Line]:
        """Return the nodes' ledgers; a last line that a kill cut short is left out."""
        lines = [
            msgspec.json.decode(line, type=Line)
            for path in sorted(self._folder.glob("*.ledger"))
            for line in path.read_bytes().split(b"\n")
            if line.endswith(b"}")
        ]
        return [line for line in lines if line.what == what]

    def waiting(self) -> int:
        """Return how many events stand in the outboxes' files."""
        counts = 0
        for path in self._folder.glob("node-*/outbox*.db"):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
                counts += file.execute("SELECT count(*) FROM event").fetchone()[0]
        return counts

    def tally(self) -> Tally:
        """Compare ledgers, history and journal."""
        kept, reported, journal = self.history(), self.ledger(), self.journal()
        times = Counter(row.event_id for row in kept)
        flashes = Counter(told.alert_id for told in journal)
        first_s = {told.alert_id: told.at_s for told in reversed(journal)}
        urgent = {
            row.event_id: row for row in kept if row.sound in EMERGENCIES and row.phase == "began"
        }
        delays_s = [
            first_s[line.event_id] - line.wall_s
            for line in self.ledger("heard")
            if line.event_id in urgent and line.event_id in first_s
        ]
        return Tally(
            events=len(reported),
            lost=[line.event_id for line in reported if not (line.slow or times[line.event_id])],
            slow=sum(line.slow for line in reported),
            twice=[event_id for event_id, count in times.items() if count > 1],
            unsaid=[
                row for row in urgent.values() if _must_flash(row) and not flashes[row.event_id]
            ],
            flashed_twice=[event_id for event_id, count in flashes.items() if count > 1],
            longest_s=max(delays_s, default=0.0),
        )


def _must_flash(row: Kept) -> bool:
    """Whether an emergency came in time, and no alert of the same sound was on by then."""
    return row.reason != "still_sounding" and row.received_s - row.heard_s <= LATE_S


def _rows(path: Path, question: str, kind: Callable[..., Row]) -> list[Row]:
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as file:
            return [kind(*row) for row in file.execute(question)]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # the hub has not made its tables yet
            return []
        raise
