"""Six hours without a network between node and hub, and what comes of them afterwards.

The hours are the node's own: its clock, which its outbox, events and signs of life go by, is made
to run fast while the line is down, so that the hub meets what six real hours would have left. Only
TCP and MQTT live in real time; they are let notice the cut before the clock runs fast.
"""

import os
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub import broker_mosquitto
from tests.faults import report
from tests.faults.home import BrokerKind, Home
from tests.faults.proxy import Proxy
from tests.faults.records import Kept
from tests.hub.house import VIOLET
from tests.hub.test_service import RED
from tests.real import need, until

HOURS_S = 6 * 3600.0
NODE = "kitchen"
RATE_PER_S = 15.0
IN_HISTORY_WITHIN_S = 60.0
ORDER_S = 2.0
"""The hub's and the node's idea of when something was heard may part by so much."""
OUR_END, THEIR_END, PREFIX = "10.213.77.1", "10.213.77.2", 30

Switch = Callable[[], None]


def ip(*words: str) -> None:
    subprocess.run([shutil.which("ip") or "ip", *words], check=True, capture_output=True)


NAMESPACE, CABLE = f"soribit-{os.getpid()}", f"sb{os.getpid()}"
"""The cable's name is that of its end here, too short for more than 15 characters."""


@contextmanager
def namespace() -> Iterator[None]:
    """Make a network namespace with one cable to this one."""
    name, ours, theirs = NAMESPACE, CABLE, f"{CABLE}b"
    ip("netns", "add", name)
    try:
        ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        ip("address", "add", f"{OUR_END}/{PREFIX}", "dev", ours)
        ip("-n", name, "address", "add", f"{THEIR_END}/{PREFIX}", "dev", theirs)
        ip("link", "set", ours, "up")
        ip("-n", name, "link", "set", theirs, "up")
        ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        subprocess.run(["ip", "link", "delete", ours], check=False, capture_output=True)  # noqa: S607
        ip("netns", "delete", name)


def endure(home: Home, *, cut: Switch, mend: Switch, real_s: float) -> None:
    """Cut the line for six hours of the node, then mend it."""
    home.nodes[NODE].say("begin cat")
    until(home.hub_hears, within_s=60, what="the hub")
    home.deliver()
    before = {row.event_id for row in home.records.history()}
    cut()
    live_alone(home, real_s)
    assert {row.event_id for row in home.records.history()} == before
    mended_s = time.monotonic()
    mend()
    until(lambda: alarms_s(home, mended_s), within_s=60, what="the alarm that still sounds")
    home.deliver()
    took_s, told = time.monotonic() - mended_s, home.records.tally()
    rows = [row for row in home.records.history() if row.event_id not in before]
    report.add(
        report.Row(
            scenario="network cut for six hours",
            broker=home.kind,
            faults=1,
            events=len(rows),
            lost=len(told.lost),
            twice=len(told.twice),
            longest_s=alarms_s(home, mended_s)[0] - mended_s,
            note=f"whole history {took_s:.0f} s after the line was back",
        )
    )
    assert (told.lost, told.twice) == ([], [])
    assert max(row.received_s - row.heard_s for row in rows) > HOURS_S * 0.9
    assert took_s < IN_HISTORY_WITHIN_S
    assert_in_order(home, rows)
    assert_only_the_alarm_flashed(home, rows, mended_s)


def live_alone(home: Home, real_s: float) -> None:
    """Let the node hear six hours of sounds, and from the middle on a smoke alarm."""
    node, pause = home.nodes[NODE], threading.Event()
    until(lambda: b"disconnected" in node.log.read_bytes(), within_s=60, what="the node's notice")
    node.say("speak")
    node.say(f"speed {HOURS_S / real_s}")
    pause.wait(real_s / 2)
    node.say("begin smoke_alarm")
    pause.wait(real_s / 2)
    node.say("quiet")
    pause.wait(1.0)  # many minutes of the node: what has ended is old when the line is back
    node.say("speed 1")


def alarms_s(home: Home, since_s: float) -> list[float]:
    """Return when the smoke alarm was raised, monotonic."""
    return [at_s for at_s, sound in home.raised if sound == "smoke_alarm" and at_s > since_s]


def assert_in_order(home: Home, rows: list[Kept]) -> None:
    """The hub's times and the node's own part by the same everywhere."""
    heard_s = {line.event_id: line.wall_s for line in home.records.ledger("heard")}
    off_s = [row.heard_s - heard_s[row.event_id] for row in rows]
    middle_s = statistics.median(off_s)
    assert [each for each in off_s if abs(each - middle_s) > ORDER_S] == []


def assert_only_the_alarm_flashed(home: Home, rows: list[Kept], since_s: float) -> None:
    assert {row.sound for row in rows if row.alerted} <= {"smoke_alarm"}
    colours = [command["color"] for command in home.lit(since_s)]
    assert RED in colours
    # violet: the node was away, and people are told
    assert [colour for colour in colours if colour not in (RED, VIOLET)] == []


def test_cut_of_six_hours_leaves_no_gap_in_the_history(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with (
        Home(tmp_path, "mosquitto", seed=report.seed())() as home,
        Proxy(home.broker.port)() as proxy,
    ):
        home.hub.start()
        home.add_node(NODE, port=proxy.port, rate_per_s=RATE_PER_S, speaks=False).start()

        def cut() -> None:
            proxy.refuses = True
            proxy.cut()

        def mend() -> None:
            proxy.refuses = False

        endure(home, cut=cut, mend=mend, real_s=3.0)


@pytest.mark.faults
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("kind", "real_s"), [("mosquitto", 20.0), ("amqtt", 6.0)])
def test_dead_cable_of_six_hours_leaves_no_gap_in_the_history(
    tmp_path: Path, kind: BrokerKind, real_s: float
) -> None:
    need(kind == "amqtt" or broker_mosquitto.find(), "mosquitto")
    need(shutil.which("ip") and os.geteuid() == 0, "the right to make network namespaces")
    with (
        namespace(),
        Home(tmp_path, kind, seed=report.seed())() as home,
        Proxy(home.broker.port, OUR_END)() as proxy,  # our brokers listen on the loopback alone
    ):
        home.hub.start()
        node = home.add_node(
            NODE, host=OUR_END, port=proxy.port, rate_per_s=RATE_PER_S, speaks=False
        )
        node.start(None, "ip", "netns", "exec", NAMESPACE)
        endure(
            home,
            cut=lambda: ip("link", "set", CABLE, "down"),
            mend=lambda: ip("link", "set", CABLE, "up"),
            real_s=real_s,
        )
