"""WiZ bulbs, strips and plugs over the home network, through pywizlight."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
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
from hub.lights.port import FULL, LampState, Look
from hub.lights.search import EVERYBODY, Found

PORT = 38899
"""Where every WiZ device listens."""
CALL_AGAIN_S = 0.5
RHYTHM = 1000
"""The scene that stands for a schedule of its own; pywizlight's number for it."""

UNKNOWN = Features(color=False, color_tmp=False, effect=False, brightness=True, dual_head=False)
"""What a device can that pywizlight does not know: it may be dimmed, we hope."""

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
    """One WiZ device. It has two lines: a question that waits for an answer delays no command.

    Attributes:
        proof_s: How long an answer proves that it, and no other, is at its address. A device
            commands nobody by name, but none joins a network so soon after another left it.
    """

    proof_s = 2.0

    def __init__(self, address: str, serial: str) -> None:
        self.address = address
        self.serial = serial
        self._questions, self._commands = _Line(address), _Line(address)
        self._can: Features | None = None
        self._proven_s = -math.inf

    async def ask(self) -> LampState:
        """Ask how it is."""
        return await self._ask(self._questions)

    async def show(self, look: Look) -> None:
        """Take on a look as well as it can: in white without colours, on or off without steps."""
        can = await self._ability()
        if not look.brightness:
            await self._commands.set({"state": False})
            return
        light: dict[str, object] = {}
        if can.color:
            red, green, blue = (round(255 * part) for part in rgb_of(look.colour))
            light = PilotBuilder(rgb=(red, green, blue)).pilot_params
        if can.brightness:
            light["dimming"] = _dimming(look.brightness)
        await self._commands.set({**light, "state": True})

    async def restore(self, state: LampState) -> None:
        """Go back to an earlier state.

        A device that was off takes back its light first: it would come on in the alert's colour.
        """
        light: dict[str, object] = {}
        if (await self._ability()).brightness and state.brightness is not None:
            light = {**_tint(state), "dimming": _dimming(state.brightness)}
        if light or state.on:
            await self._commands.set({**light, "state": True})
        if not state.on:
            await self._commands.set({"state": False})

    async def move(self, address: str) -> None:
        """Look for it elsewhere from now on."""
        await self.close()
        self.address = address
        self._questions, self._commands = _Line(address), _Line(address)
        self._proven_s = -math.inf

    async def close(self) -> None:
        """Let go of its sockets."""
        await self._questions.close()
        await self._commands.close()

    async def _ability(self) -> Features:
        """Return what the device can, once it is known to be the one that is meant."""
        if self._can is None or time.monotonic() - self._proven_s > self.proof_s:
            await self._ask(self._commands)
        return self._can or UNKNOWN

    async def _ask(self, line: "_Line") -> LampState:
        pilot = await line.pilot()
        if serial_of(pilot.mac) != self.serial:
            self._proven_s = -math.inf
            raise UnavailableError(
                f"another lamp, {pilot.mac[:12]!r}, is at {self.address} now; {self.serial} is "
                "searched for"
            )
        self._proven_s = time.monotonic()
        self._can = self._can or await line.features()
        return pilot.light()


class _Line:
    """A socket to one device. It is made anew after each failure: what comes late is lost."""

    def __init__(self, address: str) -> None:
        self._host, self._port = host_and_port(address, PORT)
        self._open: wizlight | None = None

    async def pilot(self) -> _Pilot:
        async with self._device() as device:
            said = await device.send({"method": "getPilot", "params": {}})
            return msgspec.convert(said, _Reply).result

    async def set(self, pilot: dict[str, object]) -> None:
        async with self._device() as device:
            await device.send({"method": "setPilot", "params": pilot})

    async def features(self) -> Features:
        """Ask what the device can."""
        async with self._device() as device:
            try:
                return (await device.get_bulbtype()).features
            except WizLightNotKnownBulb:
                return UNKNOWN

    async def close(self) -> None:
        if self._open:
            await self._open.async_close()
        self._open = None

    @asynccontextmanager
    async def _device(self) -> AsyncIterator[wizlight]:
        self._open = self._open or wizlight(self._host, port=self._port)
        try:
            yield self._open
        except (WizLightError, msgspec.MsgspecError, OSError) as error:
            await self.close()
            raise UnavailableError(f"WiZ: {_reason(error)} at {self._host}") from error
        except BaseException:
            await self.close()
            raise


async def discover(
    for_s: float, *, broadcast: str = EVERYBODY, port: int = PORT
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


def _reason(error: Exception) -> str:
    """Why a device was not reached, without what it said: that may be anything."""
    known = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(known, OSError):
        return known.strerror or "the network is away"
    return f"no answer of a device ({type(error).__name__})"


def _dimming(brightness: float) -> int:
    """WiZ dims in whole percent, and 1 is the least."""
    return max(1, round(100 * brightness / FULL))


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
