"""The walls that every broker of ours must have, tried on each of them."""

import psutil
import pytest

from contract import topics
from tests.brokers import Connect, RunningBroker, Wire, tell
from tests.real import until

EVENT, STATUS, ACK = (
    topics.node_event("kitchen"),
    topics.node_status("kitchen"),
    topics.node_ack("kitchen"),
)
NURSERY_STATUS = topics.node_status("nursery")


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
    before = connect("hub", topics.every_node("status"))
    until(lambda: before.got, what="the status")  # it may have come before the broker had kept it
    before.link.stop()
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
