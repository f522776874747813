"""A node without a microphone: its real outbox, voice and link, and a ledger of what it reported.

Run as `python -m tests.faults.speaker PLAN`. Its standard input takes orders, one a line: `quiet`
(what sounds by chance ends) and `speak`, `begin SOUND` and `end SOUND` (chance leaves it alone),
`speed N` (its clocks run N times as fast).
"""

import os
import queue
import random
import sqlite3
import sys
import threading
import time
import uuid
from contextlib import closing
from pathlib import Path

import msgspec
from msgspec import Struct

from contract import log
from contract.clock import NOT_BEFORE_S
from contract.messages import Ack, Health, HubStatus, NodeStatus, Phase, decode, encode
from contract.mqtt import Account, Arrival, MqttLink, Will
from contract.topics import HUB_STATUS, node_ack, node_event, node_health, node_status
from node.detection import Detection
from node.outbox import STORE_WITHIN_S, Outbox
from node.voice import Voice

HEALTH_S, IDLE_S = 5.0, 0.05
EMERGENCIES = ("smoke_alarm", "glass_breaking")
SOUNDS = (*EMERGENCIES, "doorbell", "door_knock", "dog", "kettle", "cough", "rain")


class Plan(Struct, frozen=True):
    """Who speaks, to whom, how often."""

    node_id: str
    host: str
    port: int
    password_file: str
    state: str
    ledger: str
    rate_per_s: float
    seed: int
    speaks: bool = True
    """Whether it does before it is told to."""


class Line(Struct, frozen=True):
    """One line of the ledger: `heard` before the outbox is given an event, `reported` after.

    A third kind, `quiet`, says that no more events come by chance.
    """

    what: str
    event_id: str
    sound: str
    phase: str
    wall_s: float
    slow: bool = False
    """The disk took so long that `report` returned before the event stood in the outbox's file."""


class Stretched:
    """Both clocks of a node; they may run faster than the machine's own."""

    def __init__(self) -> None:
        self._mono_s = self._since_s = time.monotonic()
        self._speed = 1.0

    def mono_s(self) -> float:
        return self._mono_s + (time.monotonic() - self._since_s) * self._speed

    def wall_s(self) -> float:
        return time.time() + self.mono_s() - time.monotonic()

    def run(self, speed: float) -> None:
        self._mono_s, self._since_s, self._speed = self.mono_s(), time.monotonic(), speed


class Speaker:
    """Says what chance or an order makes it hear."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._clock = Stretched()
        self._chance = random.Random(f"{plan.seed}/{plan.node_id}")
        self._voice = Voice("faults", lambda: str(uuid.uuid4()))
        self._file = Path(plan.state) / "outbox.db"
        self._ledger = os.open(plan.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._on: dict[str, Detection] = {}
        self._held: set[str] = set()
        self._keys = 0
        self._came_up = self._greeted = False
        self._account = Account(
            host=plan.host,
            port=plan.port,
            username=plan.node_id,
            password=Path(plan.password_file).read_text(encoding="utf-8"),
        )
        will = Will(node_status(plan.node_id), encode(NodeStatus(state="offline")))
        self._link = MqttLink(self._account, client_id=plan.node_id, will=will)
        self._outbox = Outbox(self._file, self._send, self._clock)
        self._link.when_up(self._up)
        self._link.subscribe(node_ack(plan.node_id), self._acknowledged, qos=1)
        self._link.subscribe(HUB_STATUS, self._hub_changed, qos=1)

    def run(self, orders: "queue.SimpleQueue[str]") -> None:
        """Speak until killed."""
        self._link.start()
        speaking, due_s, health_s = self._plan.speaks, 0.0, 0.0
        while True:
            try:
                rest_s = max(0.0, due_s - time.monotonic()) if speaking else IDLE_S
                order = orders.get(timeout=min(rest_s, IDLE_S))
                speaking = self._obey(order, speaking=speaking)
            except queue.Empty:
                pass
            now_s = time.monotonic()
            if self._greet() or now_s - health_s >= HEALTH_S:
                health_s = now_s
                self._say_health()
            if speaking and now_s >= due_s:
                due_s = now_s + self._chance.uniform(0.5, 1.5) / self._plan.rate_per_s
                self._hear(self._chance.choice(SOUNDS))

    def _obey(self, order: str, *, speaking: bool) -> bool:
        word, _, argument = order.strip().partition(" ")
        match word:
            case "begin" | "end":
                self._held.add(argument)
                if (word == "begin") != (argument in self._on):
                    self._hear(argument, held=True)
            case "speed":
                self._clock.run(float(argument))
            case "quiet":
                for sound in set(self._on) - self._held:
                    self._hear(sound)
                self._note(Line("quiet", "", "", "", self._clock.wall_s()))
        return {"quiet": False, "speak": True}.get(word, speaking)

    def _hear(self, sound: str, *, held: bool = False) -> None:
        """A sound that was on ends, another one begins."""
        if sound in self._held and not held:
            return
        began, now_s = self._on.pop(sound, None), self._clock.mono_s()
        self._keys += began is None
        heard = Detection(
            sound=sound,
            phase=Phase.ENDED if began else Phase.BEGAN,
            score=0.9,
            at_s=now_s,
            level_db=-20.0,
            over_floor_db=30.0,
            key=began.key if began else self._keys,
            duration_s=now_s - began.at_s if began else 0.0,
        )
        if not began:
            self._on[sound] = heard
        self._report(heard)

    def _report(self, heard: Detection) -> None:
        offset_s = time.time() - time.monotonic()
        wall_s = heard.at_s + offset_s
        event = self._voice.event(heard, wall_offset_s=offset_s, clock_ok=wall_s >= NOT_BEFORE_S)
        line = Line("heard", event.event_id, heard.sound, heard.phase, wall_s)
        self._note(line)
        began_s = time.monotonic()
        self._outbox.report(event)
        slow = time.monotonic() - began_s >= STORE_WITHIN_S
        slow = slow and not self._is_on_disk(event.event_id)
        self._note(msgspec.structs.replace(line, what="reported", slow=slow))

    def _note(self, line: Line) -> None:
        os.write(self._ledger, msgspec.json.encode(line) + b"\n")

    def _is_on_disk(self, event_id: str) -> bool:
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)) as file:
            found = file.execute("SELECT 1 FROM event WHERE event_id = ?", (event_id,))
            return found.fetchone() is not None

    def _greet(self) -> bool:
        """After each connect, as a node does: status and sign of life before what has waited."""
        if not self._came_up:
            return False
        self._came_up = False
        status = encode(NodeStatus(state="online", version="test", model="faults"))
        self._link.publish(node_status(self._plan.node_id), status, qos=1, retain=True)
        self._say_health()
        self._greeted = True
        self._outbox.wake()
        return True

    def _say_health(self) -> None:
        now_s = self._clock.mono_s()
        health = Health(
            boot_id=self._voice.boot_id,
            mono_s=now_s,
            frame_age_s=0.0,
            sounding=self._voice.sounding(list(self._on.values()), now_s),
            outbox_depth=self._outbox.depth,
        )
        self._link.publish(node_health(self._plan.node_id), encode(health))

    def _send(self, payload: bytes) -> bool:
        return self._greeted and self._link.publish(node_event(self._plan.node_id), payload)

    def _up(self) -> None:
        self._greeted, self._came_up = False, True

    def _acknowledged(self, arrival: Arrival) -> None:
        self._outbox.acknowledge(decode(Ack, arrival.payload, source=arrival.topic).event_ids)

    def _hub_changed(self, arrival: Arrival) -> None:
        if decode(HubStatus, arrival.payload, source=arrival.topic).state == "online":
            self._outbox.wake()


def _take_orders(orders: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        orders.put(line)


def main() -> None:
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    log.set_up(f"speaker {plan.node_id}")
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_take_orders, args=(orders,), daemon=True).start()
    Speaker(plan).run(orders)


if __name__ == "__main__":
    main()
