"""Bulbs that need no bridge, emulated by their libraries on loopback ports of this process."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from lifx_emulator import (
    EmulatedLifxDevice,
    EmulatedLifxServer,
    create_color_light,
    create_color_temperature_light,
)
from lifx_emulator.devices.manager import DeviceManager
from lifx_emulator.devices.observers import PacketEvent
from lifx_emulator.protocol.protocol_types import LightHsbk
from lifx_emulator.repositories import DeviceRepository
from lifx_emulator.scenarios.manager import HierarchicalScenarioManager
from lifx_emulator.scenarios.models import ScenarioConfig
from pywizlight.protocol import WizProtocol
from pywizlight.tests.fake_bulb import BulbUDPRequestHandler, make_udp_fake_bulb_server

from contract.errors import UnavailableError
from hub.lights.direct import Bulb, DirectLamp
from hub.lights.loop import LampLoop
from hub.lights.port import Lamp, LampReport, LampState, Look
from hub.lights.search import Discover, Found, Search
from tests.real import until

WIZ_SERIAL, LIFX_SERIAL, WHITE_SERIAL = "a8bb5006033d", "d073d5000001", "d073d5000002"
COLOUR, PLUG, TUNABLE = "ESP01_SHRGB_03", "ESP10_SOCKET_06", "ESP21_SHTW_01"
"""pywizlight's names of a bulb with colours, a plug, and a bulb of many whites."""
MODES = ({"sceneId", "speed"}, {"temp"}, {"r", "g", "b", "c", "w"})
"""What a WiZ bulb says of its light: one of these at a time."""
START_S = 20.0
EVENING = LampState(on=True, brightness=120, mired=370)


class WizEmulator:
    """pywizlight's fake bulb; like a real one, it says only in which mode it is now."""

    def __init__(self, handler: BulbUDPRequestHandler, port: int) -> None:
        self.port = port
        self.told: list[tuple[float, dict[str, Any]]] = []
        """Each setPilot, and when it came in; monotonic."""
        self.heard = 0
        """How many datagrams have come in."""
        self.deaf = False
        self.says: bytes | None = None
        """Where set, it answers so to everything."""
        self._handler = handler
        self._handle, self._set_pilot = handler.handle, handler.setPilot
        handler.setPilot = self._obey  # type: ignore[method-assign]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pilot(self) -> dict[str, Any]:
        """How it is, in its own words; may be changed as by a person."""
        pilot: dict[str, Any] = self._handler.pilot_state["result"]
        return pilot

    def be(self, **light: object) -> None:
        """Take on a light as its owner's app would set it."""
        for key in set.union(*MODES):
            self.pilot.pop(key, None)
        self.pilot.update({"state": True, **light})

    def receive(self, datagram: bytes, sender: tuple[str, int]) -> None:
        self.heard += 1
        if self.says is not None:
            self._handler.transport.sendto(self.says, sender)
        elif not self.deaf:
            self._handle(datagram, sender)

    def _obey(self, json_data: dict[str, Any]) -> bytes:
        params = json_data["params"]
        self.told.append((time.monotonic(), params))
        for mode in MODES:
            if mode & params.keys():
                for key in set.union(*MODES) - params.keys():
                    self.pilot.pop(key, None)
        return self._set_pilot(json_data)


class LifxEmulator:
    """lifx-emulator's lamps: one with colours, one with whites alone."""

    def __init__(self, server: EmulatedLifxServer, lamps: tuple[EmulatedLifxDevice, ...]) -> None:
        self.lamp, self.white = lamps
        self._server = server

    @property
    def port(self) -> int:
        assert self._server.ipv4_endpoint
        return self._server.ipv4_endpoint[1]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def packets(self) -> list[tuple[float, int]]:
        """When each packet came in, monotonic, and of which type."""
        observer = self._server.activity_observer
        assert isinstance(observer, Journal)
        return observer.packets

    def fail(self, **scenario: object) -> None:
        """Let things go wrong from now on, in the emulator's own words; nothing: all is well."""
        manager = self._server.scenario_manager
        manager.set_global_scenario(ScenarioConfig.model_validate(scenario))
        self._server.invalidate_all_scenario_caches()


class Journal:
    """Notes when packets come in."""

    def __init__(self) -> None:
        self.packets: list[tuple[float, int]] = []

    def on_packet_received(self, event: PacketEvent) -> None:
        self.packets.append((time.monotonic(), event.packet_type))

    def on_packet_sent(self, event: PacketEvent) -> None:
        pass


@contextmanager
def far_side() -> Iterator[LampLoop]:
    """A thread for emulators: they answer while the test waits."""
    loop = LampLoop()
    loop.start()
    yield loop
    loop.stop()


@contextmanager
def wiz(far: LampLoop, module: str = COLOUR, serial: str = WIZ_SERIAL) -> Iterator[WizEmulator]:
    """A WiZ bulb in warm white."""

    async def start() -> tuple[Any, WizEmulator]:
        transport, protocol = await make_udp_fake_bulb_server(module, "1.25.0")
        assert isinstance(protocol, WizProtocol)
        handler: BulbUDPRequestHandler = protocol.on_response.__self__  # type: ignore[attr-defined]
        handler.registration = {"method": "registration", "result": {"mac": serial}}
        bulb = WizEmulator(handler, transport.get_extra_info("sockname")[1])
        protocol.on_response = bulb.receive
        bulb.pilot["mac"] = serial
        bulb.be(temp=2703, dimming=47)
        return transport, bulb

    async def end() -> None:
        transport.close()

    transport, bulb = far.call(start, within_s=START_S)
    yield bulb
    far.call(end, within_s=START_S)


@contextmanager
def lifx(far: LampLoop) -> Iterator[LifxEmulator]:
    """Two LIFX lamps in warm white."""

    async def start() -> LifxEmulator:
        faults = HierarchicalScenarioManager()
        lamps = (
            create_color_light(serial=LIFX_SERIAL, scenario_manager=faults),
            create_color_temperature_light(serial=WHITE_SERIAL, scenario_manager=faults),
        )
        for lamp in lamps:
            lamp.state.color = warm_white()
        server = EmulatedLifxServer(
            devices=list(lamps),
            device_manager=DeviceManager(DeviceRepository()),
            bind_address="127.0.0.1",
            port=0,
            activity_observer=Journal(),
            scenario_manager=faults,
        )
        await server.start()
        servers.append(server)
        return LifxEmulator(server, lamps)

    servers: list[EmulatedLifxServer] = []
    emulator = far.call(start, within_s=START_S)
    yield emulator
    far.call(servers[0].stop, within_s=START_S)


def warm_white() -> LightHsbk:
    """2703 K at 47 percent, in the packets' own numbers."""
    return LightHsbk(hue=0, saturation=0, brightness=round(0xFFFF * 120 / 254), kelvin=2703)


@contextmanager
def silence() -> Iterator[str]:
    """The address of a socket that takes everything and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{hole.getsockname()[1]}"


class Patient:
    """A lamp that is told again what a busy machine had no time for within a step."""

    limit_per_s = 1000
    needs_broker = False
    fault = ""

    def __init__(self, lamp: Lamp) -> None:
        self._lamp = lamp

    def show(self, look: Look) -> None:
        until(lambda: done(partial(self._lamp.show, look)), what="a look")

    def restore(self, state: LampState) -> None:
        until(lambda: done(partial(self._lamp.restore, state)), what="the way back")

    def ask(self) -> None:
        self._lamp.ask()


def done(command: Callable[[], None]) -> bool:
    try:
        command()
    except UnavailableError:
        return False
    return True


class Direct:
    """A lamp without a bridge, and what it has said."""

    def __init__(self, bulb: Bulb, loop: LampLoop, discover: Discover) -> None:
        self.said: list[LampReport] = []
        search = Search(discover)
        self.lamp = DirectLamp("lamp", bulb, loop=loop, search=search, report=self.said.append)
        self.patient = Patient(self.lamp)

    def answer(self) -> LampState:
        """Ask it, and wait for what it says."""
        self.said.clear()
        self.lamp.ask()
        until(lambda: self.said, what="an answer")
        return self.said[-1].state


async def nowhere(for_s: float, *, broadcast: str = "") -> Sequence[Found]:  # noqa: ARG001
    """Find nothing."""
    return []


@contextmanager
def direct(bulb: Bulb, discover: Discover = nowhere) -> Iterator[Direct]:
    """A lamp on a thread of its own."""
    loop = LampLoop()
    loop.start()
    made = Direct(bulb, loop, discover)
    yield made
    loop.call(made.lamp.close, within_s=START_S)
    loop.stop()
