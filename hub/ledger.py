"""Every event once: what is known already, what is stored, what a node may forget, what pages list.

For the hub's loop alone; the store has a thread of its own.
"""

import logging
from collections import defaultdict
from collections.abc import Callable

from hub.announce import Announcer
from hub.feed import Feed
from hub.ingest import Receipts
from hub.store.history import Store
from hub.store.records import EventRecord, Memory, Record, Redated

log = logging.getLogger(__name__)


class Ledger:
    """Stands between the loop and the store: act first, store second, acknowledge third."""

    def __init__(
        self,
        store: Store,
        announcer: Announcer,
        home: Feed,
        recalled: Callable[[Memory], None],
    ) -> None:
        """Begin with nothing known.

        Args:
            store: Keeps what is handed to it, and hands it back after COMMIT.
            announcer: Tells nodes what they may forget.
            home: Lists what is stored.
            recalled: Told what an earlier run left, once that can be read.
        """
        self._store, self._announcer, self._home = store, announcer, home
        self._recalled = recalled
        self._receipts: Receipts[EventRecord] = Receipts()
        self._is_recalled = False

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._receipts

    def recall(self) -> None:
        """Go on from the last run, as soon as the history is open: an upgrade may take long."""
        if self._is_recalled or not self._store.remembers:
            return
        self._is_recalled = True
        memory = self._store.memory(0.0)
        self._receipts.recall(memory.event_ids)
        self._home.recall(memory.rows)
        self._recalled(memory)

    def enter(self, record: EventRecord) -> None:
        """Hand a decided event to the store."""
        kept = self._store.keep(record)
        self._receipts.add(record.row.event_id, None if kept else record)

    def enter_again(self, node_id: str, event_id: str) -> None:
        """A node has not had our acknowledgement: no second alert, no second row."""
        if self._receipts.is_stored(event_id):
            self._announcer.stored([(node_id, event_id)])
        else:
            self._receipts.offer_again(event_id, self._store.keep)

    def stored(self, records: list[Record]) -> bool:
        """Take in what is committed; tell whether pages have something new to list."""
        rows = [record.row for record in records if isinstance(record, EventRecord)]
        new = [row for row in rows if not self._receipts.is_stored(row.event_id)]
        for row in rows:
            self._receipts.stored(row.event_id)
            log.info("stored", extra={"event_id": row.event_id})
        self._announcer.stored((row.node_id, row.event_id) for row in rows)
        self._home.add(new)
        moved: defaultdict[str, float] = defaultdict(float)
        for record in records:
            if isinstance(record, Redated):
                moved[record.event_id] += record.heard_by_s
        if moved:
            self._home.redate(moved)
        return bool(new or moved)
