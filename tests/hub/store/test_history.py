import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from hub.store.history import Store
from hub.store.records import EventRecord, LampRecord, Record
from tests.hub.store.test_database import record
from tests.real import ROOT, until

LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


class Committed:
    def __init__(self) -> None:
        self.ids: list[str] = []

    def __call__(self, batch: list[Record]) -> None:
        self.ids += [item.row.event_id for item in batch if isinstance(item, EventRecord)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite"


@pytest.fixture
def committed() -> Committed:
    return Committed()


@pytest.fixture
def store(path: Path, committed: Committed) -> Iterator[Store]:
    running = Store(path, committed)
    running.start()
    yield running
    running.stop(10.0)


def rows(path: Path) -> int:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM history").scalar_one()
    engine.dispose()
    return int(count)


def test_record_is_committed_before_it_is_told(
    store: Store, path: Path, committed: Committed
) -> None:
    store.keep(record("a"))
    until(lambda: committed.ids == ["a"])
    assert (rows(path), store.stored, store.fault) == (1, 1, "")


def test_order_is_kept(store: Store, committed: Committed) -> None:
    for number in range(2500):
        store.keep(record(str(number)))
    until(lambda: len(committed.ids) == 2500)
    assert committed.ids == [str(number) for number in range(2500)]


def test_what_waits_at_the_end_is_stored(path: Path, committed: Committed) -> None:
    store = Store(path, committed)
    store.start()
    store.memory(20.0)
    store.keep(record("last"))
    store.stop(20.0)
    assert committed.ids == ["last"]


def test_memory_of_the_last_run_is_there_at_the_start(path: Path, committed: Committed) -> None:
    first = Store(path, committed)
    first.start()
    first.memory(20.0)
    first.keep(record("a"))
    first.stop(20.0)
    second = Store(path, committed)
    second.start()
    assert second.memory(20.0).event_ids == ("a",)
    second.stop(20.0)


def test_rows_that_cannot_be_read_keep_nothing_new_from_being_stored(
    path: Path, committed: Committed
) -> None:
    first = Store(path, committed)
    first.start()
    first.memory(20.0)
    first.keep(record("a"))
    first.stop(20.0)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE history SET urgency = 'of another version'")
    engine.dispose()
    second = Store(path, committed)
    second.start()
    assert second.memory(20.0).event_ids == ()
    second.keep(record("b"))
    until(lambda: committed.ids == ["a", "b"])
    assert second.fault == ""
    second.stop(20.0)


def test_only_events_are_counted(store: Store, committed: Committed) -> None:
    store.keep(LampRecord(lamp_id="hall", calm=None, flashing=True))
    store.keep(record("a"))
    until(lambda: committed.ids == ["a"])
    assert store.stored == 1


def test_locked_database_delays_nobody_and_heals(
    store: Store, path: Path, committed: Committed
) -> None:
    store.keep(record("before"))
    until(lambda: committed.ids == ["before"])
    command = [sys.executable, "-c", LOCK, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        assert store.keep(record("during"))
        until(lambda: "locked" in store.fault)
        assert committed.ids == ["before"]
        other.communicate()
    until(lambda: committed.ids == ["before", "during"])
    until(lambda: not store.fault)
    assert store.failures > 0


def test_database_that_is_locked_at_the_start_heals(path: Path, committed: Committed) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        store = Store(path, committed)
        store.start()
        assert store.memory(0.1).event_ids == ()
        store.keep(record("a"))
        until(lambda: store.fault)
        other.communicate()
    until(lambda: committed.ids == ["a"])
    store.stop(10.0)


def test_more_than_the_memory_holds_is_refused(path: Path, committed: Committed) -> None:
    store = Store(path, committed, room_for=2)
    assert [store.keep(record()) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("place", ["header", "middle"])
def test_damaged_database_is_set_aside_and_a_new_one_begun(
    path: Path, committed: Committed, place: str
) -> None:
    first = Store(path, committed)
    first.start()
    first.memory(20.0)
    for number in range(400):
        first.keep(record(f"old {number}"))
    first.stop(20.0)
    content = bytearray(path.read_bytes())
    begin = 0 if place == "header" else 4096
    content[begin : begin + 60_000] = b"\xa5" * len(content[begin : begin + 60_000])
    path.write_bytes(content)
    second = Store(path, committed)
    second.start()
    second.keep(record("new"))
    until(lambda: "new" in committed.ids)
    assert rows(path) == 1
    assert list(path.parent.glob("hub.sqlite.damaged-*"))
    second.stop(10.0)


FULL = """
import resource, sys, threading
from pathlib import Path
from hub.store.history import Store
from tests.hub.store.test_database import record

stored = []
store = Store(Path(sys.argv[1]), lambda batch: stored.extend(batch))
store.start()
store.memory(20.0)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
sent = 0
while not store.fault:
    assert store.keep(record())
    sent += 1
    threading.Event().wait(0.0005)
print("full", store.fault, flush=True)
assert len(stored) < sent
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
while len(stored) < sent:
    threading.Event().wait(0.05)
print("healed", flush=True)
"""


def test_full_disk_heals_when_there_is_room_again(tmp_path: Path) -> None:
    """A limit on the size of a file stands for the disk: SQLite gets the same error."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "hub.sqlite")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "healed"
