"""Six hours without a network between node and hub, and what comes of them afterwards.

The hours are the node's own: its clock, which its outbox, its events and its signs of life go by, is
made to run fast while the line is down, so that the hub sees what six real hours would have left.
Only TCP and MQTT live in real time; they are let notice the cut before the clock runs fast.
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

from contract.messages import Phase
from hub import broker_mosquitto
from tests.faults import report
from tests.faults.home import BrokerKind, Home
from tests.faults.proxy import Proxy
from tests.hub.test_service import RED
from tests.real import need, until

HOURS_S = 6 * 3600.0
NODE = "kitchen"
RATE_PER_S = 15.0
IN_HISTORY_WITHIN_S = 60.0
ORDER_S = 2.0
"""The hub's and the node's idea of when something was heard may part by so much."""
OUR_END, THEIR_END, PREFIX = "10.213.77.1", "10.213.77.2", 30
VIOLET = {"r": 138, "g": 63, "b": 252}
"""hub.flash.TROUBLE_COLOUR: the node was away, and people are told."""

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
    node, log = home.nodes[NODE], home.nodes[NODE].log
    node.say("begin cat")
    until(home.hub_hears, within_s=60, what="the hub")
    until(lambda: home.waiting() == 0, within_s=60, what="the last event before the cut")
    before = {row.event_id for row in home.history()}
    cut()
    until(lambda: b"disconnected" in log.read_bytes(), within_s=60, what="the node's notice")
    node.say("speak")
    node.say(f"speed {HOURS_S / real_s}")
    pause = threading.Event()
    pause.wait(real_s / 2)
    node.say("begin smoke_alarm")
    pause.wait(real_s / 2)
    node.say("quiet")
    pause.wait(1.0)  # many minutes of the node
    node.say("speed 1")
    lit, mended_s = len(home.commands), time.monotonic()
    assert {row.event_id for row in home.history()} == before
    mend()
    until(
        lambda: any(at_s > mended_s and sound == "smoke_alarm" for at_s, sound in home.raised),
        within_s=60,
        what="the alarm that still sounds",
    )
    alerted_s = next(at_s for at_s, _ in home.raised if at_s > mended_s) - mended_s
    until(lambda: home.waiting() == 0, within_s=120, what="the whole history")
    took_s = time.monotonic() - mended_s
    told, heard_s = home.tally(), {line.event_id: line.wall_s for line in home.ledger("heard")}
    rows = [row for row in home.history() if row.event_id not in before]
    off_s = [row.heard_s - heard_s[row.event_id] for row in rows]
    report.add(
        report.Row(
            scenario="network cut for six hours",
            broker=home.kind,
            faults=1,
            events=len(rows),
            lost=len(told.lost),
            twice=len(told.twice),
            longest_s=alerted_s,
            note=f"whole history {took_s:.0f} s after the line was back",
        )
    )
    assert (told.lost, told.twice) == ([], [])
    assert max(row.received_s - row.heard_s for row in rows) > HOURS_S * 0.9
    middle_s = statistics.median(off_s)
    assert all(abs(each - middle_s) < ORDER_S for each in off_s), "the history is out of order"
    flashed = {row.event_id for row in rows if row.alerted}
    assert flashed <= {row.event_id for row in rows if row.sound == "smoke_alarm"}
    colours = [command["color"] for _, command in home.commands[lit:] if "color" in command]
    assert [colour for colour in colours if colour not in (RED, VIOLET)] == []
    assert RED in colours
    assert [row for row in rows if row.phase == Phase.BEGAN and row.sound == "smoke_alarm"]
    assert took_s < IN_HISTORY_WITHIN_S


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

        endure(home, cut=cut, mend=mend, real_s=6.0)


@pytest.mark.faults
@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_dead_cable_of_six_hours_leaves_no_gap_in_the_history(
    tmp_path: Path, kind: BrokerKind
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
            real_s=30.0,
        )
