"""The power fails for everything at once, and everything comes back, in any order, in 1970."""

import random
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest

from contract.clock import NOT_BEFORE_S, SystemClock
from hub import broker_mosquitto
from node.outbox import Outbox
from tests.faults import report
from tests.faults.home import BrokerKind, Home
from tests.node.events import event
from tests.real import need, until

ALERT_WITHIN_S = 10.0
BETWEEN_S = 1.0
"""Between one part's start and the next one's."""
NODE = "kitchen"
ORDERS = [" ".join(order) for order in permutations(("broker", "hub", "node"))]
TORN = ["hub.sqlite", "hub.sqlite-wal"]


class WallClock:
    """Sets the wall clock of every process that is started with it."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        need(compiler, "a C compiler")
        library, self._file = folder / "wall_clock.so", folder / "wall_clock"
        source = Path(__file__).with_name("wall_clock.c")
        line = [str(compiler), "-shared", "-fPIC", "-O2", str(source), "-o", str(library), "-ldl"]
        subprocess.run(line, check=True)
        self.environment = {
            "LD_PRELOAD": str(library),
            "SORIBIT_WALL_CLOCK": str(self._file),
        }
        self.set_right()

    def begin_at_1970(self) -> None:
        self._file.write_text(str(60 - int(time.time())))

    def set_right(self) -> None:
        self._file.write_text("0")


def cut_power(home: Home) -> None:
    """Kill everything; the node has just reported what nobody took any more."""
    home.hub.kill()
    home.kill_broker()
    until(lambda: home.records.waiting() > 0, what="an event that waits on the node")
    home.nodes[NODE].kill()


def come_back(home: Home, order: str, clock: WallClock) -> float:
    """Start all again while the smoke alarm sounds.

    Returns:
        How long after its start the hub told of the alarm, in seconds.
    """
    hub_s = 0.0
    for number, part in enumerate(order.split()):
        if number:
            threading.Event().wait(BETWEEN_S)
        if part == "broker":
            home.start_broker(clock.environment)
        if part == "hub":
            hub_s = time.monotonic()
            home.hub.start(clock.environment)
        if part == "node":
            home.nodes[NODE].start(clock.environment)
            home.nodes[NODE].say("begin smoke_alarm")

    def first_s() -> float:
        return min((at_s for at_s, sound in home.raised if at_s > hub_s), default=0.0)

    until(first_s, within_s=60, what="the alert")
    return first_s() - hub_s


def endure(home: Home, order: str, folder: Path) -> None:
    """Cut the power twice: back in 1970 first, where the clock is set right while all runs."""
    clock = WallClock(folder)
    home.add_node(NODE)
    home.hub.start(clock.environment)
    home.nodes[NODE].start(clock.environment)
    until(home.hub_hears, within_s=60, what="the first stored event")
    cut_power(home)
    clock.begin_at_1970()
    delays_s = [come_back(home, order, clock)]
    until(lambda: any(row.received_s < NOT_BEFORE_S for row in home.records.history()), what="1970")
    home.nodes[NODE].say("end smoke_alarm")
    clock.set_right()
    home.nodes[NODE].say("begin co_alarm")
    until(lambda: "co_alarm" in [sound for _, sound in home.raised], what="an alert 56 years later")
    cut_power(home)
    delays_s.append(come_back(home, order, clock))
    home.settle()
    told = home.records.tally()
    report.add(
        report.Row(
            scenario=f"power cut; {order.replace(' ', ', ')}",
            broker=home.kind,
            faults=2,
            events=told.events,
            lost=len(told.lost),
            twice=len(told.twice),
            longest_s=max(delays_s),
            note="delay counted from the hub's start",
        )
    )
    assert (told.lost, told.twice) == ([], [])
    assert max(delays_s) <= ALERT_WITHIN_S
    assert not list(home.folder.glob("hub/*damaged*"))


def test_power_cut_in_1970_loses_nothing_and_silences_nothing(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, "mosquitto", seed=report.seed())() as home:
        endure(home, random.Random(report.seed()).choice(ORDERS), tmp_path)


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_power_cut_in_every_order_loses_nothing(
    tmp_path: Path, kind: BrokerKind, order: str
) -> None:
    need(kind == "amqtt" or broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, kind, seed=report.seed())() as home:
        endure(home, order, tmp_path)


def tear(path: Path, chance: random.Random) -> None:
    """Leave of a file what a power cut might."""
    if path.exists():
        with path.open("r+b") as file:
            file.truncate(chance.randrange(path.stat().st_size + 1))


def fold(database: Path) -> None:
    """Bring everything from the journal into the database itself."""
    with closing(sqlite3.connect(database)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def hears_anew(home: Home, known: set[str]) -> bool:
    """Whether the history holds what it did not before it was torn."""
    try:
        return bool({row.event_id for row in home.records.history()} - known)
    except sqlite3.DatabaseError:  # torn still, or being moved aside at this moment
        return False


def endure_torn_history(home: Home, tears: int) -> None:
    """Start the hub on histories that a power cut has torn; it must hear and store each time."""
    chance = random.Random(report.seed())
    home.add_node(NODE)
    home.hub.start()
    home.nodes[NODE].start()
    until(lambda: len(home.records.history()) > 20, within_s=60, what="a history")
    home.hub.kill()
    known = {row.event_id for row in home.records.history()}
    for name in TORN:
        shutil.copytree(home.folder / "hub", home.folder / name)
    fold(home.folder / TORN[0] / TORN[0])
    fresh = 0
    for number in range(tears):
        name = TORN[number % 2]
        shutil.rmtree(home.folder / "hub")
        shutil.copytree(home.folder / name, home.folder / "hub")
        tear(home.folder / "hub" / name, chance)
        home.hub.start()
        until(
            lambda: hears_anew(home, known),
            within_s=60,
            what=f"an event in the history after tear {number}",
        )
        home.hub.kill()
        fresh += bool(list(home.folder.glob("hub/*damaged*")))
    report.add(
        report.Row(
            scenario="history torn at a random byte",
            broker=home.kind,
            faults=tears,
            note=f"{fresh} could not be read and were kept aside",
        )
    )


def test_hub_starts_on_a_torn_history(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, "mosquitto", seed=report.seed())() as home:
        endure_torn_history(home, 2)


@pytest.mark.faults
@pytest.mark.timeout(300)
def test_hub_starts_on_every_torn_history(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, "mosquitto", seed=report.seed())() as home:
        endure_torn_history(home, 20)


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_node_reports_on_though_its_outbox_is_torn(tmp_path: Path, suffix: str) -> None:
    chance, whole = random.Random(report.seed()), tmp_path / "whole"
    outbox = Outbox(whole / "outbox.db", lambda _: False, SystemClock())
    for _ in range(5):
        outbox.report(event())
    shutil.copytree(whole, tmp_path / "copy")  # as a power cut leaves it: never closed
    outbox.close()
    for number in range(40):
        torn = shutil.copytree(tmp_path / "copy", tmp_path / f"torn-{number}")
        tear(torn / f"outbox.db{suffix}", chance)
        outbox = Outbox(torn / "outbox.db", lambda _: False, SystemClock())
        before = outbox.depth
        outbox.report(event())
        until(lambda box=outbox: not box.trouble, what="the outbox's new file")  # type: ignore[misc]
        assert outbox.depth == before + 1
        outbox.close()
