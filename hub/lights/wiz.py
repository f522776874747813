"""WiZ bulbs, strips and plugs over the home network, through pywizlight."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from pywizlight import PilotBuilder, wizlight
from pywizlight.bulblibrary import Features
from pywizlight.discovery import REGISTER_MESSAGE
from pywizlight.exceptions import WizLightError, WizLightNotKnownBulb
from pywizlight.protocol import WizProtocol

from contract.errors import UnavailableError
from hub.lights.address import address_of, host_and_port, serial_of
from hub.lights.colour import Byte, LampColour, rgb_of
from hub.lights.direct import Answer
from hub.lights.port import FULL, LampState, Look
from hub.lights.search import Found

PORT = 38899
"""Where every WiZ device listens."""
CALL_AGAIN_S = 0.5
RHYTHM = 1000
"""The scene that stands for a schedule of its own; pywizlight's number for it."""

logging.getLogger("pywizlight").setLevel(logging.CRITICAL)  # below that it logs whole payloads


class _Pilot(Struct, frozen=True):
    """The part of a device's answer to getPilot that means light."""

    mac: str
    state: bool
    dimming: Annotated[float, Meta(ge=0, le=100)] | None = None
    temp: Annotated[int, Meta(ge=0, le=20_000)] = 0
    r: Byte | None = None
    g: Byte | None = None
    b: Byte | None = None
    c: Byte | None = None
    w: Byte | None = None
    scene_id: Annotated[int, Meta(ge=0, le=10_000)] = msgspec.field(name="sceneId", default=0)
    speed: Annotated[int, Meta(ge=0, le=1000)] = 0
    schedule: int | None = msgspec.field(name="schdPsetId", default=None)

    def light(self) -> LampState:
        """Return how the device is; a scene hides a white, a white hides a colour."""
        brightness = None if self.dimming is None else self.dimming * FULL / 100
        scene = RHYTHM if self.schedule is not None else self.scene_id
        if scene:
            return LampState(
                on=self.state, brightness=brightness, scene=scene, scene_speed=self.speed or None
            )
        if self.temp:
            return LampState(on=self.state, brightness=brightness, mired=1e6 / max(self.temp, 500))
        colour = LampColour(r=self.r, g=self.g, b=self.b, cold=self.c, warm=self.w)
        known = colour if colour.plain() else None
        return LampState(on=self.state, brightness=brightness, colour=known)


class _Reply(Struct, frozen=True):
    result: _Pilot


class _Name(Struct, frozen=True):
    mac: str


class _Introduction(Struct, frozen=True):
    result: _Name


class WizBulb:
    """One WiZ device. It has two sockets: a question that waits for an answer delays no command."""

    proof_s = 2.0
    """A device commands nobody by name: who answers at its address may be another one by now, but
    no device joins a network within so short a time after another left it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._asks: wizlight | None = None
        self._tells: wizlight | None = None
        self._can: Features | None = None

    async def ask(self) -> Answer:
        """Ask who it is and how it is."""
        self._asks = self._asks or self._connection()
        with _faults():
            self._can = self._can or await _features(self._asks)
            said = await self._asks.send({"method": "getPilot", "params": {}})
            pilot = msgspec.convert(said, _Reply).result
        return Answer(serial_of(pilot.mac), pilot.light())

    async def show(self, look: Look) -> None:
        """Take on a look as well as it can: in white without colours, on or off without steps."""
        if not look.brightness:
            await self._set({"state": False})
            return
        light: dict[str, object] = {}
        if self._can and self._can.color:
            red, green, blue = (round(255 * part) for part in rgb_of(look.colour))
            light = PilotBuilder(rgb=(red, green, blue)).pilot_params
        await self._set({**light, **self._dimming(look.brightness), "state": True})

    async def restore(self, state: LampState) -> None:
        """Go back to an earlier state.

        A device that was off takes back its light first: it would come on in the alert's colour.
        """
        light = self._dimming(state.brightness)
        if light:
            light |= _tint(state)
        if light or state.on:
            await self._set({**light, "state": True})
        if not state.on:
            await self._set({"state": False})

    async def move(self, address: str) -> None:
        """Look for it elsewhere from now on."""
        await self.close()
        self.address = address

    async def close(self) -> None:
        """Let go of its sockets; what still comes in for them is lost."""
        for connection in (self._asks, self._tells):
            if connection:
                await connection.async_close()
        self._asks = self._tells = None

    def _dimming(self, brightness: float | None) -> dict[str, object]:
        """WiZ dims in whole percent, and 1 is the least."""
        if brightness is None or not (self._can and self._can.brightness):
            return {}
        return {"dimming": max(1, round(100 * brightness / FULL))}

    async def _set(self, pilot: dict[str, object]) -> None:
        self._tells = self._tells or self._connection()
        with _faults():
            await self._tells.send({"method": "setPilot", "params": pilot})

    def _connection(self) -> wizlight:
        host, port = host_and_port(self.address, PORT)
        return wizlight(host, port=port)


async def discover(
    for_s: float, *, broadcast: str = "255.255.255.255", port: int = PORT
) -> Sequence[Found]:
    """Call into the network and gather the WiZ devices that answer.

    Args:
        for_s: How long to wait for answers.
        broadcast: Whom to call.
        port: Where devices listen.
    """
    found: dict[str, Found] = {}

    def answered(payload: bytes, sender: tuple[str, int]) -> None:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            serial = serial_of(msgspec.json.decode(payload, type=_Introduction).result.mac)
            if serial:
                address = address_of(sender[0], sender[1], PORT)
                found[serial] = Found(serial=serial, address=address)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: WizProtocol(on_response=answered),
        local_addr=("0.0.0.0", 0),  # noqa: S104  answers come to whichever address we have
        allow_broadcast=True,
    )
    try:
        for _ in range(max(1, round(for_s / CALL_AGAIN_S))):
            transport.sendto(REGISTER_MESSAGE, (broadcast, port))
            await asyncio.sleep(CALL_AGAIN_S)
    finally:
        transport.close()
    return list(found.values())


async def _features(bulb: wizlight) -> Features:
    """Ask what a device can; one that pywizlight does not know may be dimmed, we hope."""
    try:
        return (await bulb.get_bulbtype()).features
    except WizLightNotKnownBulb:
        return Features(
            color=False, color_tmp=False, effect=False, brightness=True, dual_head=False
        )


def _tint(state: LampState) -> dict[str, object]:
    """What gives a device its colour, white or scene back."""
    if state.scene is not None:
        speed = {} if state.scene_speed is None else {"speed": state.scene_speed}
        return {"sceneId": state.scene, **speed}
    if state.mired is not None:
        return {"temp": round(1e6 / state.mired)}
    if state.colour is None:
        return {}
    colour = state.colour
    if colour.plain() and colour.r is not None:
        parts = {"r": colour.r, "g": colour.g, "b": colour.b, "c": colour.cold, "w": colour.warm}
        return {name: round(part) for name, part in parts.items() if part is not None}
    red, green, blue = (round(255 * part) for part in colour.rgb())
    return {"r": red, "g": green, "b": blue}


@contextmanager
def _faults() -> Iterator[None]:
    """Say in our words what the library says in its own."""
    try:
        yield
    except (WizLightError, msgspec.MsgspecError, OSError) as error:
        raise UnavailableError(f"WiZ: {error}") from error
