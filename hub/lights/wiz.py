"""WiZ bulbs, strips and plugs over the home network, through pywizlight."""

import asyncio
import logging
import math
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
from msgspec import Struct
from pywizlight import PilotBuilder, wizlight
from pywizlight.bulblibrary import Features
from pywizlight.discovery import REGISTER_MESSAGE
from pywizlight.exceptions import WizLightError, WizLightNotKnownBulb
from pywizlight.protocol import WizProtocol

from contract.errors import PayloadError, UnavailableError
from hub.lights.address import address_of, host_and_port, may_be_lamp, serial_of
from hub.lights.colour import rgb_of
from hub.lights.port import LampState, Look
from hub.lights.search import EVERYBODY, Found
from hub.lights.wiz_pilot import Pilot, dimming, read, restoring

PORT = 38899
"""Where every WiZ device listens."""
CALL_AGAIN_S = 0.5
UNKNOWN = Features(color=False, color_tmp=False, effect=False, brightness=True, dual_head=False)
"""What is taken for granted of a device that pywizlight does not know: that it can be dimmed."""

logging.getLogger("pywizlight").setLevel(logging.CRITICAL)  # below that it logs whole payloads


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
            light["dimming"] = dimming(look.brightness)
        await self._commands.set({**light, "state": True})

    async def restore(self, state: LampState) -> None:
        """Go back to an earlier state.

        A device that was off takes back its light first: it would come on in the alert's colour.
        """
        light: dict[str, object] = {}
        if (await self._ability()).brightness and state.brightness is not None:
            light = {**restoring(state), "dimming": dimming(state.brightness)}
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
        self._closed = False

    async def pilot(self) -> Pilot:
        async with self._device() as device:
            said = await device.send({"method": "getPilot", "params": {}})
            return read(said)

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
        """Let go of the socket for good: a question that is still on its way opens no other."""
        self._closed = True
        if self._open:
            await self._drop(self._open)

    @asynccontextmanager
    async def _device(self) -> AsyncIterator[wizlight]:
        if self._closed:
            raise UnavailableError(f"WiZ: {self._host} is left alone now")
        self._open = device = self._open or wizlight(self._host, port=self._port)
        try:
            yield device
        except (WizLightError, PayloadError, OSError) as error:
            await self._drop(device)
            raise UnavailableError(f"WiZ: {_reason(error)} at {self._host}") from error
        except BaseException:
            await self._drop(device)
            raise

    async def _drop(self, device: wizlight) -> None:
        await device.async_close()
        if self._open is device:
            self._open = None


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
            if serial and may_be_lamp(sender[1]):
                address = address_of(sender[0], sender[1], PORT)
                found[serial] = Found(serial=serial, address=address)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: WizProtocol(on_response=answered),
        family=socket.AF_INET,
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
    return f"it answers as no WiZ device does ({type(error).__name__})"
