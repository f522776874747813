"""The MQTT door, on a real mosquitto: it stays up, survives handlers, refuses what is too long."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract.errors import PayloadError
from contract.mqtt import (
    RECONNECT_MAX_S,
    REFUSED_MAX_S,
    Account,
    Arrival,
    MqttLink,
    Will,
)
from contract.topics import (
    HUB_ALERT,
    LIVE_MESSAGE_BYTES,
    node_ack,
    node_event,
    node_health,
    node_status,
)
from tests import brokers
from tests.brokers import Peer, RunningBroker
from tests.real import until


@contextmanager
def link(broker: RunningBroker, username: str, will: Will | None = None) -> Iterator[MqttLink]:
    made = MqttLink(broker.account(username), client_id=username, will=will)
    made.start()
    assert made.wait_up(20)
    yield made
    made.stop()


def test_an_exception_in_a_handler_does_not_deafen_the_link(mosquitto: RunningBroker) -> None:
    with link(mosquitto, "hub") as hub, link(mosquitto, "kitchen") as kitchen:
        got: list[bytes] = []

        def handler(arrival: Arrival) -> None:
            got.append(arrival.payload)
            if arrival.payload == b"bad":
                raise ValueError

        hub.subscribe(node_event("kitchen"), handler)
        until(lambda: kitchen.publish(node_event("kitchen"), b"bad") and b"bad" in got)
        kitchen.publish(node_event("kitchen"), b"good")
        until(lambda: b"good" in got, what="the message after the bad one")
        assert hub.faults >= 1


def test_what_is_longer_than_its_topic_allows_is_refused_before_it_is_sent(
    mosquitto: RunningBroker,
) -> None:
    with link(mosquitto, "kitchen") as kitchen, pytest.raises(PayloadError, match="limit 1024"):
        kitchen.publish(node_event("kitchen"), b"x" * (LIVE_MESSAGE_BYTES + 1))


def test_what_arrives_too_long_is_dropped_and_the_next_is_read(mosquitto: RunningBroker) -> None:
    with link(mosquitto, "kitchen") as kitchen:
        hub = Peer(mosquitto.account("hub"))
        hub.hear(node_health("kitchen"))
        hub.link.start()
        assert hub.link.wait_up(20)
        oversize = b"x" * (LIVE_MESSAGE_BYTES + 1)
        until(lambda: kitchen.publish(node_health("kitchen"), b"hello") and hub.got)
        kitchen._client.publish(node_health("kitchen"), oversize)  # as a hostile peer would
        kitchen.publish(node_health("kitchen"), b"after")
        until(lambda: b"after" in hub.payloads())
        hub.link.stop()
        assert oversize not in hub.payloads()
        assert hub.link.faults == 1


def test_a_goodbye_leaves_no_will_and_a_lost_connection_does(mosquitto: RunningBroker) -> None:
    will = Will(node_status("kitchen"), b"offline")
    hub = Peer(mosquitto.account("hub"))
    hub.hear(node_status("kitchen"))
    hub.link.start()
    with link(mosquitto, "kitchen", will) as kitchen:
        kitchen.publish(node_status("kitchen"), b"online", qos=1, retain=True)
        until(lambda: b"online" in hub.payloads())
    with link(mosquitto, "kitchen", will) as kitchen:
        assert b"offline" not in hub.payloads()
        lost = kitchen._client.socket()  # the cable is pulled
        assert isinstance(lost, socket.socket)
        lost.shutdown(socket.SHUT_RDWR)
        until(lambda: b"offline" in hub.payloads(), what="the last will")
    hub.link.stop()


def test_subscriptions_and_greetings_come_again_after_the_broker_was_away(
    mosquitto: RunningBroker,
) -> None:
    greetings: list[bool] = []
    hub = Peer(mosquitto.account("hub"))
    hub.hear(node_event("kitchen"))
    hub.link.when_up(lambda: greetings.append(hub.link.is_up))
    hub.link.start()
    assert hub.link.wait_up(20)
    mosquitto.stop()
    until(lambda: not hub.link.is_up, what="noticing the loss")
    assert not hub.link.publish(node_event("kitchen"), b"into the void")
    again = brokers.restart(mosquitto)
    with link(again, "kitchen") as kitchen:
        assert hub.link.wait_up(20)
        until(lambda: kitchen.publish(node_event("kitchen"), b"after") and hub.got)
    hub.link.stop()
    again.stop()
    assert greetings == [True, True]


@pytest.mark.parametrize("wrong", ["zigbee2mqtt/a+b", "zigbee2mqtt/#/set", ""])
def test_a_filter_that_cannot_be_costs_only_itself(mosquitto: RunningBroker, wrong: str) -> None:
    hub = Peer(mosquitto.account("hub"))
    hub.hear(wrong)
    hub.hear(node_event("kitchen"))
    hub.link.start()
    assert hub.link.wait_up(20)
    with link(mosquitto, "kitchen") as kitchen:
        until(lambda: kitchen.publish(node_event("kitchen"), b"heard") and hub.got)
    hub.hear(wrong)
    hub.link.stop()


def test_a_filter_that_the_broker_refuses_is_named_after_every_connection(tmp_path: Path) -> None:
    broker = brokers.start(tmp_path, "amqtt")
    kitchen = Peer(broker.account("kitchen"))
    kitchen.hear(HUB_ALERT)
    kitchen.hear(node_ack("kitchen"))
    kitchen.link.start()
    until(lambda: kitchen.link.refused == (HUB_ALERT,), what="the refusal")
    broker.stop()
    until(lambda: not kitchen.link.is_up, what="noticing the loss")
    again = brokers.restart(broker)
    assert kitchen.link.wait_up(20)
    until(lambda: kitchen.link.refused == (HUB_ALERT,), what="the second refusal")
    kitchen.hear(node_ack("nursery"))
    until(lambda: kitchen.link.refused == (HUB_ALERT, node_ack("nursery")), what="the third")
    kitchen.link.stop()
    again.stop()


def test_small_messages_leave_at_once(mosquitto: RunningBroker) -> None:
    with link(mosquitto, "hub") as hub:
        opened = hub._client.socket()
        assert isinstance(opened, socket.socket)
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_who_is_not_let_in_knocks_ever_less_often_and_says_why(
    mosquitto: RunningBroker, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Account(port=mosquitto.port, username="kitchen")
    knocking = MqttLink(stranger, client_id="kitchen", if_refused="get new settings")
    knocking.start()
    until(lambda: "get new settings" in caplog.text, what="the refusal")
    assert knocking._client._reconnect_max_delay == REFUSED_MAX_S
    mosquitto.stop()
    until(lambda: "broker is away" in caplog.text, what="noticing the loss")
    assert knocking._client._reconnect_max_delay == RECONNECT_MAX_S
    knocking.stop()
