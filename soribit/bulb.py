"""A virtual bulb on MQTT that speaks Zigbee2MQTT's JSON: set, get, state, availability, effects."""

import json
import logging
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

from contract.clock import rfc3339
from contract.errors import PayloadError
from contract.mqtt import Account, Arrival, MqttLink, Will
from soribit.light import EFFECT_S, Light, after, as_json, read

WAITING_COMMANDS = 1000
"""Far more than a lamp ever gets; one that comes on top of them is dropped."""

JOURNAL_BYTES = 5_000_000
"""Beyond this the journal begins anew."""
AVAILABLE, GONE = b'{"state":"online"}', b'{"state":"offline"}'

log = logging.getLogger(__name__)

Journal = Callable[[dict[str, object]], None]


class Bulb:
    """One lamp. Commands come in on the network thread and are carried out by `run`."""

    def __init__(self, link: MqttLink, topic: str, light: Light, journal: Journal) -> None:
        self.light = light
        self._link, self._topic, self._journal = link, topic, journal
        self._commands: queue.Queue[tuple[float, Arrival]] = queue.Queue(WAITING_COMMANDS)
        self._effect: tuple[str, float] | None = None
        link.subscribe(f"{topic}/set", self._take, qos=1)
        link.subscribe(f"{topic}/get", self._take, qos=1)
        link.when_up(self._introduce)

    def run(self, stop: threading.Event) -> None:
        """Carry out commands until told to stop."""
        while not stop.is_set():
            try:
                came_s, arrival = self._commands.get(timeout=0.1)
            except queue.Empty:
                self._end_effect(time.monotonic())
            else:
                self._carry_out(arrival, came_s)

    def _take(self, arrival: Arrival) -> None:
        try:
            self._commands.put_nowait((time.monotonic(), arrival))
        except queue.Full:
            log.warning("too many commands, one dropped", extra={"topic": arrival.topic})

    def _introduce(self) -> None:
        self._link.publish(f"{self._topic}/availability", AVAILABLE, qos=1, retain=True)
        self._link.publish(self._topic, as_json(self.light))

    def _carry_out(self, arrival: Arrival, came_s: float) -> None:
        fault = ""
        if arrival.topic.endswith("/set"):
            fault = self._set(arrival)
        self._link.publish(self._topic, as_json(self.light))
        self._journal(
            {
                "mono_s": came_s,
                "topic": arrival.topic,
                "payload": arrival.payload.decode(errors="replace"),
                "fault": fault,
                "light": json.loads(as_json(self.light)),
            }
        )

    def _set(self, arrival: Arrival) -> str:
        """Obey one command; return what is wrong with it, "" if nothing is."""
        try:
            command = read(arrival.payload, source=arrival.topic)
            effect = command.effect_name()
            self.light = after(self.light, command)
        except PayloadError as error:
            log.warning("command refused: %s", error)
            return str(error)
        if effect:
            now_s = time.monotonic()
            self._effect = (effect, now_s + EFFECT_S.get(effect, 0.0))
            log.info("effect begins", extra={"effect": effect})
        return ""

    def _end_effect(self, now_s: float) -> None:
        """An effect ends by itself, and the lamp is as it was before."""
        if self._effect and now_s >= self._effect[1]:
            self._journal({"mono_s": now_s, "effect_ended": self._effect[0]})
            self._effect = None


def serve(
    account: Account, topic: str, *, state: Path | None, journal: Path | None, stop: threading.Event
) -> None:
    """Be a bulb until told to stop.

    Args:
        account: How to reach the broker, and as whom.
        topic: The root of its topics, zigbee2mqtt/<name>.
        state: File that keeps what it shows over a restart.
        journal: File that gets a JSON line for each command.
        stop: Set to end it.
    """
    link = MqttLink(account, client_id=account.username, will=Will(f"{topic}/availability", GONE))
    light = _remembered(state)
    with (journal or Path("/dev/null")).open("a", encoding="utf-8") as file:
        bulb = Bulb(link, topic, light, _writer(file))
        link.start()
        bulb.run(stop)
        link.publish(f"{topic}/availability", GONE, qos=1, retain=True)
        link.stop()
    if state:
        state.write_bytes(msgspec.json.encode(bulb.light))


def _remembered(state: Path | None) -> Light:
    """The state of the last run; a file that cannot be read counts as none."""
    try:
        return msgspec.json.decode(state.read_bytes(), type=Light) if state else Light()
    except (OSError, msgspec.MsgspecError):
        return Light()


def _writer(file: IO[str]) -> Journal:
    def write(line: dict[str, object]) -> None:
        if file.tell() > JOURNAL_BYTES:
            file.truncate(0)
        file.write(json.dumps({"at": rfc3339(time.time()), **line}, ensure_ascii=False) + "\n")
        file.flush()

    return write
