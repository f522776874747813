"""A home of real processes that can be killed: broker, hub and nodes, and what its lamp saw."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import msgspec

from contract.messages import AlertMessage, decode
from contract.mqtt import Arrival, MqttLink
from contract.topics import HUB_ALERT
from soribit.bulb import Bulb
from soribit.lamps.zigbee2mqtt import Zigbee2MqttLamp
from tests import brokers
from tests.faults.part import Part
from tests.faults.records import Records
from tests.faults.speaker import Plan
from tests.hub.house import EVENING, TOPIC
from tests.real import free_port, until

NODES = ("kitchen", "nursery", "hall")
HOME = "".join(
    f'[accounts.{name}]\nrole = "node"\n[rooms.{name}]\nname = "{name}"\nnodes = ["{name}"]\n'
    for name in NODES
)
HOME += f"""
[accounts.hub]
role = "hub"
[accounts.watch]
role = "hub"
[accounts.lamp]
role = "lamp"
topic = "{TOPIC}"
[lights.lamp]
topic = "{TOPIC}"
name = "Lamp"
[alerts]
cooldown_s = 0.0
"""
BrokerKind = Literal["mosquitto", "amqtt"]


class Home:
    """Everything but the faults."""

    def __init__(
        self, folder: Path, kind: BrokerKind, *, seed: int, rate_per_s: float = 20.0
    ) -> None:
        self.folder, self.kind, self._seed, self._rate_per_s = folder, kind, seed, rate_per_s
        self.broker = brokers.start(folder, kind, HOME)
        self.records = Records(folder)
        self.commands: list[tuple[float, dict[str, object]]] = []
        """What the lamp was told, and when, monotonic."""
        self.raised: list[tuple[float, str]] = []
        """Alerts as a wristband hears them: when, monotonic, and the sound."""
        self.web_port = free_port()
        config = str(self.broker.config)
        given = ("--config", config, "--state", str(folder / "hub"), "--port", str(self.web_port))
        self.hub = Part(folder, "hub", "hub", "run", *given)
        self.nodes: dict[str, Part] = {}
        self._stop = threading.Event()
        self.watch = MqttLink(self.broker.account("watch"), client_id="watch")
        self.watch.subscribe(HUB_ALERT, self._note_alert)
        self._lamp = MqttLink(self.broker.account("lamp"), client_id="lamp")
        self.bulb = Bulb(self._lamp, Zigbee2MqttLamp(TOPIC, EVENING), self._note_command)
        self._bulb_thread = threading.Thread(target=self.bulb.run, args=(self._stop,))

    @contextmanager
    def __call__(self) -> Iterator["Home"]:
        """Have lamp and watch up; end everything at the end."""
        self._bulb_thread.start()
        self.watch.start()
        self._lamp.start()
        self.wait_for_witnesses()
        try:
            yield self
        finally:
            self._stop.set()
            self._bulb_thread.join()
            for part in (self.hub, *self.nodes.values()):
                part.kill()
            self.watch.stop()
            self._lamp.stop()
            self.kill_broker()

    def add_node(
        self,
        name: str,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        rate_per_s: float | None = None,
        speaks: bool = True,
    ) -> Part:
        """Make a speaker ready to start."""
        state = self.folder / f"node-{name}"
        state.mkdir(exist_ok=True)
        plan = Plan(
            node_id=name,
            host=host,
            port=port or self.broker.port,
            password_file=str(self.folder / f"{name}.password"),
            state=str(state),
            ledger=str(self.folder / f"{name}.ledger"),
            rate_per_s=rate_per_s or self._rate_per_s / len(NODES),
            seed=self._seed,
            speaks=speaks,
        )
        path = self.folder / f"{name}.plan"
        path.write_bytes(msgspec.json.encode(plan))
        self.nodes[name] = Part(self.folder, name, "tests.faults.speaker", str(path))
        return self.nodes[name]

    def start_all(self) -> None:
        """Start hub and nodes, and wait until the hub hears."""
        self.hub.start()
        for name in NODES:
            if name not in self.nodes:
                self.add_node(name)
            self.nodes[name].start()
        until(self.hub_hears, within_s=60, what="the hub's first stored event")

    def wait_for_witnesses(self) -> None:
        """Wait until lamp and watch see what the hub does."""
        until(lambda: self.watch.is_up and self._lamp.is_up, within_s=60, what="the witnesses")

    def hub_hears(self) -> bool:
        return bool(self.records.history())

    def kill_broker(self) -> None:
        self.broker.process.kill()
        self.broker.process.wait(30)

    def start_broker(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it again as it was, perhaps in another time."""
        self.broker = brokers.restart(self.broker, environment)

    def is_well(self) -> bool:
        """Whether the hub's page is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def lit(self, since_s: float = 0.0) -> list[dict[str, object]]:
        """Return the commands that gave the lamp a colour, since a monotonic time."""
        return [command for at_s, command in self.commands if "color" in command and at_s > since_s]

    def settle(self, within_s: float = 180.0) -> None:
        """Let the nodes fall quiet, and wait until the hub has all that they reported."""
        before = len(self.records.ledger("quiet"))
        for node in self.nodes.values():
            node.say("quiet")
        until(
            lambda: len(self.records.ledger("quiet")) == before + len(self.nodes),
            within_s=60,
            what="quiet",
        )
        self.deliver(within_s)

    def deliver(self, within_s: float = 180.0) -> None:
        """Wait until no event waits on a node."""
        until(
            lambda: self.records.waiting() == 0,
            within_s=within_s,
            what="the outboxes' last letter",
        )

    def _note_command(self, line: dict[str, object]) -> None:
        if str(line.get("topic", "")).endswith("/set"):
            with suppress(ValueError):  # what is no command is the bulb's to refuse
                self.commands.append((time.monotonic(), json.loads(str(line["payload"]))))

    def _note_alert(self, arrival: Arrival) -> None:
        message = decode(AlertMessage, arrival.payload, source=arrival.topic)
        if message.phase == "raised" and message.pattern != "none":  # none: it was missed
            self.raised.append((time.monotonic(), message.sound))
