"""A bad line between nodes and broker: nothing is lost, nothing is told twice."""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hub import broker_mosquitto
from tests.faults import report
from tests.faults.home import NODES, BrokerKind, Home
from tests.faults.proxy import PUBACK, Proxy, Way, topic_of
from tests.real import need

SHORT_S, LONG_S = 2.0, 6.0
SHARE = 0.4
"""Of the messages that a fault is for, so many meet it."""


class Line:
    """A proxy that misbehaves by chance, and counts how often."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy, self.faults = proxy, 0
        self._chance = random.Random(report.seed())
        self._held: dict[str, list[bytes]] = {}

    def lost_acks(self) -> None:
        self.proxy.treat = lambda _way, packet: self._drop(
            packet, hit=topic_of(packet).endswith("/ack") or packet[0] >> 4 == PUBACK
        )

    def lost_events(self) -> None:
        self.proxy.treat = lambda _way, packet: self._drop(
            packet, hit=topic_of(packet).endswith("/event")
        )

    def doubled(self) -> None:
        self.proxy.treat = self._double

    def reordered(self) -> None:
        self.proxy.treat = self._reorder

    def delayed(self) -> None:
        self.faults += 1
        self.proxy.delay_s = lambda: self._chance.uniform(0.0, 0.1)

    def sliced(self) -> None:
        self.faults += 1
        self.proxy.slices = True

    def cut(self) -> None:
        self.faults += 1
        self.proxy.cut()

    def swallowed(self) -> None:
        self.faults += 1
        self.proxy.swallows = True

    def mend(self) -> None:
        self.proxy.treat = lambda _way, packet: [packet]
        self.proxy.delay_s = lambda: 0.0
        self.proxy.swallows = self.proxy.slices = False

    def _hits(self) -> bool:
        hit = self._chance.random() < SHARE
        self.faults += hit
        return hit

    def _drop(self, packet: bytes, *, hit: bool) -> list[bytes]:
        return [] if hit and self._hits() else [packet]

    def _double(self, _way: Way, packet: bytes) -> list[bytes]:
        return [packet] * (3 if topic_of(packet).endswith("/event") and self._hits() else 1)

    def _reorder(self, _way: Way, packet: bytes) -> list[bytes]:
        """Hold a node's events back, and let go of four in another order."""
        topic = topic_of(packet)
        if not topic.endswith("/event"):
            return [packet]
        held = self._held.setdefault(topic, [])
        held.append(packet)
        if len(held) < 4:
            return []
        self.faults += 1
        self._chance.shuffle(held)
        return self._held.pop(topic)


FAULTS: dict[str, Callable[[Line], None]] = {
    "lost acknowledgements": Line.lost_acks,
    "lost events": Line.lost_events,
    "events three times": Line.doubled,
    "events out of order": Line.reordered,
    "packets delayed": Line.delayed,
    "packets in single bytes": Line.sliced,
    "connections cut": Line.cut,
    "a dead line that looks alive": Line.swallowed,
}


def endure(home: Home, fault: str, lasting_s: float) -> None:
    """Let a home live with a bad line for a while, then with a good one."""
    with Proxy(home.broker.port)() as proxy:
        line, pause = Line(proxy), threading.Event()
        for name in NODES:
            home.add_node(name, port=proxy.port)
        home.start_all()
        for _ in range(3):
            FAULTS[fault](line)
            pause.wait(lasting_s / 3.0)
        line.mend()
        home.settle()
    told = home.records.tally()
    report.add(
        report.Row(
            scenario=fault,
            broker=home.kind,
            faults=line.faults,
            events=told.events,
            lost=len(told.lost),
            twice=len(told.twice) + len(told.flashed_twice),
            longest_s=told.longest_s,
        )
    )
    assert line.faults > 0
    assert told.events > 0
    assert (told.lost, told.twice, told.unsaid, told.flashed_twice) == ([], [], [], [])


@pytest.mark.parametrize("fault", ["lost acknowledgements", "events out of order"])
def test_bad_line_loses_nothing_and_tells_nothing_twice(tmp_path: Path, fault: str) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, "mosquitto", seed=report.seed())() as home:
        endure(home, fault, SHORT_S)


@pytest.mark.faults
@pytest.mark.timeout(400)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_worse_line_loses_nothing_and_tells_nothing_twice(
    tmp_path: Path, kind: BrokerKind, fault: str
) -> None:
    need(kind == "amqtt" or broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, kind, seed=report.seed())() as home:
        endure(home, fault, LONG_S)
