"""A virtual lamp on MQTT that speaks as one of several families: commands, state, last will."""

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

import msgspec

from contract.clock import rfc3339
from contract.errors import PayloadError
from contract.mqtt import Account, Arrival, MqttLink, Will
from soribit.lamps.port import Said, VirtualLamp
from soribit.lamps.zigbee2mqtt import Zigbee2MqttLamp

WAITING_COMMANDS = 1000
"""Far more than a lamp ever gets; one that comes on top of them is dropped."""

JOURNAL_BYTES = 5_000_000
"""Beyond this the journal begins anew."""

log = logging.getLogger(__name__)

Journal = Callable[[dict[str, object]], None]


class Bulb:
    """One lamp. Commands come in on the network thread and are carried out by `run`."""

    def __init__(self, link: MqttLink, lamp: VirtualLamp, journal: Journal) -> None:
        self.lamp = lamp
        self._link, self._journal = link, journal
        self._commands: queue.Queue[tuple[float, Arrival]] = queue.Queue(WAITING_COMMANDS)
        for topic in lamp.hears:
            link.subscribe(topic, self._take, qos=1)
        link.when_up(self._introduce)

    def run(self, stop: threading.Event) -> None:
        """Carry out commands until told to stop."""
        while not stop.is_set():
            try:
                came_s, arrival = self._commands.get(timeout=0.1)
            except queue.Empty:
                self._idle(time.monotonic())
            else:
                self._carry_out(arrival, came_s)

    def _take(self, arrival: Arrival) -> None:
        try:
            self._commands.put_nowait((time.monotonic(), arrival))
        except queue.Full:
            log.warning("too many commands, one dropped", extra={"topic": arrival.topic})

    def _introduce(self) -> None:
        self._say([self.lamp.alive(here=True), *self.lamp.state()])

    def _carry_out(self, arrival: Arrival, came_s: float) -> None:
        fault = ""
        try:
            self._say(self.lamp.obey(arrival.topic, arrival.payload, time.monotonic()))
        except PayloadError as error:
            fault = str(error)
            log.warning("command refused: %s", error)
        self._journal(
            {
                "mono_s": came_s,
                "topic": arrival.topic,
                "payload": arrival.payload.decode(errors="replace"),
                "fault": fault,
                "light": _shown(self.lamp),
            }
        )

    def _idle(self, now_s: float) -> None:
        before = self._effect()
        self._say(self.lamp.idle(now_s))
        if before and not self._effect():
            self._journal({"mono_s": now_s, "effect_ended": before})

    def _effect(self) -> str:
        return self.lamp.effect if isinstance(self.lamp, Zigbee2MqttLamp) else ""

    def _say(self, messages: Iterable[Said]) -> None:
        for said in messages:
            qos = 1 if said.retain else 0
            self._link.publish(said.topic, said.payload, qos=qos, retain=said.retain)


def serve(
    account: Account,
    lamp: VirtualLamp,
    *,
    state: Path | None,
    journal: Path | None,
    stop: threading.Event,
) -> None:
    """Be a lamp until told to stop.

    Args:
        account: How to reach the broker, and as whom.
        lamp: Its family's behaviour, at its topic.
        state: File that keeps what it shows over a restart.
        journal: File that gets a JSON line for each command.
        stop: Set to end it.
    """
    gone = lamp.alive(here=False)
    link = MqttLink(account, client_id=account.username, will=Will(gone.topic, gone.payload))
    _remember(lamp, state)
    with (journal or Path("/dev/null")).open("a", encoding="utf-8") as file:
        bulb = Bulb(link, lamp, _writer(file))
        link.start()
        bulb.run(stop)
        link.publish(gone.topic, gone.payload, qos=1, retain=True)
        link.stop()
    if state:
        state.write_bytes(msgspec.json.encode(lamp.light))


def _remember(lamp: VirtualLamp, state: Path | None) -> None:
    """Take on the light of the last run; a file that cannot be read counts as none."""
    try:
        if state:
            lamp.recall(state.read_bytes())
    except (OSError, msgspec.MsgspecError):
        log.info("no light is remembered")


def _shown(lamp: VirtualLamp) -> object:
    """How it is, in its own words where one message tells all of it."""
    told = lamp.state()
    if len(told) > 1:
        return msgspec.to_builtins(lamp.light)
    return json.loads(told[0].payload)


def _writer(file: IO[str]) -> Journal:
    def write(line: dict[str, object]) -> None:
        if file.tell() > JOURNAL_BYTES:
            file.truncate(0)
        file.write(json.dumps({"at": rfc3339(time.time()), **line}, ensure_ascii=False) + "\n")
        file.flush()

    return write
