from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from msgspec.structs import replace
from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.exc import DatabaseError

from contract.catalogue import Urgency
from hub.gaps import LastAlive
from hub.lights.colour import LampColour
from hub.lights.port import LampState
from hub.store.database import Database
from hub.store.files import is_damaged, set_aside
from hub.store.records import AlertRecord, EventRecord, LampRecord, Redated
from hub.store.tables import metadata
from hub.view import Gap, HistoryRow
from tests.hub.make import BOOT, START, event, new_id

OPEN: list[Database] = []


def record(event_id: str = "", received_s: float = START.wall_s) -> EventRecord:
    sound = event(event_id=event_id or new_id())
    row = HistoryRow(
        event_id=sound.event_id,
        node_id="oven",
        room_id="kitchen",
        sound=sound.sound,
        phase="began",
        urgency=Urgency.ATTENTION,
        score=sound.score,
        level_db=sound.level_db,
        duration_s=0.0,
        heard_s=received_s - 1.0,
        alerted=True,
        reason="attention",
    )
    return EventRecord(row=row, event=sound, received_s=received_s)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "hub.sqlite"


@pytest.fixture(autouse=True)
def close_what_was_opened() -> Iterator[None]:
    """Python 3.13 warns of every connection that nobody closed."""
    yield
    while OPEN:
        OPEN.pop().close()


def opened(path: Path) -> Database:
    OPEN.append(Database(path))
    return OPEN[-1]


@contextmanager
def looked_into(path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_what_was_stored_is_there_at_the_next_start(path: Path) -> None:
    records = [record(received_s=START.wall_s + second) for second in range(3)]
    database = opened(path)
    database.write(records)
    database.close()
    memory = opened(path).memory(10)
    assert memory.event_ids == tuple(item.row.event_id for item in records)
    assert memory.rows == tuple(item.row for item in records)


def test_until_when_it_was_quiet_is_there_at_the_next_start(path: Path) -> None:
    ring = record()
    quiet = replace(ring.row, reason="quiet_hours", until_s=START.wall_s + 2800.0)
    database = opened(path)
    database.write([replace(ring, row=quiet)])
    assert database.memory(1).rows == (quiet,)


def test_known_event_is_stored_once(path: Path) -> None:
    database = opened(path)
    database.write([record("same")])
    database.write([record("same"), record("other")])
    assert sorted(database.memory(10).event_ids) == ["other", "same"]


def test_only_the_newest_ids_are_remembered(path: Path) -> None:
    database = opened(path)
    database.write([record(str(number), START.wall_s + number) for number in range(9)])
    assert database.memory(3).event_ids == ("6", "7", "8")


@pytest.mark.parametrize(
    "calm",
    [
        None,
        LampState(on=False, brightness=120, mired=370),
        LampState(on=True, brightness=3, colour=LampColour(x=0.31, y=0.32)),
        LampState(on=True, colour=LampColour(hue=10.0, saturation=99.0)),
    ],
)
def test_lamp_is_remembered_as_it_was_last_kept(path: Path, calm: LampState | None) -> None:
    database = opened(path)
    database.write([LampRecord(lamp_id="hall", calm=LampState(on=True), flashing=True)])
    database.write([LampRecord(lamp_id="hall", calm=calm, flashing=False)])
    assert database.memory(1).lamps == (LampRecord(lamp_id="hall", calm=calm, flashing=False),)


def test_two_states_of_a_lamp_in_one_batch_leave_the_later_one(path: Path) -> None:
    database = opened(path)
    states = [LampRecord(lamp_id="hall", calm=None, flashing=on) for on in (True, False)]
    database.write(states)
    assert database.memory(1).lamps == (states[1],)


def test_journal_keeps_every_turn_of_an_alert(path: Path) -> None:
    database = opened(path)
    for phase in ("raised", "acknowledged", "ended"):
        database.write(
            [
                AlertRecord(
                    alert_id="one",
                    phase=phase,
                    at_s=START.wall_s,
                    sound="smoke_alarm",
                    urgency="emergency",
                    room_id="kitchen",
                    reason="emergency",
                )
            ]
        )
    with looked_into(path) as connection:
        rows = connection.exec_driver_sql("SELECT phase FROM alerts ORDER BY id").all()
    assert [row[0] for row in rows] == ["raised", "acknowledged", "ended"]


def test_database_survives_power_loss_as_promised(path: Path) -> None:
    opened(path)
    with looked_into(path) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_migrations_lead_to_the_tables_that_the_code_expects(path: Path) -> None:
    opened(path)
    with looked_into(path) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert "alembic_version" in inspect(connection).get_table_names()


def test_damaged_file_is_told_from_a_busy_one_and_set_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was never a database, whatever it is" * 200)
    with pytest.raises(DatabaseError) as caught:
        opened(path)
    assert is_damaged(caught.value)
    assert set_aside(path, "now").read_bytes().startswith(b"this was never")
    assert opened(path).memory(1).event_ids == ()


def test_gap_is_kept_as_it_was_last_told(path: Path) -> None:
    begun = Gap(gap_id="one", room_id="", why="power", from_s=START.wall_s, to_s=None, is_open=True)
    over = replace(begun, to_s=START.wall_s + 60.0, is_open=False)
    other = Gap(gap_id="two", room_id="kitchen", why="ear", from_s=None, to_s=None, is_open=False)
    database = opened(path)
    database.write([begun, other])
    database.write([over])
    assert database.memory(1).gaps == (over, other)


def test_last_sign_of_life_takes_the_place_of_the_one_before(path: Path) -> None:
    database = opened(path)
    assert database.memory(1).alive is None
    signs = [LastAlive(boot_id=BOOT, mono_s=20.0 * n, wall_s=None) for n in range(3)]
    database.write([signs[0]])
    database.write(signs[1:])
    assert database.memory(1).alive == signs[2]


def test_event_is_dated_again_and_no_other(path: Path) -> None:
    database = opened(path)
    database.write([record("of 1970", 30.0), record("right")])
    by_s = START.wall_s
    database.write([Redated(event_id="of 1970", heard_by_s=by_s, received_by_s=by_s + 1.0)])
    rows = {row.event_id: row.heard_s for row in database.memory(9).rows}
    assert rows == {"of 1970": START.wall_s + 29.0, "right": START.wall_s - 1.0}
    with looked_into(path) as connection:
        received = connection.exec_driver_sql("SELECT received_s FROM history ORDER BY event_id")
        assert received.scalars().all() == [START.wall_s + 31.0, START.wall_s]


def test_ids_stored_while_the_clock_showed_1970_are_among_the_newest(path: Path) -> None:
    database = opened(path)
    database.write([record("right", START.wall_s), record("of 1970", 30.0)])
    assert database.memory(1).event_ids == ("of 1970",)
