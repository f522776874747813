"""The hub's SQLite file: opened, brought to the newest schema, written to and read at start."""

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from hub.lights.port import LampState
from hub.store.records import AlertRecord, EventRecord, LampRecord, Memory, Record
from hub.store.schema import upgrade
from hub.store.tables import alerts, history, lamps
from hub.view import HistoryRow

WAIT_FOR_LOCK_S = 0.5
"""Only the store's own thread waits here."""
ROWS_SHOWN = 1000

log = logging.getLogger(__name__)


class Database:
    """An open database of the newest schema."""

    def __init__(self, path: Path) -> None:
        """Open or create it.

        Raises:
            SQLAlchemyError: It is locked, full, damaged or not to be written.
            InputError: It is of a newer Soribit.
            UnavailableError: It cannot be copied before its upgrade.
        """
        self._engine = _engine(path)
        try:
            upgrade(self._engine, path)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def write(self, records: Sequence[Record]) -> None:
        """Commit a batch; a known event is left as it is.

        Raises:
            SQLAlchemyError: Nothing of the batch was stored.
        """
        events = [_event_row(record) for record in records if isinstance(record, EventRecord)]
        journal = [
            msgspec.structs.asdict(record) for record in records if isinstance(record, AlertRecord)
        ]
        lamp_rows = [_lamp_row(record) for record in records if isinstance(record, LampRecord)]
        with self._engine.begin() as connection:
            if events:
                connection.execute(upsert(history).on_conflict_do_nothing(), events)
            if journal:
                connection.execute(insert(alerts), journal)
            if lamp_rows:
                statement = upsert(lamps)
                new = {"calm": statement.excluded.calm, "flashing": statement.excluded.flashing}
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["lamp_id"], set_=new),
                    lamp_rows,
                )

    def memory(self, ids: int) -> Memory:
        """Read what an earlier run left.

        Args:
            ids: How many event ids at most.
        """
        newest = select(history.c.event_id).order_by(history.c.received_s.desc()).limit(ids)
        fields = HistoryRow.__struct_fields__
        columns = [history.c[name] for name in fields]
        shown = select(*columns).order_by(history.c.heard_s.desc()).limit(ROWS_SHOWN)
        with self._engine.connect() as connection:
            event_ids = [str(event_id) for event_id in connection.scalars(newest)]
            rows = [
                msgspec.convert(dict(zip(fields, row, strict=True)), HistoryRow)
                for row in connection.execute(shown)
            ]
            kept = [
                LampRecord(
                    lamp_id=row["lamp_id"],
                    calm=_state(row["calm"]),
                    flashing=row["flashing"],
                )
                for row in connection.execute(select(lamps)).mappings()
            ]
        return Memory(tuple(reversed(event_ids)), tuple(reversed(rows)), tuple(kept))


def _engine(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    # sqlite3's own transactions leave out CREATE TABLE: a kill would leave half a schema.
    arguments = {"timeout": WAIT_FOR_LOCK_S, "isolation_level": None}
    engine = create_engine(f"sqlite:///{path}", connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _event_row(record: EventRecord) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(record.row),
        "urgency": record.row.urgency.value,
        "received_s": record.received_s,
        "event": msgspec.json.encode(record.event).decode(),
    }


def _lamp_row(record: LampRecord) -> dict[str, object]:
    calm = None if record.calm is None else msgspec.json.encode(record.calm).decode()
    return {"lamp_id": record.lamp_id, "calm": calm, "flashing": record.flashing}


def _state(calm: str | None) -> LampState | None:
    return None if calm is None else msgspec.json.decode(calm, type=LampState)
