"""The hub's SQLite file: opened, brought to the newest schema, written to and read at start."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import asdict
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Table,
    create_engine,
    event,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from hub.gaps import LastAlive
from hub.lights.port import LampState
from hub.store.records import AlertRecord, EventRecord, LampRecord, Memory, Record, Redated
from hub.store.schema import upgrade
from hub.store.tables import alerts, alive, gaps, history, lamps
from hub.view import Gap, HistoryRow

WAIT_FOR_LOCK_S = 0.5
"""Only the store's own thread waits here."""
ROWS_SHOWN = 1000
GAPS_SHOWN = 100
ROWID: ColumnElement[int] = literal_column("rowid")
"""Grows with every row, whatever the wall clock said when it was stored."""
REDATE = text(
    "UPDATE history SET heard_s = heard_s + :heard_by_s,"
    " received_s = received_s + :received_by_s"
    " WHERE event_id = :event_id"
)

S = TypeVar("S", bound=msgspec.Struct)


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
        events = [_event_row(record) for record in _of(EventRecord, records)]
        journal = [asdict(record) for record in _of(AlertRecord, records)]
        moved = [asdict(record) for record in _of(Redated, records)]
        with self._engine.begin() as connection:
            if events:
                connection.execute(upsert(history).on_conflict_do_nothing(), events)
            if journal:
                connection.execute(insert(alerts), journal)
            if moved:
                connection.execute(REDATE, moved)
            _put(connection, lamps, [_lamp_row(record) for record in _of(LampRecord, records)])
            _put(connection, gaps, [asdict(record) for record in _of(Gap, records)])
            lived = [{"id": 1, **asdict(record)} for record in _of(LastAlive, records)]
            _put(connection, alive, lived)

    def memory(self, ids: int) -> Memory:
        """Read what an earlier run left.

        Args:
            ids: How many event ids at most.
        """
        newest = select(history.c.event_id).order_by(ROWID.desc()).limit(ids)
        with self._engine.connect() as connection:
            event_ids = [str(event_id) for event_id in connection.scalars(newest)]
            rows = _read(connection, history, HistoryRow, newest=ROWS_SHOWN)
            kept = [_lamp(row) for row in connection.execute(select(lamps)).mappings()]
            unheard = _read(connection, gaps, Gap, newest=GAPS_SHOWN)
            lived = _read(connection, alive, LastAlive, newest=1)
        return Memory(
            event_ids=tuple(reversed(event_ids)),
            rows=tuple(reversed(rows)),
            lamps=tuple(kept),
            gaps=tuple(reversed(unheard)),
            alive=lived[0] if lived else None,
        )


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


def _of(kind: type[S], records: Sequence[Record]) -> list[S]:
    return [record for record in records if isinstance(record, kind)]


def _read(connection: Connection, table: Table, kind: type[S], *, newest: int) -> list[S]:
    """Read the newest rows of a table, newest first."""
    fields = kind.__struct_fields__
    columns = [table.c[name] for name in fields]
    found = connection.execute(select(*columns).order_by(ROWID.desc()).limit(newest))
    return [msgspec.convert(dict(zip(fields, row, strict=True)), kind) for row in found]


def _put(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    """Insert rows; one whose key is known takes the place of that."""
    if rows:
        statement = upsert(table)
        key = [column.name for column in table.primary_key]
        new = {name: statement.excluded[name] for name in rows[0] if name not in key}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=new), rows)


def _event_row(record: EventRecord) -> dict[str, object]:
    return {
        **asdict(record.row),
        "urgency": record.row.urgency.value,
        "received_s": record.received_s,
        "event": msgspec.json.encode(record.event).decode(),
    }


def _lamp_row(record: LampRecord) -> dict[str, object]:
    calm = None if record.calm is None else msgspec.json.encode(record.calm).decode()
    return {"lamp_id": record.lamp_id, "calm": calm, "flashing": record.flashing}


def _lamp(row: RowMapping) -> LampRecord:
    calm = _state(row["calm"])
    return LampRecord(lamp_id=row["lamp_id"], calm=calm, flashing=row["flashing"])


def _state(calm: str | None) -> LampState | None:
    return None if calm is None else msgspec.json.decode(calm, type=LampState)
