"""A home on two machines, each a network namespace of its own: what sounds here flashes there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil
import pytest

from contract.catalogue import catalogue
from hub import broker_mosquitto
from tests.real import ROOT, need, until

pytestmark = pytest.mark.timeout(300)
MOST_MB = 250.0
HUB_ADDRESS, EAR_ADDRESS = "10.213.77.1", "10.213.77.2"
DEMO = ROOT / "soribit/demo"
LIGHTS = """
[lights.hall]
name = "Hall"
topic = "zigbee2mqtt/hall"
[lights.bedside]
name = "Bedside"
topic = "zigbee2mqtt/bedside"
"""


class Machine:
    """One network namespace, and what runs in it."""

    def __init__(self, name: str, folder: Path, stack: ExitStack) -> None:
        self.name = f"soribit-{os.getpid()}-{name}"
        self.folder = folder / name
        self.folder.mkdir()
        self._stack = stack
        ip("netns", "add", self.name)
        stack.callback(ip, "netns", "delete", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words: str) -> None:
        ip("-n", self.name, *words)

    def start(self, *words: str, log: str) -> subprocess.Popen[bytes]:
        """Run a command of ours in the background."""
        with (self.folder / f"{log}.log").open("wb") as file:
            process = subprocess.Popen(self._line(*words), cwd=ROOT, stdout=file, stderr=file)
        self._stack.callback(process.wait, 10)
        self._stack.callback(process.terminate)
        return process

    def do(self, *words: str) -> str:
        """Run a command of ours to its end and return what it prints."""
        done = subprocess.run(
            self._line(*words), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def listening(self) -> set[str]:
        """Return every TCP and UDP socket that listens, "tcp 127.0.0.1:1883"."""
        line = ["ip", "netns", "exec", self.name, "ss", "-H", "-n", "-l", "-t", "-u"]
        done = subprocess.run(line, check=True, capture_output=True, text=True)
        words = [line.split() for line in done.stdout.splitlines()]
        return {f"{each[0]} {each[4]}" for each in words}

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _line(self, *words: str) -> list[str]:
        inside = ["ip", "netns", "exec", self.name]
        return [*inside, sys.executable, "-m", "soribit", *words]


class Home:
    """Hub, broker, an ear and a lamp on one machine; an ear and a lamp on the other."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.hub = Machine("hub", folder, stack)
        self.ear = Machine("ear", folder, stack)
        connect(self.hub, self.ear)
        self.parts: list[subprocess.Popen[bytes]] = []
        """Broker, hub and nodes, in the order of their start."""
        self._config = self.hub.folder / "hub.toml"
        self._given = ("--config", str(self._config), "--state", str(self.hub.folder))

    def begin(self, kind: str) -> None:
        """Make the home as its owner does, command by command."""
        lan = f'lan = "auto"\n[broker]\nkind = "{kind}"\n'
        password = self.hub.folder / "secrets/hub.password"
        password.parent.mkdir(mode=0o700)
        password.write_text("a hub's own secret")
        account = f'[accounts.hub]\nrole = "hub"\npassword_file = "{password}"\n'
        self._config.write_text(lan + account + LIGHTS)
        self.parts = [
            self.hub.start("broker", *self._given, log="broker"),
            self.hub.start("hub", *self._given, log="hub"),
        ]
        until(lambda: "connected" in self.hub.log("hub"), within_s=60, what="the hub")

    def add_node(self, machine: Machine, name: str, *clips: str) -> None:
        """Let a node join, and play recordings to it for ever."""
        text = self.hub.do("hub", "add-node", name, *self._given)
        files = ", ".join(json.dumps(str(DEMO / clip)) for clip in clips)
        audio = f'\n[audio]\nsource = "file"\nloop = true\npause_s = 6.0\nfiles = [{files}]\n'
        config = machine.folder / "node.toml"
        config.touch(mode=0o600)
        config.write_text(text + audio)
        state = str(config.parent)
        self.parts.append(
            machine.start("node", "--config", str(config), "--state", state, log="node")
        )

    def add_lamp(self, machine: Machine, name: str) -> None:
        """Let a virtual Zigbee2MQTT with one lamp join."""
        device = f"{name}-bridge"
        topic = ("--kind", "zigbee2mqtt", "--topic", f"zigbee2mqtt/{name}")
        self.hub.do("hub", "add-device", device, *topic, *self._given)
        secret = self.hub.folder / f"secrets/{device}.password"
        machine.start(
            *("bulb", "--topic", f"zigbee2mqtt/{name}", "--host", HUB_ADDRESS),
            *("--username", device, "--password-file", str(secret)),
            *("--log", str(machine.folder / "lamp.jsonl")),
            log="lamp",
        )

    def heard(self, node_id: str) -> set[str]:
        """Return the sounds of a node that the hub has decided to alert to."""
        lines = [json.loads(line) for line in self.hub.log("hub").splitlines() if line[:1] == "{"]
        alerting = {"emergency", "attention"}
        return {
            str(line["sound"])
            for line in lines
            if line.get("reason") in alerting and line["node_id"] == node_id
        }


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)  # noqa: S607


def connect(one: Machine, other: Machine) -> None:
    """Lay a cable between two machines."""
    ends = ("sbt0", "sbt1")
    pair = ("link", "add", ends[0], "netns", one.name, "type", "veth")
    ip(*pair, "peer", "name", ends[1], "netns", other.name)
    for machine, end, address in (
        (one, ends[0], HUB_ADDRESS),
        (other, ends[1], EAR_ADDRESS),
    ):
        machine.ip("address", "add", f"{address}/24", "dev", end)
        machine.ip("link", "set", end, "up")


def colours(machine: Machine) -> set[str]:
    """Return the colours that the lamp on a machine was told to show, "#rrggbb"."""
    path = machine.folder / "lamp.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    commands = [json.loads(json.loads(line).get("payload") or "{}") for line in lines]
    told = [command["color"] for command in commands if "color" in command]
    return {"#" + "".join(f"{colour[part]:02x}" for part in "rgb") for colour in told}


def shows(machine: Machine, colour: str) -> bool:
    return colour in colours(machine)


def flash(home: Home, sound: str) -> None:
    """Wait until both lamps show the colour of a sound."""
    colour = catalogue().get(sound).colour
    for machine in (home.hub, home.ear):
        until(partial(shows, machine, colour), within_s=90, what=f"{sound} on both lamps")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    need(os.geteuid() == 0 and shutil.which("ip"), "root with ip netns")
    with ExitStack() as stack:
        yield Home(tmp_path, stack)


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_a_sound_on_either_machine_flashes_the_lamps_of_both(home: Home, kind: str) -> None:
    if kind == "mosquitto":
        need(broker_mosquitto.find(), "mosquitto")
    home.begin(kind)
    home.add_lamp(home.hub, "hall")
    home.add_lamp(home.ear, "bedside")
    home.add_node(home.hub, "kitchen", "baby_crying.flac")
    until(lambda: home.heard("kitchen"), within_s=90, what="an alert from the hub's machine")
    flash(home, "baby_crying")
    # The emergency comes second: it has the lamps until somebody has seen it.
    home.add_node(home.ear, "bedroom", "smoke_alarm.flac")
    until(lambda: home.heard("bedroom"), within_s=90, what="an alert from the other machine")
    flash(home, "smoke_alarm")


def test_nothing_listens_but_broker_and_page(home: Home) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    home.begin("mosquitto")
    home.add_lamp(home.hub, "hall")
    home.add_node(home.ear, "bedroom", "dog.flac")
    until(lambda: "connected" in home.ear.log("node"), within_s=60, what="the other machine")
    documented = {
        f"tcp {address}:{port}" for address in ("127.0.0.1", HUB_ADDRESS) for port in (1883, 8765)
    }
    until(lambda: home.hub.listening() >= documented, what="broker and page in the home network")
    assert home.hub.listening() == documented
    assert home.ear.listening() == set()


def test_hub_broker_and_ear_of_one_machine_fit_into_a_small_pi(home: Home) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    home.begin("mosquitto")
    home.add_lamp(home.hub, "hall")
    home.add_node(home.hub, "kitchen", "baby_crying.flac")
    until(lambda: colours(home.hub), within_s=90, what="an alert")
    used = [psutil.Process(part.pid).memory_full_info().pss / 2**20 for part in home.parts]
    assert sum(used) <= MOST_MB, used
