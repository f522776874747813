"""A paired node that turns against its home: it reaches nobody's topics but its own."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from contract.clock import rfc3339
from contract.messages import SoundEvent, encode
from contract.mqtt import MqttLink, Will
from contract.topics import (
    HUB_ALERT,
    HUB_STATUS,
    node_ack,
    node_command,
    node_event,
    node_health,
    node_status,
)
from hub import broker_mosquitto
from tests.brokers import Peer
from tests.faults import report
from tests.faults.home import BrokerKind, Home
from tests.hub.house import TOPIC
from tests.node.events import event
from tests.real import need, until

HOSTILE, NEIGHBOUR = "kitchen", "nursery"
TRIES = 1000
LARGE = 5_000_000
FOREIGN = (
    *(make(NEIGHBOUR) for make in (node_event, node_status, node_health, node_ack, node_command)),
    node_command(HOSTILE),
    HUB_STATUS,
    HUB_ALERT,
    f"{TOPIC}/set",
    f"{TOPIC}/get",
    TOPIC,
    "zigbee2mqtt/bridge/request/device/remove",
    "homeassistant/status",
)


@pytest.fixture(params=["mosquitto", "amqtt"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    kind: BrokerKind = request.param
    need(kind == "amqtt" or broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, kind, seed=report.seed())() as running:
        yield running


@contextmanager
def peer(home: Home, username: str, *hears: str, will: Will | None = None) -> Iterator[Peer]:
    """Connect as one account; where the broker refuses the will, stay outside."""
    account = home.broker.account(username)
    found = Peer(account, MqttLink(account, client_id=username, will=will))
    for topic_filter in hears:
        found.hear(topic_filter)
    found.link.start()
    refused = will is not None and home.kind == "amqtt"
    assert found.link.wait_up(1 if refused else 20) is not refused
    yield found
    found.link.stop()


def fire() -> SoundEvent:
    return msgspec.structs.replace(
        event("smoke_alarm"), heard_at=rfc3339(time.time()), heard_mono_s=time.monotonic()
    )


def foreign(chance: random.Random) -> str:
    """Return a topic that is none of the hostile node's own."""
    name = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789-", k=chance.randint(1, 12)))
    kind = chance.choice(["event", "status", "health", "ack", "command", "x"])
    return chance.choice(
        [
            chance.choice(FOREIGN),
            f"soribit/v1/node/x{name}/{kind}",
            f"soribit/v1/node/{HOSTILE}/{kind}/{name}",
            f"soribit/v1/node/{HOSTILE}{name}/{kind}",
            f"soribit/v1/hub/room/{name}",
            f"zigbee2mqtt/{name}/set",
            f"homeassistant/device/{name}/config",
            f"soribit/v2/node/{name}/{kind}",
            f"{name}/{kind}",
        ]
    )


def note(home: Home, what: str) -> None:
    report.add(report.Row(scenario=what, broker=home.kind, faults=TRIES, note="0 arrived"))


def test_thousand_foreign_publishes_reach_nobody(home: Home) -> None:
    chance, marker = random.Random(report.seed()), encode(fire())
    with peer(home, "hub", "soribit/v1/#", "zigbee2mqtt/#", "homeassistant/#") as hears:
        with peer(home, HOSTILE) as node:
            for number in range(TRIES):
                node.link.publish(foreign(chance), b"foreign %d" % number, qos=number % 2)

            def came_in() -> bool:
                node.link.publish(node_event(HOSTILE), marker)
                return marker in hears.payloads()

            until(came_in, within_s=60, what="the node's own event")
        assert [each for each in hears.payloads() if each.startswith(b"foreign")] == []
    note(home, "publishing on foreign topics")


def test_thousand_foreign_messages_reach_no_node(home: Home) -> None:
    chance, marker = random.Random(report.seed()), b'{"event_ids":[]}'
    asked = ["#", "+/+/+/+/+", "soribit/#", "soribit/v1/node/+/event", f"{TOPIC}/#", "$SYS/#"]
    with peer(home, HOSTILE, *asked, node_ack(HOSTILE)) as node:
        own = [t for t in node.got if t.topic != HUB_STATUS]
        assert own == []
        with peer(home, "hub") as hub:
            for number in range(TRIES):
                topic = foreign(chance)
                if topic not in (HUB_STATUS, node_command(HOSTILE)):
                    hub.link.publish(topic, b"private %d" % number, retain=number % 3 == 0)

            def came_in() -> bool:
                hub.link.publish(node_ack(HOSTILE), marker)
                return marker in node.payloads()

            until(came_in, within_s=60, what="the node's own acknowledgement")
        assert {t.payload for t in node.got if t.topic != HUB_STATUS} == {marker}
    with peer(home, HOSTILE, *asked, node_ack(HOSTILE)) as again:  # what is retained comes now
        with peer(home, "hub") as hub:

            def came_again() -> bool:
                hub.link.publish(node_ack(HOSTILE), marker)
                return marker in again.payloads()

            until(came_again, within_s=60, what="the node's own acknowledgement")
        assert {t.payload for t in again.got if t.topic != HUB_STATUS} == {marker}
    note(home, "reading foreign topics")


def test_nothing_that_a_hostile_node_plants_flashes(home: Home) -> None:
    planted = [fire(), fire()]
    with peer(home, HOSTILE) as node:
        node.link.publish(node_event(HOSTILE), encode(planted[0]), retain=True)
    home.hub.start()
    home.add_node(NEIGHBOUR).start()
    until(home.hub_hears, within_s=60, what="the hub")
    home.nodes[NEIGHBOUR].say("quiet")
    with peer(home, HOSTILE, will=Will(node_event(NEIGHBOUR), encode(planted[1]))) as dying:
        dying.link._client._sock_close()
    with peer(home, HOSTILE) as node:
        node.link._client.publish(node_event(HOSTILE), b"x" * LARGE)
        node.link._client.publish(node_status(HOSTILE), b"x" * LARGE, retain=True)
        home.nodes[NEIGHBOUR].say("begin co_alarm")
        until(lambda: "co_alarm" in [sound for _, sound in home.raised], within_s=60, what="CO")
        until(home.lit, what="the lamp")
    assert {row.event_id for row in home.records.history()} & {
        each.event_id for each in planted
    } == set()
    assert home.hub.runs
    assert home.is_well()
