"""No event is lost: kept on disk and sent again until the hub says that it has stored it."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from contract.catalogue import Urgency, catalogue
from contract.clock import Clock
from contract.errors import PayloadError
from contract.messages import Phase, SoundEvent, encode
from node.pending import AGAIN_S, Letter, Pending

STORE_WITHIN_S = 0.05
"""An alert waits no longer for a slow disk."""
DISK_AGAIN_S = 5.0
TICK_S = 1.0
LOCKED_S = 1.0
CLOSE_S = 1.0
EMERGENCY_RANK = 0
RANKS = {urgency: rank for rank, urgency in enumerate(Urgency)}
POSSIBLE_RANK = len(RANKS)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
TABLE = """
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, rank INTEGER NOT NULL,
    payload BLOB NOT NULL)
"""
INSERT = "INSERT OR REPLACE INTO event (event_id, rank, payload) VALUES (?, ?, ?)"
DELETE = "DELETE FROM event WHERE event_id = ?"
SELECT = "SELECT event_id, rank, payload FROM event ORDER BY seq"

Send = Callable[[bytes], bool]

log = logging.getLogger(__name__)


class Outbox:
    """Events on their way to the hub; one thread of its own writes the disk and sends again.

    Attributes:
        trouble: Why events cannot be stored at present; empty while they can. Without a disk the
            newest and most urgent 1,000 are kept in memory.
    """

    def __init__(self, path: Path, send: Send, clock: Clock) -> None:
        """Open the file and find what was left unsent.

        Args:
            path: The SQLite file; a damaged one is moved aside, never fatal.
            send: Publishes a payload; False while that is not possible. Called from any thread.
            clock: Both clocks.
        """
        self.trouble = ""
        self._send, self._clock = send, clock
        self._disk = _Disk(path)
        self._disk_again_s = 0.0
        self._disk_worked = True
        self._pending = Pending()
        self._forgotten: set[str] = set()
        self._closing = False
        self._changed = threading.Condition()
        self._write()
        self._writer = threading.Thread(target=self._work, name="outbox", daemon=True)
        self._writer.start()

    @property
    def depth(self) -> int:
        """How many events the hub has not acknowledged."""
        return len(self._pending)

    def report(self, event: SoundEvent) -> None:
        """Take an event: disk first, then the hub; an emergency goes out meanwhile."""
        letter = Letter(event.event_id, rank_of(event), encode(event))
        letter.due_s = self._clock.mono_s() + AGAIN_S
        urgent = letter.rank == EMERGENCY_RANK
        with self._changed:
            self._pending.add(letter)
            self._give_up(self._pending.surplus())
            self._changed.notify_all()
        if urgent:
            self._post(letter)
        with self._changed:
            self._changed.wait_for(lambda: letter.stored or self.trouble, STORE_WITHIN_S)
        if not urgent:
            self._post(letter)

    def acknowledge(self, event_ids: Collection[str]) -> None:
        """Forget what the hub has stored."""
        for event_id in event_ids:
            log.info("acknowledged", extra={"event_id": event_id})
        self._drop(event_ids)

    def wake(self) -> None:
        """Send all that waits: the hub is there."""
        with self._changed:
            self._pending.wake()
            self._changed.notify_all()

    def close(self) -> None:
        """Write what is not on disk yet, and let go of the file."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._writer.join(CLOSE_S)

    def _drop(self, event_ids: Collection[str]) -> None:
        with self._changed:
            self._forget(event_ids)
            self._changed.notify_all()

    def _forget(self, event_ids: Collection[str]) -> None:
        self._pending.remove(event_ids)
        self._forgotten.update(event_ids)

    def _post(self, letter: Letter) -> bool:
        """Send one letter; one that can never be sent is given up."""
        try:
            sent = self._send(letter.payload)
        except PayloadError:
            log.exception("event given up", extra={"event_id": letter.event_id})
            self._drop([letter.event_id])
            return True
        if sent:
            if not letter.sent:
                log.info("sent", extra={"event_id": letter.event_id, "stored": letter.stored})
            with self._changed:
                self._pending.sent(letter, self._clock.mono_s())
        return sent

    def _give_up(self, surplus: list[str]) -> None:
        if surplus:
            log.warning("events given up unsent", extra={"event_ids": surplus})
            self._forget(surplus)

    def _work(self) -> None:
        closing = False
        while not closing:
            with self._changed:
                rest_s = self._rest_s()
                if rest_s != 0.0:
                    self._changed.wait(rest_s)
                closing = self._closing
            try:
                self._write()
                self._send_again()
            except Exception:
                log.exception("the outbox stumbled")
        self._disk.close()

    def _rest_s(self) -> float | None:
        """How long there is nothing to do but for news; for ever where nothing waits."""
        now_s = self._clock.mono_s()
        writing = self._forgotten or self._pending.unstored() or not self._disk.is_open
        disk_s = [max(0.0, self._disk_again_s - now_s)] if writing else []
        due_s = self._pending.next_due_s()
        send_s = [] if due_s is None else [max(TICK_S, due_s - now_s)]
        return 0.0 if self._closing else min(disk_s + send_s, default=None)

    def _send_again(self) -> None:
        with self._changed:
            due = self._pending.due(self._clock.mono_s())
        for letter in due:
            if not self._post(letter):
                break

    def _write(self) -> None:
        """Bring the disk up to date, unless it has just failed."""
        if self._clock.mono_s() < self._disk_again_s:
            return
        with self._changed:
            fresh, gone = self._pending.unstored(), set(self._forgotten)
        try:
            if not self._disk.is_open:
                self._adopt(self._disk.open())
            self._disk.change(fresh, gone)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
        else:
            self._written(fresh, gone)

    def _adopt(self, found: list[Letter]) -> None:
        """Take over what an earlier run has left."""
        with self._changed:
            known = self._forgotten.union(letter.event_id for letter in self._pending.letters())
            for letter in found:
                if letter.event_id not in known:
                    self._pending.add(letter)
            self._give_up(self._pending.surplus())

    def _written(self, fresh: list[Letter], gone: set[str]) -> None:
        with self._changed:
            for letter in fresh:
                letter.stored = True
            self._forgotten -= gone
            self.trouble, self._disk_worked = "", True
            self._changed.notify_all()

    def _failed(self, error: Exception) -> None:
        """Go on in memory; a damaged file goes aside for a new one: the first time at once."""
        log.error("cannot store events: %s", error, extra={"file": str(self._disk.path)})
        damaged = _is_damaged(error) and self._disk.set_aside()
        with self._changed:
            if damaged:
                for letter in self._pending.letters():
                    letter.stored = False
            if not (damaged and self._disk_worked):
                self.trouble = f"{self._disk.path.name}: {error}"
                self._disk_again_s = self._clock.mono_s() + DISK_AGAIN_S
            self._disk_worked = False
            self._changed.notify_all()


def rank_of(event: SoundEvent) -> int:
    """Return the place of an event in the sending order: emergencies 0, `possible` last."""
    if event.phase is Phase.POSSIBLE:
        return POSSIBLE_RANK
    return RANKS[catalogue().get(event.sound).urgency]


class _Disk:
    """The SQLite file. Each change is one transaction that survives a power cut."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether the file is open."""
        return self._connection is not None

    def open(self) -> list[Letter]:
        """Open the file, made if missing; returns the letters in it, the oldest first."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path, timeout=LOCKED_S, isolation_level=None, check_same_thread=False
        )
        try:
            rows = _prepared(connection)
        except sqlite3.Error:
            connection.close()
            raise
        self._connection = connection
        return [Letter(*row, stored=True) for row in rows]

    def change(self, fresh: list[Letter], gone: set[str]) -> None:
        """Write some letters and delete others; a file that fails is closed."""
        if self._connection is None or not (fresh or gone):
            return
        added = [(each.event_id, each.rank, each.payload) for each in fresh]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                self._connection.executemany(INSERT, added)
                self._connection.executemany(DELETE, [(event_id,) for event_id in gone])
        except sqlite3.Error:
            self.close()
            raise

    def set_aside(self) -> bool:
        """Keep a damaged file under another name, the last one only; False: it cannot be moved."""
        aside = self.path.with_name(f"{self.path.name}.damaged")
        try:
            self.path.replace(aside)
            for journal in ("-wal", "-shm"):
                self.path.with_name(self.path.name + journal).unlink(missing_ok=True)
        except OSError:
            return False
        log.warning("damaged outbox moved aside", extra={"file": str(aside)})
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self._connection:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None


def _prepared(connection: sqlite3.Connection) -> list[tuple[str, int, bytes]]:
    """Check the file and make it ready: FULL, as events are rare and a power cut is not."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise _DamagedError(verdict)
    connection.execute(TABLE)
    return connection.execute(SELECT).fetchall()


class _DamagedError(sqlite3.DatabaseError):
    """The file can be opened, but its content is broken."""


def _is_damaged(error: Exception) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return isinstance(error, _DamagedError) or code & 0xFF in DAMAGED
