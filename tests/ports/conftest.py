"""Both brokers, for what each of them must do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.mqtt import MqttLink
from hub import broker_mosquitto
from tests.brokers import Connect, Peer, RunningBroker, Wire, start
from tests.real import need


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


@pytest.fixture
def wire(broker: RunningBroker) -> Iterator[Wire]:
    opened = Wire(broker)
    yield opened
    opened.break_off()
