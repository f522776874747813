"""A home of real processes that can be killed: broker, hub, nodes; its lamp, ledgers and history."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from contract.messages import AlertMessage, decode
from contract.mqtt import Arrival, MqttLink
from contract.topics import HUB_ALERT
from soribit.bulb import Bulb
from tests import brokers
from tests.faults.speaker import EMERGENCIES, Line, Plan
from tests.hub.house import EVENING, TOPIC
from tests.real import ROOT, free_port, until

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
LATE_S = 60.0
ALERTED = ("emergency", "still_sounding")
BrokerKind = Literal["mosquitto", "amqtt"]


class Part:
    """One process of the home; what it logs is in a file of its own."""

    def __init__(
        self, folder: Path, name: str, *words: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log = folder / f"{name}.log"
        self._command = [sys.executable, "-m", *words]
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, environment: Mapping[str, str] | None = None, *before: str) -> None:
        """Start it, perhaps in another time or behind another command."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*before, *self._command],
                cwd=ROOT,
                env={**self._environment, **(environment or {})},
                stdin=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def say(self, order: str) -> None:
        """Give an order to a speaker."""
        assert self._process
        assert self._process.stdin
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """End it as a power cut or the kernel does."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)
        if self._process.stdin:
            self._process.stdin.close()


class Kept(Struct, frozen=True):
    """One row of the history."""

    event_id: str
    node_id: str
    sound: str
    phase: str
    reason: str
    heard_s: float
    received_s: float
    alerted: bool


class Told(Struct, frozen=True):
    """One line of the alerts' journal."""

    alert_id: str
    sound: str
    at_s: float


class Tally(NamedTuple):
    """What became of all that was reported."""

    events: int
    lost: list[str]
    """Reported and on disk, but not in the history."""
    twice: list[str]
    """More than once in the history."""
    unsaid: list[Kept]
    """Emergencies less than a minute old, of which nobody was told."""
    flashed_twice: list[str]
    longest_s: float
    """From the hearing of an emergency to its alert."""


class Home:
    """Everything but the faults."""

    def __init__(
        self, folder: Path, kind: BrokerKind, *, seed: int, rate_per_s: float = 20.0
    ) -> None:
        self.folder, self.kind, self._seed, self._rate_per_s = folder, kind, seed, rate_per_s
        self.broker = brokers.start(folder, kind, HOME)
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
        self._watch = MqttLink(self.broker.account("watch"), client_id="watch")
        self._watch.subscribe(HUB_ALERT, self._note_alert)
        self._lamp = MqttLink(self.broker.account("lamp"), client_id="lamp")
        self.bulb = Bulb(self._lamp, TOPIC, EVENING, self._note_command)
        self._bulb_thread = threading.Thread(target=self.bulb.run, args=(self._stop,))

    @contextmanager
    def __call__(self) -> Iterator["Home"]:
        """Have lamp and watch up; end everything at the end."""
        self._bulb_thread.start()
        self._watch.start()
        self._lamp.start()
        self.wait_for_witnesses()
        try:
            yield self
        finally:
            self._stop.set()
            self._bulb_thread.join()
            for part in (self.hub, *self.nodes.values()):
                part.kill()
            self._watch.stop()
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
        until(lambda: self._watch.is_up and self._lamp.is_up, within_s=60, what="the witnesses")

    def hub_hears(self) -> bool:
        return bool(self.history())

    def kill_broker(self) -> None:
        self.broker.process.kill()
        self.broker.process.wait(30)

    def start_broker(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it again as it was, perhaps in another time."""
        self.broker = brokers.restart(self.broker, environment)

    def is_well(self) -> bool:
        """Whether the hub's page is there."""
        import http.client  # noqa: PLC0415

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

    def history(self) -> list[Kept]:
        return _rows(self.folder / "hub/hub.sqlite", "history", Kept)

    def journal(self) -> list[Told]:
        """Return the alerts that were raised and flashed."""
        return _rows(
            self.folder / "hub/hub.sqlite",
            "alerts",
            Told,
            "WHERE phase = 'raised' AND reason != 'missed'",
        )

    def ledger(self, what: str = "reported") -> list[Line]:
        """Return the nodes' ledgers; a last line that a kill cut short is left out."""
        lines = [
            msgspec.json.decode(line, type=Line)
            for path in sorted(self.folder.glob("*.ledger"))
            for line in path.read_bytes().split(b"\n")
            if line.endswith(b"}")
        ]
        return [line for line in lines if line.what == what]

    def waiting(self) -> int:
        """Return how many events stand in the outboxes' files."""
        counts = 0
        for path in self.folder.glob("node-*/outbox*.db"):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
                counts += file.execute("SELECT count(*) FROM event").fetchone()[0]
        return counts

    def settle(self, within_s: float = 180.0) -> None:
        """Let the nodes fall quiet, and wait until the hub has all that they reported."""
        for node in self.nodes.values():
            node.say("quiet")
        until(lambda: self.waiting() == 0, within_s=within_s, what="the outboxes' last letter")

    def tally(self) -> Tally:
        """Compare ledgers, history and journal."""
        kept = self.history()
        ids = [row.event_id for row in kept]
        known = set(ids)
        reported = self.ledger()
        heard_s = {line.event_id: line.wall_s for line in self.ledger("heard")}
        raised = [told.alert_id for told in self.journal()]
        urgent = [row for row in kept if row.sound in EMERGENCIES and row.phase == "began"]
        first_s: dict[str, float] = {}
        for told in self.journal():
            first_s.setdefault(told.alert_id, told.at_s)
        delays = [
            first_s[row.event_id] - heard_s[row.event_id]
            for row in urgent
            if row.event_id in first_s and row.event_id in heard_s
        ]
        return Tally(
            events=len(reported),
            lost=[
                line.event_id for line in reported if line.on_disk and line.event_id not in known
            ],
            twice=[event_id for event_id in known if ids.count(event_id) > 1],
            unsaid=[
                row
                for row in urgent
                if row.reason not in ALERTED
                and row.event_id not in first_s
                and row.received_s - row.heard_s <= LATE_S
            ],
            flashed_twice=sorted({each for each in raised if raised.count(each) > 1}),
            longest_s=max(delays, default=0.0),
        )

    def _note_command(self, line: dict[str, object]) -> None:
        if str(line.get("topic", "")).endswith("/set"):
            with suppress(ValueError):  # what is no command is the bulb's to refuse
                self.commands.append((time.monotonic(), json.loads(str(line["payload"]))))

    def _note_alert(self, arrival: Arrival) -> None:
        message = decode(AlertMessage, arrival.payload, source=arrival.topic)
        if message.phase == "raised" and message.pattern != "none":  # none: it was missed
            self.raised.append((time.monotonic(), message.sound))


def _rows(path: Path, table: str, kind: type, where: str = "") -> list:
    if not path.exists():
        return []
    fields = kind.__struct_fields__
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as file:
            found = file.execute(f"SELECT {', '.join(fields)} FROM {table} {where}").fetchall()
    except sqlite3.DatabaseError:  # the hub has not made its tables yet, or the file is torn
        return []
    return [
        msgspec.convert(dict(zip(fields, row, strict=True)), kind, strict=False) for row in found
    ]
