"""The store's thread: batches what the hub decided, commits it, and mends itself."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from hub.ingest import REMEMBERED_IDS
from hub.store.database import Database
from hub.store.files import STAMP, is_damaged, set_aside
from hub.store.records import EventRecord, Memory, Record

BATCH_S = 0.05
"""One fsync for all that comes in within this time; a node waits 2 s for its acknowledgement."""
BATCH_RECORDS = 1000
HELD_IN_MEMORY = 10_000
RETRY_S = 1.0
FAULT_CHARACTERS = 240

log = logging.getLogger(__name__)


class Store:
    """Keeps records in the order given, on a thread of its own; nobody ever waits for it.

    Attributes:
        fault: What keeps it from storing, in words; empty while all is well.
        stored: How many events are committed.
        failures: How often the database could not be opened or written.
    """

    def __init__(
        self,
        path: Path,
        committed: Callable[[list[Record]], None],
        *,
        room_for: int = HELD_IN_MEMORY,
    ) -> None:
        """Prepare it.

        Args:
            path: The database file.
            committed: Called on the store's thread with each batch after its COMMIT.
            room_for: How many records may wait; more are refused.
        """
        self._room_for = room_for
        self.fault = ""
        self.stored = 0
        self.failures = 0
        self._path = path
        self._committed = committed
        self._waiting: deque[Record] = deque()
        self._changed = threading.Condition()
        self._ending = threading.Event()
        self._memory = Memory()
        self._remembered = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def start(self) -> None:
        """Open the database and begin to store, in the background."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Store what waits, as far as the time allows."""
        self._ending.set()
        with self._changed:
            self._changed.notify()
        self._thread.join(timeout_s)

    def memory(self, timeout_s: float) -> Memory:
        """Return what an earlier run left; nothing where it cannot be read in time."""
        self._remembered.wait(timeout_s)
        return self._memory

    @property
    def remembers(self) -> bool:
        """Whether what an earlier run left is known by now."""
        return self._remembered.is_set()

    def keep(self, record: Record) -> bool:
        """Take a record; False when too many wait already, and it is not taken."""
        with self._changed:
            if len(self._waiting) >= self._room_for:
                return False
            self._waiting.append(record)
            self._changed.notify()
        return True

    def _run(self) -> None:
        database = None
        while not self._ending.is_set() or (self._waiting and not self.fault):
            try:
                database = database or self._open()
                if not self._waiting:
                    self.fault = ""
                self._write_next(database)
                self.fault = ""
            except Exception as error:  # noqa: BLE001  the top of a thread; the fault is shown
                self._failed(error)
                if isinstance(error, DBAPIError) and is_damaged(error):
                    if database:
                        database.close()
                    database = None
                    self._move_aside()
                self._ending.wait(RETRY_S)
        if database:
            database.close()

    def _open(self) -> Database:
        database = Database(self._path)
        if not self._remembered.is_set():
            try:
                self._memory = database.memory(REMEMBERED_IDS)
            except DBAPIError:  # a lock passes, damage is set aside
                database.close()
                raise
            except Exception:  # what comes now must be kept all the same
                log.exception("what the last run left cannot be read")
            self._remembered.set()
        return database

    def _write_next(self, database: Database) -> None:
        """Wait for records, gather those that come close behind, commit them."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending.is_set())
        self._ending.wait(BATCH_S)
        batch = [self._waiting[place] for place in range(min(len(self._waiting), BATCH_RECORDS))]
        if not batch:
            return
        database.write(batch)
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
        self.stored += sum(isinstance(record, EventRecord) for record in batch)
        self._committed(batch)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        self.fault = reason[:FAULT_CHARACTERS] or type(error).__name__
        log.warning("history not stored: %s", self.fault, extra={"waiting": len(self._waiting)})

    def _move_aside(self) -> None:
        stamp = datetime.now(UTC).strftime(STAMP)
        try:
            aside = set_aside(self._path, stamp)
        except OSError:
            log.exception("the damaged history cannot be moved aside")
        else:
            log.error("the history was damaged; it is kept as %s, a new one begins", aside)
