"""A small home on a real broker: the hub in this process, two nodes, one virtual bulb."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from contract.clock import Clock, SystemClock, rfc3339
from contract.messages import (
    Ack,
    AlertMessage,
    Health,
    Phase,
    SoundEvent,
    Sounding,
    decode,
    encode,
)
from contract.mqtt import Arrival, MqttLink
from contract.topics import HUB_ALERT, node_ack, node_event, node_health
from hub.announce import link_of_hub
from hub.rules import SoundRule
from hub.service import Hub
from hub.settings import HubSettings, Light, Room
from soribit.bulb import Bulb
from soribit.lamps.zigbee2mqtt import Zigbee2MqttLamp
from soribit.light import Light as BulbLight
from soribit.light import as_json
from tests import brokers
from tests.hub.make import BOOT, new_id
from tests.real import until

ACCOUNTS = f"""{brokers.HOME}
[accounts.watch]
role = "hub"
"""
"""The hub's own account serves one client at a time: who looks on has another."""
TOPIC = "zigbee2mqtt/lamp"
VIOLET = {"r": 138, "g": 63, "b": 252}
"""hub.flash.TROUBLE_COLOUR."""
EVENING = BulbLight(on=True, brightness=120, mired=370)
SETTINGS = HubSettings(
    rooms={
        "kitchen": Room(name="Kitchen", name_ko="주방", nodes=("kitchen",)),
        "nursery": Room(name="Nursery", nodes=("nursery",)),
    },
    lights={"lamp": Light(topic=TOPIC, name="Lamp", room="kitchen")},
    sounds={"doorbell": SoundRule(cooldown_s=0.0)},
)


class House:
    """The home, its hub running or not."""

    def __init__(self, broker: brokers.RunningBroker, folder: Path) -> None:
        self.broker = broker
        self.state = folder / "hub-state"
        self.commands: list[dict[str, object]] = []
        """What the bulb was told, oldest first; its own reports are left out."""
        self.alerts: list[AlertMessage] = []
        self.acknowledged: list[str] = []
        self._stop = threading.Event()
        self._links: list[MqttLink] = []
        self.kitchen = self._link("kitchen")
        self.kitchen.subscribe(node_ack("kitchen"), self._note_ack)
        watch = self._link("watch")
        watch.subscribe(HUB_ALERT, self._note_alert)
        self.lamp = Zigbee2MqttLamp(TOPIC, EVENING)
        self.bulb = Bulb(self._link("lamp"), self.lamp, self._note_command)
        self._bulb_thread = threading.Thread(target=self.bulb.run, args=(self._stop,))

    @contextmanager
    def __call__(self) -> Iterator["House"]:
        """Have nodes and bulb up."""
        self._bulb_thread.start()
        for link in self._links:
            link.start()
        for link in self._links:
            until(lambda link=link: link.is_up, what="a link")  # type: ignore[misc]
        yield self
        self._stop.set()
        self._bulb_thread.join()
        for link in self._links:
            link.stop()

    @contextmanager
    def hub(self, settings: HubSettings = SETTINGS, clock: Clock | None = None) -> Iterator[Hub]:
        """Run the hub for a while; the bulb's state is known to it."""
        hub = Hub(
            settings,
            link_of_hub(self.broker.account("hub")),
            self.state,
            clock or SystemClock(),
            broker="mosquitto",
        )
        hub.start()
        until(lambda: hub.home.view().broker_up, what="the hub's link")
        until(lambda: not settings.lights or hub.home.view().lamps[0].brightness, what="the bulb")
        try:
            yield hub
        finally:
            hub.stop()

    def sound(
        self,
        sound: str,
        phase: Phase = Phase.BEGAN,
        *,
        event_id: str = "",
        began_id: str | None = None,
        ago_s: float = 0.0,
    ) -> str:
        """Let the kitchen's node report a sound; returns the event's id."""
        event = SoundEvent(
            event_id=event_id or new_id(),
            boot_id=BOOT,
            seq=1,
            sound=sound,
            phase=phase,
            began_id=began_id,
            score=0.9,
            level_db=-20.0,
            heard_mono_s=time.monotonic() - ago_s,
            heard_at=rfc3339(time.time() - ago_s),
            clock_ok=True,
            model="test",
        )
        self.send(node_event("kitchen"), encode(event))
        return event.event_id

    def lives(self, *sounding: tuple[str, str]) -> None:
        """Let the kitchen's node give a sign of life; pairs of sound and event id."""
        listed = tuple(Sounding(sound=s, event_id=i, for_s=300.0) for s, i in sounding)
        health = Health(boot_id=BOOT, mono_s=time.monotonic(), frame_age_s=0.0, sounding=listed)
        self.send(node_health("kitchen"), encode(health))

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        assert self.kitchen.publish(topic, payload, retain=retain)

    def bulb_reports(self) -> None:
        """Let the bulb say how it is, unasked."""
        self._links[-1].publish(TOPIC, as_json(self.lamp.light))

    def lit(self) -> list[dict[str, object]]:
        """Return the commands that gave the bulb a colour."""
        return [command for command in self.commands if "color" in command]

    def flashes(self) -> list[dict[str, object]]:
        """Return the commands that gave the bulb a colour, but trouble's."""
        return [command for command in self.lit() if command["color"] != VIOLET]

    def bulb_is(self, wanted: BulbLight) -> bool:
        """Tell whether the bulb is as wanted; its white is the same, computed once more."""
        light = self.lamp.light
        return (light.on, light.brightness, light.mired) == (
            wanted.on,
            wanted.brightness,
            wanted.mired,
        )

    def _link(self, username: str) -> MqttLink:
        link = MqttLink(self.broker.account(username), client_id=username)
        self._links.append(link)
        return link

    def _note_command(self, line: dict[str, object]) -> None:
        if str(line.get("topic", "")).endswith("/set"):
            self.commands.append(json.loads(str(line["payload"])))

    def _note_alert(self, arrival: Arrival) -> None:
        self.alerts.append(decode(AlertMessage, arrival.payload, source=arrival.topic))

    def _note_ack(self, arrival: Arrival) -> None:
        self.acknowledged += msgspec.json.decode(arrival.payload, type=Ack).event_ids
