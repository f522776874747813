"""Hub, broker and nodes are killed at random times while 20 events a second are reported."""

import json
import random
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from contract.topics import HUB_STATUS, node_status
from hub import broker_mosquitto
from tests.brokers import Peer
from tests.faults import report
from tests.faults.home import NODES, BrokerKind, Home
from tests.faults.part import Part
from tests.faults.proxy import Proxy
from tests.real import need, until
from tests.tones import TINY_BUNDLE, noise, t3, write

SHORT, LONG, LONG_AMQTT = 3, 100, 10
PAUSES_S = {"hub": (0.3, 2.0), "broker": (0.3, 1.7), "node": (0.2, 1.2)}
"""How long a part lives between two kills; a hub is up some 0.8 s after its start."""


def storm(home: Home, victim: str, kills: int, line: Proxy) -> None:
    """Kill one kind of part again and again, each time after a pause that the seed decides.

    Every other node dies while its line is dead: what it has reported is on its disk or nowhere.
    """
    chance, pause = random.Random(f"{report.seed()}/{victim}"), threading.Event()
    for number in range(kills):
        pause.wait(chance.uniform(*PAUSES_S[victim]))
        node = home.nodes[chance.choice(NODES)]
        if victim == "node" and number % 2:
            line.swallows = True
            pause.wait(chance.uniform(0.2, 0.6))
        kill: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "hub": (home.hub.kill, home.hub.start),
            "broker": (home.kill_broker, home.start_broker),
            "node": (node.kill, node.start),
        }
        for act in kill[victim]:
            act()
        line.swallows = False
        if number % 10 == 9:  # a slow machine must not be dead from the first kill to the last
            _hear_another(home)


def endure(home: Home, victim: str, kills: int) -> None:
    """Let a home live through a storm; nothing may be lost, nobody left unwarned."""
    with Proxy(home.broker.port)() as line:
        for name in NODES:
            home.add_node(name, port=line.port)
        home.start_all()
        storm(home, victim, kills, line)
        home.settle()
        told = home.records.tally()
    cut_short = {line.event_id for line in home.records.ledger("heard")}
    cut_short -= {line.event_id for line in home.records.ledger()}
    cut_short -= {row.event_id for row in home.records.history()}
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
            f"{len(cut_short)} sounds cut off while being written, "
            f"{told.slow} reports on a slow disk",
        )
    )
    assert told.events > 0
    assert (told.lost, told.twice, told.unsaid) == ([], [], [])
    assert len(cut_short) <= (kills if victim == "node" else 0)
    if victim != "hub":
        assert told.flashed_twice == []


@pytest.mark.parametrize(
    ("kind", "victim"),
    [("mosquitto", "hub"), ("mosquitto", "broker"), ("mosquitto", "node"), ("amqtt", "broker")],
)
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


def test_broker_without_memory_is_told_again_who_is_there(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, "mosquitto", seed=report.seed())() as home:
        home.start_all()
        home.kill_broker()
        home.start_broker()
        witness = Peer(home.broker.account("watch"), home.watch)
        witness.hear("soribit/v1/#")

        def retained() -> set[str]:
            return {arrival.topic for arrival in witness.got if arrival.topic.endswith("/status")}

        wanted = {HUB_STATUS, *(node_status(name) for name in NODES)}
        until(lambda: wanted <= retained(), within_s=60, what="every status")


def endure_real_node(home: Home, kills: int) -> None:
    """Kill a real node that hears recordings, and the hub with it."""
    sound = write(home.folder / "alarm.wav", np.concatenate((noise(1.0), t3(1), noise(5.0))))
    config = home.folder / "node.toml"
    config.write_text(
        f'node_id = "kitchen"\n[broker]\nport = {home.broker.port}\n'
        f'password_file = "{home.folder}/kitchen.password"\n'
        f'[audio]\nsource = "file"\nfiles = ["{sound}"]\nloop = true\npause_s = 0.0\n',
        encoding="utf-8",
    )
    given = ("--config", str(config), "--state", str(home.folder / "node-kitchen"))
    node = Part(home.folder, "node", "node", "run", *given, "--model", str(TINY_BUNDLE))
    home.nodes = {"kitchen": node}
    chance, pause = random.Random(report.seed()), threading.Event()
    home.hub.start()
    node.start()
    for number in range(kills):
        _hear_another(home)
        pause.wait(chance.uniform(0.0, 3.0))
        for part in (node, home.hub) if number % 2 else (node,):
            part.kill()
            part.start()
    until(lambda: len(home.records.history()) > kills, within_s=60, what="an event after the kills")
    home.deliver(60)
    heard, known = _heard(node.log), {row.event_id for row in home.records.history()}
    report.add(
        report.Row(
            scenario="kill -9 of a real node on recordings",
            broker=home.kind,
            faults=kills,
            events=len(heard),
            lost=len(set(heard) - known),
            note="at most one sound a kill was not on the disk yet",
        )
    )
    assert len(set(heard) - known) <= kills
    assert len(known) > kills


def _hear_another(home: Home) -> None:
    stored = len(home.records.history())
    until(lambda: len(home.records.history()) > stored, within_s=60, what="an event")


def _heard(log: Path) -> list[str]:
    """Return the ids of all that a real node says it heard."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return [line["event_id"] for line in lines if line["say"] == "heard"]


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_real_node_that_is_killed_loses_no_more_than_one_sound_a_kill(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, "mosquitto", seed=report.seed())() as home:
        endure_real_node(home, 8)
