"""Lamps that speak Zigbee2MQTT's JSON light schema over MQTT."""

import logging
import time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from contract.errors import PayloadError, UnavailableError
from contract.mqtt import Arrival, MqttLink
from hub.ingest import Buckets
from hub.lights.colour import LampColour, rgb_of
from hub.lights.port import FULL, LampReport, LampState, Look, Report

LONGEST_BYTES = 16 * 1024
"""A lamp's state with all its settings stays far below; more is no lamp."""

log = logging.getLogger(__name__)


class _Payload(Struct, frozen=True):
    """The part of Zigbee2MQTT's state that means light; the rest is skipped unread."""

    state: Literal["ON", "OFF"] | None = None
    brightness: Annotated[float, Meta(ge=0, le=255)] | None = None
    color: LampColour | None = None
    color_temp: Annotated[float, Meta(ge=1, le=2000)] | None = None
    color_mode: str | None = None


class MqttLamp:
    """One lamp behind Zigbee2MQTT, or anything that speaks like it."""

    limit_per_s = 20
    """Far more than the flash budget asks for: Zigbee2MQTT itself queues for the radio."""
    needs_broker = True
    fault = ""

    def __init__(self, link: MqttLink, lamp_id: str, topic: str, report: Report) -> None:
        self._link = link
        self._lamp_id = lamp_id
        self._topic = topic
        self._report = report
        self._bucket = Buckets()
        link.subscribe(topic, self._arrived)

    def show(self, look: Look) -> None:
        """Take on a look at once, without a fade."""
        if not look.brightness:
            self._set({"state": "OFF", "transition": 0})
            return
        red, green, blue = (round(255 * part) for part in rgb_of(look.colour))
        colour = {"r": red, "g": green, "b": blue}
        self._set({"state": "ON", "brightness": look.brightness, "color": colour, "transition": 0})

    def restore(self, state: LampState) -> None:
        """Go back to an earlier state.

        A lamp that was off takes back its brightness and colour first: many take neither while
        they are off, and would come on in the alert's colour the next time.
        """
        light: dict[str, object] = {}
        if state.brightness is not None:
            light["brightness"] = round(state.brightness)
        if state.mired is not None:
            light["color_temp"] = round(state.mired)
        elif state.colour is not None:
            light["color"] = state.colour
        if light or state.on:
            self._set({"state": "ON", **light, "transition": 0})
        if not state.on:
            self._set({"state": "OFF", "transition": 0})

    def ask(self) -> None:
        """Ask the lamp to say how it is."""
        self._publish("get", {"state": ""})

    def _set(self, command: dict[str, object]) -> None:
        self._publish("set", command)

    def _publish(self, verb: str, message: dict[str, object]) -> None:
        if not self._link.publish(f"{self._topic}/{verb}", msgspec.json.encode(message)):
            raise UnavailableError(f"{self._topic}: the broker is away; the lamp was not reached")

    def _arrived(self, arrival: Arrival) -> None:
        if not self._bucket.take(self._lamp_id, time.monotonic()):
            log.warning("lamp %s talks too fast, some is dropped", self._lamp_id)
            return
        try:
            state = read(arrival.payload)
        except PayloadError as fault:
            log.warning("lamp %s sends what no lamp says", self._lamp_id, extra={"fault": fault})
            return
        self._report(LampReport(lamp_id=self._lamp_id, state=state, live=not arrival.retained))


def read(payload: bytes) -> LampState:
    """Read an untrusted state of a lamp.

    Raises:
        PayloadError: It is too long, or not such a state.
    """
    if len(payload) > LONGEST_BYTES:
        raise PayloadError(f"{len(payload)} bytes, limit {LONGEST_BYTES}")
    try:
        said = msgspec.json.decode(payload, type=_Payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise PayloadError(f"{error} in {payload[:40]!r}") from error
    white = said.color_mode == "color_temp" or said.color is None
    return LampState(
        on=None if said.state is None else said.state == "ON",
        brightness=None if said.brightness is None else min(FULL, round(said.brightness)),
        colour=None if white or said.color is None else said.color.plain(),
        mired=round(said.color_temp) if white and said.color_temp is not None else None,
    )
