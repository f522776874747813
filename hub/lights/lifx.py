"""LIFX lamps over the home network, through lifx-async."""

import asyncio
import colorsys
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lifx import HSBK, Light, discover_devices
from lifx.exceptions import LifxError

from contract.errors import UnavailableError
from hub.lights.address import address_of, host_and_port, may_be_lamp
from hub.lights.colour import LampColour, Rgb, rgb_of
from hub.lights.port import DEADLINE_S, FULL, LampState, Look
from hub.lights.search import EVERYBODY, Found

PORT = 56700
"""Where every LIFX lamp listens."""
NEUTRAL_KELVIN = 3500
"""The white beside a full colour, where it cannot be seen; LIFX's own default."""

logging.getLogger("lifx").setLevel(logging.ERROR)  # a lamp without power is our own trouble


class LifxBulb:
    """One LIFX lamp. Each of its packets is addressed to a serial: no other lamp obeys it."""

    def __init__(self, address: str, serial: str) -> None:
        self.address = address
        self.serial = serial
        host, port = host_and_port(address, PORT)
        self._light = Light(serial=serial, ip=host, port=port, timeout=DEADLINE_S)
        self._kelvin = NEUTRAL_KELVIN

    async def ask(self) -> LampState:
        """Ask how it is."""
        with _faults():
            await self._light.ensure_capabilities()
            colour, power, _ = await self._light.get_color()
        if self._has_white(colour):
            self._kelvin = colour.kelvin
        return self._state(colour, power)

    async def show(self, look: Look) -> None:
        """Take on a look; a lamp without colours shines in its own white."""
        with _faults():
            await self._light.ensure_capabilities()
            if look.brightness:
                await self._light.set_color(self._colour(rgb_of(look.colour), look.brightness))
            await self._light.set_power(look.brightness > 0)

    async def restore(self, state: LampState) -> None:
        """Go back to an earlier state; a lamp that was off takes its light back in the dark."""
        with _faults():
            await self._light.ensure_capabilities()
            if not state.on:
                await self._light.set_power(level=False)
            if state.brightness is not None:
                await self._light.set_color(self._earlier(state, state.brightness))
            if state.on:
                await self._light.set_power(level=True)

    async def move(self, address: str) -> None:
        """Look for it elsewhere from now on."""
        self.address = address
        host, port = host_and_port(address, PORT)
        self._light.update_address(host, port)

    async def close(self) -> None:
        """Let go of its socket; it opens again with the next call."""
        await self._light.connection.close()

    def _has_white(self, colour: HSBK) -> bool:
        return colour.saturation == 0.0 or not self._has_colours()

    def _has_colours(self) -> bool:
        return self._light.capabilities is None or self._light.capabilities.has_color

    def _state(self, colour: HSBK, power: int) -> LampState:
        on, brightness = power > 0, colour.brightness * FULL
        if self._has_white(colour):
            return LampState(on=on, brightness=brightness, mired=1e6 / max(colour.kelvin, 1000))
        tint = LampColour(
            hue=colour.hue, saturation=100 * colour.saturation, kelvin=float(colour.kelvin)
        )
        return LampState(on=on, brightness=brightness, colour=tint)

    def _colour(self, rgb: Rgb, brightness: float, kelvin: int = NEUTRAL_KELVIN) -> HSBK:
        if not self._has_colours():
            return HSBK(0.0, 0.0, brightness / FULL, self._kelvin)
        hue, saturation, _ = colorsys.rgb_to_hsv(*rgb)
        return HSBK(360 * hue, saturation, brightness / FULL, kelvin)

    def _earlier(self, state: LampState, brightness: float) -> HSBK:
        if state.mired is not None:
            return HSBK(0.0, 0.0, brightness / FULL, round(1e6 / state.mired))
        tint = state.colour or LampColour()
        kelvin = NEUTRAL_KELVIN if tint.kelvin is None else round(tint.kelvin)
        return self._colour(tint.rgb(), brightness, kelvin)


async def discover(
    for_s: float, *, broadcast: str = EVERYBODY, port: int = PORT
) -> Sequence[Found]:
    """Call into the network and gather the LIFX lamps that answer, with their names.

    Args:
        for_s: How long to wait for answers.
        broadcast: Whom to call.
        port: Where lamps listen.
    """
    with _faults():
        heard = [
            Found(serial=lamp.serial, address=address_of(lamp.ip, lamp.port, PORT))
            async for lamp in discover_devices(
                timeout=for_s, broadcast_address=broadcast, port=port, max_response_time=for_s
            )
            if may_be_lamp(lamp.port)
        ]
    return await asyncio.gather(*(_named(found) for found in heard))


async def _named(found: Found) -> Found:
    """Ask a lamp what its owner calls it; one that does not say stays without a name."""
    host, port = host_and_port(found.address, PORT)
    light = Light(serial=found.serial, ip=host, port=port, timeout=1.0)
    try:
        name = await light.get_label()
    except (LifxError, ValueError, OSError):
        return found
    finally:
        await light.close()
    return Found(serial=found.serial, address=found.address, name=name)


@contextmanager
def _faults() -> Iterator[None]:
    """Say in our words what the library says in its own."""
    try:
        yield
    except (LifxError, ValueError, OSError) as error:
        raise UnavailableError(f"LIFX: {error}") from error
