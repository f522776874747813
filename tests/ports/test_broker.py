"""The walls that every broker of ours must have, tried on each of them."""

import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from contract import topics
from contract.mqtt import MqttLink
from hub import broker_mosquitto
from tests.brokers import Peer, RunningBroker, start
from tests.real import need, until

Connect = Callable[..., Peer]

EVENT, STATUS, ACK = (
    topics.node_event("kitchen"),
    topics.node_status("kitchen"),
    topics.node_ack("kitchen"),
)
NURSERY_STATUS = topics.node_status("nursery")


@pytest.fixture(params=["mosquitto", "amqtt"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    if request.param == "mosquitto":
        need(broker_mosquitto.find(), "mosquitto")
    running = start(tmp_path, request.param)
    yield running
    running.stop()


@pytest.fixture
def connect(broker: RunningBroker) -> Iterator[Connect]:
    links: list[MqttLink] = []

    def connected(username: str, *hears: str) -> Peer:
        peer = Peer(broker.account(username))
        for topic_filter in hears:
            peer.hear(topic_filter)
        links.append(peer.link)
        peer.link.start()
        assert peer.link.wait_up(10)
        return peer

    yield connected
    for link in links:
        link.stop()


def tell(sender: Peer, topic: str, payload: bytes, hearer: Peer) -> None:
    """Send what is allowed until it has come in: what went out before it has been judged too."""

    def came_in() -> bool:
        sender.link.publish(topic, payload)
        return payload in hearer.payloads()

    until(came_in, what=f"{payload!r} on {topic}")


class Wire:
    """A connection without a client library: it may break off, fall silent or lie."""

    def __init__(self, broker: RunningBroker) -> None:
        self._socket = socket.create_connection(("127.0.0.1", broker.port), timeout=10)

    def connect(
        self,
        client_id: str,
        *login: str,
        will: tuple[str, bytes] | None = None,
        keepalive: int = 60,
    ) -> int:
        """Send CONNECT and return the broker's answer: 0 accepted, -1 hung up without a word."""
        flags = 0b10 | (0b11000000 if login else 0) | (0b00100100 if will else 0)
        fields = [client_id, *(will or ()), *login]
        parts = [item if isinstance(item, bytes) else item.encode() for item in fields]
        body = b"\0\4MQTT\4" + struct.pack(">BH", flags, keepalive)
        body += b"".join(struct.pack(">H", len(part)) + part for part in parts)
        self._socket.sendall(b"\x10" + bytes([len(body)]) + body)
        answer = self._socket.recv(4)
        return answer[3] if len(answer) == 4 else -1

    def break_off(self) -> None:
        """End without a goodbye."""
        self._socket.close()


@pytest.fixture
def wire(broker: RunningBroker) -> Iterator[Wire]:
    opened = Wire(broker)
    yield opened
    opened.break_off()


def test_right_password_is_let_in(wire: Wire) -> None:
    assert wire.connect("kitchen", "kitchen", "secret of kitchen") == 0


@pytest.mark.parametrize(
    "login", [(), ("kitchen", "wrong"), ("kitchen", ""), ("nobody", "secret of kitchen")]
)
def test_wrong_password_and_no_name_are_refused(wire: Wire, login: tuple[str, ...]) -> None:
    assert wire.connect("kitchen", *login) != 0


def test_only_the_loopback_listener_is_open(broker: RunningBroker) -> None:
    listening = {
        connection.laddr
        for connection in psutil.Process(broker.process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", broker.port)}


def test_node_cannot_publish_as_another_node(connect: Connect) -> None:
    hub = connect("hub", topics.every_node("event"))
    nursery = connect("nursery")
    nursery.link.publish(EVENT, b"planted", qos=1)
    tell(nursery, topics.node_event("nursery"), b"own", hub)
    assert set(hub.payloads()) == {b"own"}


def test_node_cannot_write_what_the_hub_says(connect: Connect) -> None:
    hub = connect("hub", f"{topics.ROOT}/#")
    kitchen = connect("kitchen")
    for topic in (topics.HUB_STATUS, topics.HUB_ALERT, ACK, "zigbee2mqtt/lamp/set"):
        kitchen.link.publish(topic, b"planted", qos=1)
    tell(kitchen, EVENT, b"own", hub)
    assert set(hub.payloads()) == {b"own"}


def test_node_cannot_plant_a_will_in_another_room(connect: Connect, wire: Wire) -> None:
    hub = connect("hub", topics.every_node("status"))
    wire.connect("kitchen", "kitchen", "secret of kitchen", will=(NURSERY_STATUS, b"planted"))
    wire.break_off()
    tell(connect("kitchen"), STATUS, b"own", hub)
    assert set(hub.payloads()) == {b"own"}


def test_will_tells_that_a_node_broke_off(connect: Connect, wire: Wire) -> None:
    hub = connect("hub", topics.every_node("status"))
    tell(hub, STATUS, b"ready", hub)
    assert wire.connect("kitchen", "kitchen", "secret of kitchen", will=(STATUS, b"offline")) == 0
    wire.break_off()
    until(lambda: b"offline" in hub.payloads(), what="the will")


def test_will_tells_that_a_node_is_frozen(connect: Connect, wire: Wire) -> None:
    hub = connect("hub", topics.every_node("status"))
    tell(hub, STATUS, b"ready", hub)
    will = (STATUS, b"offline")
    assert wire.connect("kitchen", "kitchen", "secret of kitchen", will=will, keepalive=1) == 0
    until(lambda: b"offline" in hub.payloads(), what="the will")


def test_node_cannot_read_what_is_meant_for_another(connect: Connect) -> None:
    nursery = connect("nursery", ACK, f"{topics.ROOT}/#", topics.node_ack("nursery"))
    kitchen = connect("kitchen", ACK)
    hub = connect("hub")
    tell(hub, ACK, b"for kitchen", kitchen)
    tell(hub, topics.node_ack("nursery"), b"for nursery", nursery)
    assert set(nursery.payloads()) == {b"for nursery"}


def test_node_sees_the_hub_but_not_its_alerts(connect: Connect) -> None:
    kitchen = connect("kitchen", topics.HUB_STATUS, topics.HUB_ALERT)
    hub = connect("hub", topics.HUB_ALERT)
    tell(hub, topics.HUB_ALERT, b"alert", hub)
    tell(hub, topics.HUB_STATUS, b"online", kitchen)
    assert set(kitchen.payloads()) == {b"online"}


def test_lamp_has_its_own_topics_and_no_others(connect: Connect) -> None:
    lamp = connect("lamp", "zigbee2mqtt/#", "zigbee2mqtt/lamp/set")
    hub = connect("hub", "zigbee2mqtt/#")
    lamp.link.publish("zigbee2mqtt/other", b"planted", qos=1)
    tell(lamp, "zigbee2mqtt/lamp", b"state", hub)
    hub.link.publish("zigbee2mqtt/other/set", b"for the other", qos=1)
    tell(hub, "zigbee2mqtt/lamp/set", b"command", lamp)
    assert b"planted" not in hub.payloads()
    assert b"for the other" not in lamp.payloads()


def test_retained_status_waits_for_the_hub(connect: Connect) -> None:
    connect("kitchen").link.publish(STATUS, b"online", qos=1, retain=True)
    hub = connect("hub", topics.every_node("status"))
    until(lambda: hub.got, what="the retained status")
    assert (hub.got[0].payload, hub.got[0].retained) == (b"online", True)


def test_retained_status_is_shown_to_no_other_node(connect: Connect) -> None:
    hub = connect("hub", topics.every_node("status"))
    hub.link.publish(STATUS, b"online", qos=1, retain=True)
    until(lambda: hub.got, what="the status")
    nursery = connect("nursery", topics.node_ack("nursery"))
    tell(hub, topics.node_ack("nursery"), b"for nursery", nursery)
    assert set(nursery.payloads()) == {b"for nursery"}


def test_stranger_who_calls_himself_hub_cannot_silence_it(connect: Connect, wire: Wire) -> None:
    hub = connect("hub", topics.every_node("event"))
    assert wire.connect("hub", "hub", "guessed") != 0
    tell(connect("kitchen"), EVENT, b"smoke", hub)
    assert hub.link.is_up


def test_node_cannot_take_the_hubs_connection_by_its_client_id(
    connect: Connect, wire: Wire
) -> None:
    hub = connect("hub", topics.every_node("event"))
    wire.connect("hub", "nursery", "secret of nursery")
    tell(connect("kitchen"), EVENT, b"smoke", hub)
    assert hub.link.is_up


def test_newer_connection_of_an_account_replaces_the_older(connect: Connect, wire: Wire) -> None:
    assert wire.connect("kitchen", "kitchen", "secret of kitchen") == 0
    kitchen = connect("kitchen", ACK)
    tell(connect("hub"), ACK, b"for kitchen", kitchen)
    assert kitchen.link.is_up


def test_large_message_passes(connect: Connect) -> None:
    lamp, hub = connect("lamp"), connect("hub", "zigbee2mqtt/#")
    tell(lamp, "zigbee2mqtt/lamp", b"x" * 500_000, hub)
