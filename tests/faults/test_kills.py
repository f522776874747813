"""Hub, broker and nodes are killed at random times while 20 events a second are reported."""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hub import broker_mosquitto
from tests.faults import report
from tests.faults.home import NODES, BrokerKind, Home
from tests.real import need

SHORT, LONG, LONG_AMQTT = 3, 100, 8
PAUSES_S = {"hub": (0.3, 3.0), "broker": (0.3, 2.5), "node": (0.2, 1.8)}
"""How long a part lives between two kills; a hub is heard again some 1.5 s after its start."""


def storm(home: Home, victim: str, kills: int) -> None:
    """Kill one kind of part again and again, each time after a pause that the seed decides."""
    chance, pause = random.Random(f"{report.seed()}/{victim}"), threading.Event()
    for _ in range(kills):
        pause.wait(chance.uniform(*PAUSES_S[victim]))
        node = home.nodes[chance.choice(NODES)]
        kill: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "hub": (home.hub.kill, home.hub.start),
            "broker": (home.kill_broker, home.start_broker),
            "node": (node.kill, node.start),
        }
        for act in kill[victim]:
            act()


def endure(home: Home, victim: str, kills: int) -> None:
    """Let a home live through a storm; nothing may be lost, nobody left unwarned."""
    home.start_all()
    storm(home, victim, kills)
    home.settle()
    told = home.tally()
    cut_short = {line.event_id for line in home.ledger("heard")}
    cut_short -= {line.event_id for line in home.ledger()}
    cut_short -= {row.event_id for row in home.history()}
    report.add(
        report.Row(
            scenario=f"kill -9 of the {victim}",
            broker=home.kind,
            faults=kills,
            events=told.events,
            lost=len(told.lost),
            twice=len(told.twice),
            longest_s=told.longest_s,
            note=f"{len(told.flashed_twice)} alerts given twice, "
            f"{len(cut_short)} sounds cut off while being written",
        )
    )
    assert told.events > 0
    assert (told.lost, told.twice, told.unsaid) == ([], [], [])
    assert len(cut_short) <= (kills if victim == "node" else 0)
    if victim != "hub":
        assert told.flashed_twice == []


@pytest.mark.parametrize("victim", PAUSES_S)
@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_few_kills_lose_no_event(tmp_path: Path, kind: BrokerKind, victim: str) -> None:
    need(kind == "amqtt" or broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, kind, seed=report.seed())() as home:
        endure(home, victim, SHORT)


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", PAUSES_S)
@pytest.mark.parametrize(("kind", "kills"), [("mosquitto", LONG), ("amqtt", LONG_AMQTT)])
def test_a_hundred_kills_lose_no_event(
    tmp_path: Path, kind: BrokerKind, kills: int, victim: str
) -> None:
    need(kind == "amqtt" or broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, kind, seed=report.seed())() as home:
        endure(home, victim, kills)
