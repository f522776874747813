"""No event is lost: not by a kill, a full disk, a damaged file or a hub that is away."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from contract.clock import SystemClock
from contract.errors import PayloadError
from contract.messages import Phase, SoundEvent, decode
from node.outbox import Outbox, rank_of
from tests.node.events import event
from tests.node.fakes import FakeClock
from tests.real import ROOT, until

Open = Callable[..., Outbox]


class Line:
    """A line to the hub that can be cut, and remembers what went over it."""

    def __init__(self, *, up: bool = True) -> None:
        self.up = up
        self.sent: list[SoundEvent] = []
        self.on_send: Callable[[], None] = lambda: None

    def __call__(self, payload: bytes) -> bool:
        self.on_send()
        if self.up:
            self.sent.append(decode(SoundEvent, payload, source="test"))
        return self.up

    def ids(self) -> list[str]:
        return [each.event_id for each in self.sent]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    boxes: list[Outbox] = []

    def open_box(line: Line, path: Path = tmp_path / "outbox.db") -> Outbox:
        boxes.append(Outbox(path, line, SystemClock()))
        return boxes[-1]

    yield open_box
    for box in boxes:
        box.close()


def on_disk(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT event_id FROM event ORDER BY seq").fetchall()
    connection.close()
    return [event_id for (event_id,) in rows]


def test_an_event_is_on_disk_before_it_goes_out(opened: Open, tmp_path: Path) -> None:
    line, bark = Line(), event()
    found: list[list[str]] = []
    line.on_send = lambda: found.append(on_disk(tmp_path / "outbox.db"))
    box = opened(line)
    until(lambda: not box.trouble)

    box.report(bark)

    assert found[0] in ([bark.event_id], [])  # a disk slower than 50 ms is not waited for
    assert line.ids() == [bark.event_id]
    until(lambda: on_disk(tmp_path / "outbox.db") == [bark.event_id])


def test_an_emergency_waits_for_no_disk(opened: Open, tmp_path: Path) -> None:
    line, fire = Line(), event("smoke_alarm")
    box = opened(line)
    locked = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    stored: list[int] = []
    line.on_send = lambda: stored.append(len(on_disk_unlocked(locked)))

    box.report(fire)

    assert stored == [0]
    assert line.ids() == [fire.event_id]
    locked.execute("ROLLBACK")
    locked.close()
    until(lambda: on_disk(tmp_path / "outbox.db") == [fire.event_id])


def on_disk_unlocked(connection: sqlite3.Connection) -> list[object]:
    return connection.execute("SELECT event_id FROM event").fetchall()


def test_what_the_hub_has_stored_is_forgotten(opened: Open, tmp_path: Path) -> None:
    line, bark = Line(), event()
    box = opened(line)
    box.report(bark)
    until(lambda: on_disk(tmp_path / "outbox.db"))

    box.acknowledge([bark.event_id, "an id that nobody knows"])

    assert box.depth == 0
    until(lambda: on_disk(tmp_path / "outbox.db") == [])


def test_without_an_answer_an_event_goes_again_after_two_seconds(opened: Open) -> None:
    line, bark = Line(), event()
    opened(line).report(bark)

    until(lambda: line.ids() == [bark.event_id] * 2)


def test_when_the_hub_is_back_emergencies_go_first(opened: Open) -> None:
    line = Line(up=False)
    box = opened(line)
    box.report(event("dog", Phase.POSSIBLE, seq=1))
    box.report(event("dog", seq=2))
    box.report(event("smoke_alarm", seq=3))
    line.up = True

    box.wake()

    until(lambda: len(line.sent) >= 3)
    assert [each.seq for each in line.sent[:3]] == [3, 2, 1]


def test_a_new_process_sends_what_the_last_one_could_not(opened: Open) -> None:
    first = opened(Line(up=False))
    waiting = [event(seq=n) for n in range(5)]
    for each in waiting:
        first.report(each)
    first.close()
    line = Line()

    second = opened(line)

    assert second.depth == 5
    until(lambda: line.ids() == [each.event_id for each in waiting])


def test_a_clock_that_is_set_ahead_loses_nothing(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "outbox.db"
    first = Outbox(path, Line(up=False), clock)
    first.report(event("smoke_alarm"))
    clock.now_s += 400 * 86_400.0
    first.report(event())
    first.close()

    second = Outbox(path, Line(up=False), clock)
    second.close()

    assert (first.depth, second.depth) == (2, 2)


CHILD = """
import sys
from pathlib import Path
from contract.clock import SystemClock
from node.outbox import Outbox
from tests.node.events import event
box = Outbox(Path(sys.argv[1]), lambda payload: True, SystemClock())
while True:
    bark = event()
    box.report(bark)
    print(bark.event_id, flush=True)
"""


def test_after_kill_9_every_reported_event_is_still_there(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "killed.db"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    reported = [child.stdout.readline().strip() for _ in range(60)]
    os.kill(child.pid, signal.SIGKILL)
    child.wait(10)
    child.stdout.close()

    found = set(on_disk(path))

    # the last ones may have met a disk slower than the 50 ms that an alert waits
    assert set(reported[:30]) <= found
    assert opened(Line(up=False), path).depth == len(found)


@pytest.mark.parametrize(
    "damage", [b"this is no database" * 400, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_damaged_file_is_moved_aside_and_never_fatal(
    opened: Open, tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path, line, bark = tmp_path / "outbox.db", Line(), event()
    path.write_bytes(damage)

    with caplog.at_level(logging.WARNING):
        box = opened(line)
        box.report(bark)

    until(lambda: path.exists() and not box.trouble and box.depth and on_disk(path))
    assert on_disk(path) == [bark.event_id]
    assert (tmp_path / "outbox.db.damaged").read_bytes() == damage
    assert "moved aside" in caplog.text


def test_a_disk_that_stays_corrupt_is_not_tried_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, line, moved = tmp_path / "outbox.db", Line(), []

    def spoil_again(record: logging.LogRecord) -> bool:
        if "moved aside" in record.msg:
            moved.append(record)
            path.write_bytes(b"this is no database" * 400)
        return True

    path.write_bytes(b"this is no database" * 400)
    monkeypatch.setattr(logging.getLogger("node.outbox"), "filters", [spoil_again])
    box = Outbox(path, line, FakeClock())
    until(lambda: len(moved) >= 2)
    for n in range(10):
        box.report(event(seq=n))
    box.close()

    assert len(moved) == 2
    assert box.trouble
    assert len(line.sent) == 10


def test_a_file_that_is_damaged_inside_stops_nothing(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    first = opened(Line(up=False))
    for n in range(200):
        first.report(event(seq=n))
    first.close()
    content = bytearray(path.read_bytes())
    content[4096 : 2 * 4096] = b"\xff" * 4096
    path.write_bytes(content)
    line, fire = Line(), event("smoke_alarm")

    opened(line).report(fire)

    assert fire.event_id in line.ids()
    until(lambda: fire.event_id in on_disk(path))


def test_without_a_place_to_store_events_still_go_out_and_it_is_told(
    opened: Open, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    line, bark = Line(), event()
    box = opened(line, tmp_path / "file" / "outbox.db")

    box.report(bark)

    assert line.ids() == [bark.event_id]
    assert "outbox.db" in box.trouble
    assert box.depth == 1


FULL_DISK = """
import resource, sys
from pathlib import Path
from contract.clock import SystemClock
from node.outbox import Outbox
from tests.node.events import event
sent = []
box = Outbox(Path(sys.argv[1]), lambda payload: sent.append(payload) is None, SystemClock())
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))  # no file may grow beyond: disk full
for n in range(200):
    box.report(event(seq=n))
first = event("smoke_alarm")
box.report(first)
print(len(sent), box.depth, first.event_id in sent[-1].decode(), box.trouble)
"""


def test_a_full_disk_is_told_and_stops_nothing(tmp_path: Path) -> None:
    child = [sys.executable, "-c", FULL_DISK, str(tmp_path / "outbox.db")]

    done = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True)

    sent, depth, alarm_went_out, trouble = done.stdout.split(maxsplit=3)
    assert (int(sent), int(depth), alarm_went_out) == (201, 201, "True"), done.stderr
    assert trouble.startswith("outbox.db: ")


def test_a_disk_that_heals_takes_what_was_kept_in_memory(opened: Open, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.write_text("in the way")
    box = opened(Line(), folder / "outbox.db")
    bark = event()
    box.report(bark)
    assert box.trouble

    folder.unlink()

    until(lambda: not box.trouble, within_s=20)
    assert on_disk(folder / "outbox.db") == [bark.event_id]


def test_an_event_that_no_message_can_hold_is_given_up(opened: Open) -> None:
    def refuse() -> None:
        raise PayloadError("1025 bytes to send, limit 1024")

    line = Line()
    line.on_send = refuse
    box = opened(line)

    box.report(event())

    assert box.depth == 0


def test_events_may_come_while_others_are_acknowledged(opened: Open, tmp_path: Path) -> None:
    line, done = Line(), threading.Event()
    box = opened(line)

    def answer() -> None:
        while not done.wait(0.001):
            box.acknowledge(line.ids())

    answering = threading.Thread(target=answer)
    answering.start()
    for n in range(50):
        box.report(event(seq=n))
    done.set()
    answering.join(20)
    box.acknowledge(line.ids())

    assert box.depth == 0
    until(lambda: on_disk(tmp_path / "outbox.db") == [])


@pytest.mark.parametrize(
    ("sound", "phase", "rank"),
    [
        ("smoke_alarm", Phase.BEGAN, 0),
        ("smoke_alarm", Phase.ENDED, 0),
        ("doorbell", Phase.BEGAN, 1),
        ("a_sound_of_their_own", Phase.BEGAN, 2),
        ("smoke_alarm", Phase.POSSIBLE, 5),
    ],
)
def test_the_sending_order_follows_the_catalogue(sound: str, phase: Phase, rank: int) -> None:
    assert rank_of(msgspec.structs.replace(event(sound), phase=phase)) == rank
