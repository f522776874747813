"""An older database becomes a newer one: copied first, a step at a time, nothing lost."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from contract.errors import InputError, UnavailableError
from hub.lights.port import LampState
from hub.store import inspection, schema
from hub.store.database import Database
from hub.store.files import copies
from hub.store.history import Store
from hub.store.records import LampRecord
from tests.hub.store.test_database import looked_into, record
from tests.real import ROOT, until

OLD = ROOT / "tests/data/hub-0001.sqlite"
"""Made by the first Soribit: 40 events, an alert's journal, a lamp that was flashing."""
EVENTS = 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copy(OLD, tmp_path / "hub.sqlite"))


def set_schema(path: Path, number: str) -> None:
    with looked_into(path) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (number,))
        connection.commit()


def schema_in(path: Path) -> str | None:
    with looked_into(path) as connection:
        return schema.schema_of(connection)


def opened_and_closed(path: Path) -> None:
    Database(path).close()


def test_everything_of_the_first_schema_is_there_after_the_upgrade(path: Path) -> None:
    database = Database(path)
    memory = database.memory(1000)
    database.close()
    assert (len(memory.event_ids), len(memory.rows)) == (EVENTS, EVENTS)
    calm = LampState(on=False, brightness=120, mired=370)
    assert memory.lamps == (LampRecord(lamp_id="hall", calm=calm, flashing=True),)
    assert schema_in(path) == schema.newest()
    with looked_into(path) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alerts").scalar() == 2


def test_copy_beside_it_is_the_database_as_it_was(path: Path) -> None:
    path.chmod(0o640)
    opened_and_closed(path)
    (copied,) = copies(path)
    assert copied.name.startswith(f"hub.sqlite.before-{schema.newest()}-")
    assert schema_in(copied) == "0001"
    assert copied.stat().st_mode & 0o777 == 0o640
    with looked_into(copied) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM history").scalar() == EVENTS


def test_what_stands_only_in_the_log_of_the_database_is_copied_too(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as other:
        other.exec_driver_sql(
            "DELETE FROM history WHERE event_id <> (SELECT event_id FROM history)"
        )
        other.commit()
        assert path.with_name("hub.sqlite-wal").stat().st_size > 0
        opened_and_closed(path)
    engine.dispose()
    with looked_into(copies(path)[0]) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM history").scalar() == 1


def test_new_database_and_one_of_the_newest_schema_are_not_copied(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.sqlite"
    opened_and_closed(fresh)
    opened_and_closed(fresh)
    assert copies(fresh) == []


def test_last_three_copies_are_kept(path: Path) -> None:
    for number in ("0001-20200101T000000Z", "0002-20210101T000000Z", "0002-20220101T000000Z"):
        earlier = path.with_name(f"hub.sqlite.before-{number}")
        earlier.touch()
        os.utime(earlier, (0, 0))
    opened_and_closed(path)
    kept = [copied.name.removeprefix("hub.sqlite.before-") for copied in copies(path)]
    assert kept[:2] == ["0002-20210101T000000Z", "0002-20220101T000000Z"]
    assert len(kept) == 3


def test_copy_that_is_still_true_is_not_made_again(path: Path) -> None:
    opened_and_closed(path)
    (copied,) = copies(path)
    before = copied.stat().st_mtime_ns
    shutil.copy2(OLD, path)  # as after a step that failed: the content is the old one
    opened_and_closed(path)
    assert [again.stat().st_mtime_ns for again in copies(path)] == [before]


def test_copy_that_the_disk_has_no_room_for_is_not_begun(path: Path) -> None:
    free_bytes = shutil.disk_usage(path.parent).free
    os.truncate(path, path.stat().st_size + free_bytes)  # a hole takes no room
    with pytest.raises(UnavailableError, match=r"No space left on device"):
        Database(path)
    assert schema_in(path) == "0001"


def test_without_room_for_the_copy_nothing_changes(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "the copy before it cannot be made" in done.stdout
    assert "free some space" in done.stdout
    assert list(path.parent.glob("*.before-*")) == []
    assert schema_in(path) == "0001"


FULL = """
import resource, signal, sys
from pathlib import Path
from contract.errors import UnavailableError
from hub.store.database import Database

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
try:
    Database(Path(sys.argv[1]))
except UnavailableError as error:
    print(error)
"""


def test_newer_schema_is_refused_in_words(path: Path) -> None:
    set_schema(path, "0099")
    said = f"hub.sqlite is of a newer Soribit (schema 0099, this one knows {schema.newest()})"
    with pytest.raises(InputError) as caught:
        Database(path)
    assert str(caught.value) == f"{said}: install that version again, or move the file away"
    path.with_name("hub.sqlite.before-0099-20260101T000000Z").touch()
    with pytest.raises(InputError, match=r"put back the copy hub.sqlite.before-0099-20260101T"):
        Database(path)


@pytest.mark.parametrize("number", ["head", "base", "000", "", "0001'; DROP TABLE history; --"])
def test_schema_that_is_none_of_ours_is_refused(path: Path, number: str) -> None:
    set_schema(path, number)
    with pytest.raises(InputError, match="of a newer Soribit"):
        Database(path)


def test_store_says_the_newer_schema_and_acknowledges_nothing(path: Path) -> None:
    set_schema(path, "0099")
    committed: list[object] = []
    store = Store(path, committed.extend)
    store.start()
    store.keep(record("a"))
    until(lambda: "of a newer Soribit (schema 0099" in store.fault, what="the fault")
    assert committed == []
    set_schema(path, "0001")
    until(lambda: committed, what="the commit")
    until(lambda: not store.fault, what="the end of the fault")
    store.stop(10.0)


def test_damaged_database_is_no_newer_one(path: Path) -> None:
    path.write_bytes(b"\xa5" * 9000)
    with pytest.raises(UnavailableError, match=r"cannot be read: file is not a database"):
        inspection.schema(path)


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from hub.store.database import Database

old, path = Path(sys.argv[1]), Path(sys.argv[2])
runs = 0
while True:
    for left in path.parent.glob("hub.sqlite*"):
        left.unlink()
    shutil.copy(old, path)
    child = os.fork()
    if not child:
        left = runs
        @event.listens_for(Engine, "before_cursor_execute")
        @event.listens_for(Engine, "commit")
        def _end(*_):
            global left
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
        Database(path).close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    before = len(list(path.parent.glob("hub.sqlite.before-*Z")))
    database = Database(path)
    memory = database.memory(1000)
    database.close()
    print(runs, os.WIFSIGNALED(status), before, len(memory.rows), len(memory.lamps), flush=True)
    if not os.WIFSIGNALED(status):
        break
    runs += 1
"""


def test_killed_at_any_statement_it_opens_again_with_every_row(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(OLD), str(tmp_path / "hub.sqlite")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    runs = [line.split() for line in done.stdout.splitlines()]
    assert {(run[3], run[4]) for run in runs} == {(str(EVENTS), "1")}
    assert sum(run[1] == "True" for run in runs) >= 10, "kills in the midst of it"
    assert {run[2] for run in runs} == {"0", "1"}, "kills before and after the copy"


OPEN = """
import sys
from pathlib import Path
from hub.store.database import Database
database = Database(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def test_database_that_a_hub_has_open_is_in_use_and_can_be_copied(path: Path) -> None:
    assert not inspection.is_in_use(path)
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as hub:
        assert hub.stdout is not None
        assert hub.stdout.readline() == "open\n"
        assert inspection.is_in_use(path)
        inspection.copy_out(path, path.with_name("copied"))
        hub.communicate()
    assert not inspection.is_in_use(path)
    inspection.verify(path.with_name("copied"))
    assert path.with_name("copied").stat().st_mode & 0o777 == 0o600
