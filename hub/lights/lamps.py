"""Every lamp of the settings behind the one port; a driver is imported where a lamp needs it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec

from msgspec import Struct

from contract.errors import UnavailableError
from contract.mqtt import MqttLink
from contract.process import advice
from hub.lights.address import serial_of
from hub.lights.direct import Bulb, DirectLamp
from hub.lights.kinds import LampKind, shipped
from hub.lights.loop import LampLoop
from hub.lights.mqtt import MqttLamp
from hub.lights.port import Lamp, LampState, Look, Report
from hub.lights.search import Discover, Search
from hub.settings import Light

LIBRARIES = {"wiz": "pywizlight", "lifx": "lifx"}
"""What each extra brings, by import name; the extra is called like the driver."""
GOODBYE_S = 0.5

log = logging.getLogger(__name__)


class Family(Struct, frozen=True):
    """What is the same for all lamps of a driver that needs no bridge."""

    bulb: Callable[[str, str], Bulb]
    """Makes one of its address and its serial."""
    discover: Discover


class Lamps:
    """The lamps, and the thread of those that need one.

    Attributes:
        lamps: Each lamp by its id.
    """

    def __init__(
        self,
        lights: Mapping[str, Light],
        link: MqttLink,
        report: Report,
        libraries: Mapping[str, str] = LIBRARIES,
        kinds: Mapping[str, LampKind] | None = None,
    ) -> None:
        """Make the lamps; none is reached yet.

        Args:
            lights: The household's lamps.
            link: The connection to the broker.
            report: Where lamps say how they are.
            libraries: What the drivers need.
            kinds: The families of MQTT lamps; None: those that Soribit brings.
        """
        families = shipped() if kinds is None else kinds
        self._loop: LampLoop | None = None
        self._report = report
        self._direct: list[DirectLamp] = []
        self._searches: dict[str, Search] = {}
        self.lamps: dict[str, Lamp] = {}
        for lamp_id, light in lights.items():
            if light.driver == "mqtt":
                self.lamps[lamp_id] = MqttLamp(
                    link, lamp_id, light.topic, report, families[light.kind]
                )
            elif is_installed(light.driver, libraries):
                self.lamps[lamp_id] = self._reached_directly(lamp_id, light)
            else:
                self.lamps[lamp_id] = AbsentLamp(_advice(light.driver))
        for fault in missing(lights, libraries):
            log.warning("%s", fault)

    @property
    def limits_per_s(self) -> dict[str, int]:
        """How many commands each lamp takes in any second."""
        return {lamp_id: lamp.limit_per_s for lamp_id, lamp in self.lamps.items()}

    def start(self) -> None:
        """Begin to reach those that need no bridge."""
        if self._loop:
            self._loop.start()

    def stop(self) -> None:
        """Let go of them."""
        if self._loop:
            with suppress(UnavailableError):  # never started, or stopped before
                self._loop.call(self._close, within_s=GOODBYE_S)
            self._loop.stop()

    def _reached_directly(self, lamp_id: str, light: Light) -> DirectLamp:
        kin, serial = family(light.driver), serial_of(light.serial)
        self._loop = self._loop or LampLoop()
        lamp = DirectLamp(
            lamp_id,
            kin.bulb(light.address, serial),
            loop=self._loop,
            search=self._searches.setdefault(light.driver, Search(kin.discover)),
            report=self._report,
        )
        self._direct.append(lamp)
        return lamp

    async def _close(self) -> None:
        await asyncio.gather(*(lamp.close() for lamp in self._direct))


class AbsentLamp:
    """A lamp whose driver's library is not installed: it says so, and the others go on."""

    limit_per_s = 1
    needs_broker = False

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def show(self, look: Look) -> None:  # noqa: ARG002  the port's
        """Say what is missing."""
        raise UnavailableError(self.fault)

    def restore(self, state: LampState) -> None:  # noqa: ARG002
        """Say what is missing."""
        raise UnavailableError(self.fault)

    def ask(self) -> None:
        """Say what is missing."""
        raise UnavailableError(self.fault)


def family(driver: str) -> Family:
    """Return what a driver that needs no bridge has for all its lamps; its library is imported."""
    if driver == "wiz":
        from hub.lights import wiz  # noqa: PLC0415

        return Family(wiz.WizBulb, wiz.discover)
    from hub.lights import lifx  # noqa: PLC0415  7 MB that only a home with such lamps pays

    return Family(lifx.LifxBulb, lifx.discover)


def is_installed(driver: str, libraries: Mapping[str, str] = LIBRARIES) -> bool:
    """Tell whether a driver's library is installed, without importing it."""
    return driver not in libraries or find_spec(libraries[driver]) is not None


def missing(lights: Mapping[str, Light], libraries: Mapping[str, str] = LIBRARIES) -> list[str]:
    """Return a sentence for each lamp whose driver's library is not installed."""
    return [
        f"lights.{lamp_id}.driver = {light.driver!r}: {_advice(light.driver)}"
        for lamp_id, light in lights.items()
        if not is_installed(light.driver, libraries)
    ]


def _advice(driver: str) -> str:
    return f"what it needs is not installed; {advice(driver)}"
