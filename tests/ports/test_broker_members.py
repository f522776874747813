"""Accounts that come, go and change while a broker runs, tried on each broker of ours."""

import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import msgspec
import psutil
import pytest

from contract import topics
from contract.catalogue import catalogue
from contract.mqtt import Account
from contract.process import STARTED_AGAIN
from contract.settings import load
from hub import broker_mosquitto, broker_process, pid_file
from hub.lights.mqtt import MqttLamp
from hub.lights.port import FULL, Look
from hub.settings import HubSettings
from tests.brokers import Connect, Peer, RunningBroker, Wire, answer, restart, serve_at, tell
from tests.real import ROOT, home_address, need, until

OFF_S = 5.0
"""What a revoked node may take to be off the broker."""
EVENT, ACK = topics.node_event("kitchen"), topics.node_ack("kitchen")


def hub(broker: RunningBroker, *words: str) -> str:
    """Do a command of the hub about the home of a broker; returns what it printed."""
    line = [sys.executable, "-m", "hub", *words, "--config", str(broker.config)]
    line += ["--state", str(broker.state)]
    return subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def join(broker: RunningBroker, node: str, *words: str) -> Account:
    """Let a node in; returns what its settings say."""
    settings = tomllib.loads(hub(broker, "add-node", node, *words))
    return Account(username=settings["node_id"], **settings["broker"])


@pytest.fixture
def peer() -> Iterator[type[Peer]]:
    """Make peers whose links end with the test."""
    made: list[Peer] = []

    class Kept(Peer):
        def __init__(self, account: Account) -> None:
            super().__init__(account)
            made.append(self)
            self.link.start()

    yield Kept
    for each in made:
        each.link.stop()


def test_a_node_that_joins_is_let_in_at_once_and_nobody_else_notices(
    broker: RunningBroker, connect: Connect, peer: type[Peer]
) -> None:
    hub_, kitchen = connect("hub", topics.every_node("event")), connect("kitchen", ACK)
    attic = peer(join(broker, "attic"))
    assert attic.link.wait_up(OFF_S)
    tell(attic, topics.node_event("attic"), b"heard in the attic", hub_)
    tell(hub_, ACK, b"stored", kitchen)
    assert kitchen.link.is_up


def test_a_revoked_node_is_off_and_stays_out_and_nobody_else_notices(
    broker: RunningBroker, connect: Connect
) -> None:
    hub_, kitchen = connect("hub", topics.every_node("event")), connect("kitchen", ACK)
    nursery = connect("nursery", topics.node_ack("nursery"))
    losses: list[bool] = []
    hub_.link.when_up(lambda: losses.append(True))
    hub(broker, "revoke", "kitchen")
    until(lambda: not kitchen.link.is_up, within_s=OFF_S, what="the end of the connection")
    assert answer(broker, "kitchen", "secret of kitchen") != 0
    assert not kitchen.link.is_up
    tell(nursery, topics.node_event("nursery"), b"still heard", hub_)
    assert losses == []


def test_new_settings_of_a_node_end_the_old_ones(
    broker: RunningBroker, connect: Connect, peer: type[Peer]
) -> None:
    kitchen = connect("kitchen")
    again = join(broker, "kitchen", "--again")
    until(lambda: not kitchen.link.is_up, within_s=OFF_S, what="the end of the connection")
    assert answer(broker, "kitchen", "secret of kitchen") != 0
    assert peer(again).link.wait_up(OFF_S)


def test_nodes_that_join_at_once_are_all_let_in(broker: RunningBroker) -> None:
    names = [f"attic-{number}" for number in range(4)]
    with ThreadPoolExecutor(len(names)) as commands:
        accounts = list(commands.map(lambda name: join(broker, name), names))
    until(
        lambda: {answer(broker, each.username, each.password) for each in accounts} == {0},
        within_s=OFF_S,
        what="all being let in",
    )


def test_faulty_accounts_change_nothing(broker: RunningBroker, connect: Connect) -> None:
    kitchen, hub_ = connect("kitchen"), connect("hub", topics.every_node("event"))
    (broker.state / "nursery.password").unlink()
    broker.process.send_signal(signal.SIGHUP)
    tell(kitchen, EVENT, b"heard all the same", hub_)
    assert kitchen.link.is_up
    assert hub_.link.is_up


def test_what_passes_as_our_broker_is_our_broker(broker: RunningBroker, tmp_path: Path) -> None:
    assert pid_file.running(broker.state / "broker" / "pid") == broker.process.pid
    assert broker_process.listens(broker.state) == ("127.0.0.1",)
    assert broker_process.port(broker.state) == broker.port
    settings = load(broker.config, HubSettings)
    broker.process.kill()
    broker.process.wait()
    assert not broker_process.reload(settings, broker.state)
    assert not broker_process.restart(broker.state)
    assert broker_process.listens(tmp_path) == ()


def test_a_broker_that_is_to_start_again_ends_in_order(broker: RunningBroker) -> None:
    assert broker_process.restart(broker.state)
    assert broker.process.wait(10) == 0


def test_a_packet_of_more_than_1_mb_ends_only_who_sent_it(connect: Connect, wire: Wire) -> None:
    hub_, lamp = connect("hub", "zigbee2mqtt/#"), connect("lamp")
    assert wire.connect("kitchen", "kitchen", "secret of kitchen") == 0
    wire.send(b"\x30\x80\x80\x80\x01")  # a message of 2 MB is announced
    assert wire.is_cut_off()
    tell(lamp, "zigbee2mqtt/lamp", b"x" * 1_000_000, hub_)
    assert hub_.link.is_up


def test_a_broker_moves_into_the_home_network_and_out_again(broker: RunningBroker) -> None:
    address, text = home_address(), broker.config.read_text()
    broker.config.write_text(f'lan = "{address}"\n{text}')
    hub(broker, "reload")
    assert broker.process.wait(10) == 0
    inside = restart(broker)
    assert broker_process.listens(broker.state) == ("127.0.0.1", address)
    assert join(broker, "attic").host == address
    assert join(broker, "cellar", "--here").host == "127.0.0.1"
    assert inside.process.poll() is None
    broker.config.write_text(text)
    hub(broker, "reload")
    assert inside.process.wait(10) == 0


def test_a_broker_that_was_started_by_hand_is_told_of_and_not_ended(
    broker: RunningBroker,
) -> None:
    broker.stop()
    by_hand = restart(broker, {STARTED_AGAIN: ""})
    broker.config.write_text(f'lan = "{home_address()}"\n{broker.config.read_text()}')
    line = [sys.executable, "-m", "hub", "add-node", "attic", "--config", str(broker.config)]
    line += ["--state", str(broker.state)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    password = tomllib.loads(done.stdout)["broker"]["password"]
    assert "started by hand and nobody starts it again; end it, then run" in done.stderr
    assert answer(by_hand, "attic", password) == 0
    by_hand.stop()


def test_the_trial_of_walls_leaves_our_own_broker_and_the_home_alone(
    broker: RunningBroker, connect: Connect
) -> None:
    hub_, losses = connect("hub"), list[bool]()
    hub_.link.when_up(lambda: losses.append(True))
    with pytest.raises(subprocess.CalledProcessError) as refused:
        hub(broker, "check-broker")
    assert refused.value.returncode == 2
    assert hub_.link.is_up
    assert losses == []


LAMP = {"zigbee2mqtt/lamp", "zigbee2mqtt/lamp/set", "zigbee2mqtt/bridge/state"}
ANNOUNCED = {"homeassistant/status", "homeassistant/light/lamp/config"}
SHOWN = {topics.HUB_ALERT, topics.HUB_STATUS, topics.hub_room("kitchen")}
STATUS, SEEN = topics.device_status("guest"), topics.device_ack("guest")
OTHERS = {
    *(topics.node_event("kitchen"), topics.node_health("kitchen"), topics.node_ack("kitchen")),
    *(topics.node_command("kitchen"), topics.device_ack("other"), topics.device_status("other")),
}
KITCHEN = topics.node_status("kitchen")
EVERY = sorted(LAMP | ANNOUNCED | SHOWN | OTHERS | {STATUS, SEEN, KITCHEN})
KINDS = {
    "zigbee2mqtt": (LAMP | {"homeassistant/status"}, LAMP | ANNOUNCED),
    "homeassistant": (LAMP | ANNOUNCED | SHOWN | {KITCHEN}, LAMP | ANNOUNCED),
    "wristband": (SHOWN, {STATUS, SEEN}),
    "display": (SHOWN, {STATUS}),
}
"""What each kind of device may read, and what it may write, out of EVERY."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_device_may_do_what_its_kind_needs_and_no_more(
    broker: RunningBroker, connect: Connect, peer: type[Peer], kind: str
) -> None:
    printed = hub(broker, "add-device", "guest", "--kind", kind).splitlines()
    told = dict(line.split() for line in printed)
    guest = peer(Account(port=broker.port, username=told["user"], password=told["password"]))
    hub_ = connect("hub", f"{topics.ROOT}/#", "homeassistant/#", "zigbee2mqtt/#")
    reads, writes = KINDS[kind]
    for topic in EVERY:
        guest.hear(topic)
    assert guest.link.wait_up(OFF_S)
    tell(guest, max(writes), b"the guest's first", hub_)  # each filter is in force from now on
    tell(hub_, max(reads), b"the hub's first", guest)
    for topic in EVERY:
        guest.link.publish(topic, b"of the guest", qos=1)
    tell(guest, min(writes), b"the guest's last", hub_)
    for topic in EVERY:
        hub_.link.publish(topic, b"of the hub", qos=1)
    tell(hub_, min(reads), b"the hub's last", guest)
    assert {each.topic for each in hub_.got if each.payload == b"of the guest"} == writes
    assert {each.topic for each in guest.got if each.payload == b"of the hub"} == reads


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2", "127.0.0.3"])
@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_a_broker_listens_at_its_addresses_and_nowhere_else(
    tmp_path: Path, kind: Literal["mosquitto", "amqtt"]
) -> None:
    if kind == "mosquitto":
        need(broker_mosquitto.find(), "mosquitto")
    running = serve_at(tmp_path, kind, ("127.0.0.1", "127.0.0.2"))
    listening = {
        connection.laddr
        for connection in psutil.Process(running.process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", running.port), ("127.0.0.2", running.port)}
    assert broker_process.listens(running.state) == ("127.0.0.1", "127.0.0.2")
    assert answer(running, "kitchen", "secret of kitchen", address="127.0.0.2") == 0
    with pytest.raises(ConnectionRefusedError):
        Wire(running, "127.0.0.3")
    running.stop()


def test_a_lamp_flashes_and_a_discovery_of_all_sounds_arrives(
    broker: RunningBroker, connect: Connect, peer: type[Peer]
) -> None:
    said = hub(broker, "add-device", "ha", "--kind", "homeassistant")
    password = said.split("password")[1].strip()
    assistant = peer(Account(port=broker.port, username="ha", password=password))
    assistant.hear("homeassistant/#")
    lamp, ours = connect("lamp", "zigbee2mqtt/lamp/set"), connect("hub")
    sounds = {
        name: {
            "p": "binary_sensor",
            "name": sound.name_en,
            "unique_id": f"soribit_kitchen_{name}",
            "state_topic": f"{topics.ROOT}/hub/room/kitchen",
            "value_template": f"{{{{ 'ON' if '{name}' in value else 'OFF' }}}}",
        }
        for name, sound in catalogue().sound.items()
    }
    discovery = msgspec.json.encode({"dev": {"identifiers": ["soribit_kitchen"]}, "cmps": sounds})
    assert len(sounds) >= 30
    assert len(discovery) > 4096
    tell(ours, "homeassistant/device/soribit_kitchen/config", discovery, assistant)
    MqttLamp(ours.link, "lamp", "zigbee2mqtt/lamp", lambda _: None).show(Look("#ff0000", FULL))
    until(lambda: lamp.got, what="the flash")
    assert ours.link.is_up
