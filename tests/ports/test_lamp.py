"""What every lamp driver must do: the same on the fake, a real broker, and the real emulators."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.errors import UnavailableError
from contract.mqtt import Account, MqttLink
from hub import broker_mosquitto
from hub.lights.colour import LampColour, rgb_of, same
from hub.lights.kinds import shipped
from hub.lights.lamps import Lamps
from hub.lights.mqtt import MqttLamp
from hub.lights.port import DARK, FULL, Lamp, LampReport, LampState, Look
from hub.settings import Light
from soribit.bulb import Bulb
from soribit.lamps.kinds import KINDS
from soribit.lamps.zigbee2mqtt import Zigbee2MqttLamp
from soribit.light import Light as BulbLight
from tests import brokers
from tests.hub.lights import bulbs
from tests.hub.lights.fake_lamp import FakeLamp
from tests.real import need, until

TOPIC = "zigbee2mqtt/lamp"
EVENING = LampState(on=True, brightness=120, mired=370)
AMBER = LampState(on=True, brightness=120, colour=LampColour(r=255, g=160, b=60))
EVENINGS = {"wled": AMBER, "shelly": AMBER}
"""What a lamp shows that can say of no white how warm it is."""
PLACES = {"tasmota": "tasmota_lamp", "wled": "wled/lamp", "shelly": "shelly-lamp"}
PLACES["esphome"] = "porch/light/lamp"
RED = Look("#ff0000", FULL)


def fields(state: LampState) -> dict[str, float | LampColour | None]:
    return {name: getattr(state, name) for name in ("on", "brightness", "colour", "mired")}


@dataclass
class Rig:
    """A lamp that is on in warm white, and what it has said."""

    lamp: Lamp
    said: list[LampReport]
    evening: LampState = EVENING

    @property
    def told(self) -> list[LampState]:
        """What it has said; a mere sign of life says nothing."""
        return [report.state for report in self.said if report.state != LampState()]

    def says(self, **wanted: float | LampColour | None) -> None:
        """Wait until the lamp's newest report has these values; numbers may be rounded."""
        until(
            lambda: (
                (told := self.told)
                and all(alike(getattr(told[-1], key), wanted[key]) for key in wanted)
            ),
            what=f"a lamp that says {wanted}",
        )


def alike(got: object, wanted: float | LampColour | None) -> bool:
    if isinstance(wanted, bool | LampColour) or wanted is None:
        return got == wanted
    return got == pytest.approx(wanted, abs=1.5)


@contextmanager
def fake(_folder: Path) -> Iterator[Rig]:
    said: list[LampReport] = []
    yield Rig(FakeLamp("lamp", EVENING, said.append), said)


@contextmanager
def mqtt(folder: Path, kind: str = "zigbee2mqtt") -> Iterator[Rig]:
    need(broker_mosquitto.find(), "mosquitto")
    topic, evening = PLACES.get(kind, TOPIC), EVENINGS.get(kind, EVENING)
    home = brokers.HOME.replace(f'"{TOPIC}"', f'"{topic}"') + f'kind = "{kind}"\n'
    broker = brokers.start(folder, "mosquitto", home)
    hub, end = (
        MqttLink(broker.account("hub"), client_id="hub"),
        MqttLink(broker.account("lamp"), client_id="lamp"),
    )
    said: list[LampReport] = []
    lamp = MqttLamp(hub, "lamp", topic, said.append, shipped()[kind])
    stop = threading.Event()
    end_lamp = KINDS[kind](topic)
    if isinstance(end_lamp, Zigbee2MqttLamp):
        end_lamp.light = BulbLight(on=True, brightness=120, mired=370)
    bulb = Bulb(end, end_lamp, lambda _: None)
    working = threading.Thread(target=bulb.run, args=(stop,))
    working.start()
    hub.start()
    until(lambda: hub.is_up, what="the hub's link")
    end.start()
    rig = Rig(lamp, said, evening)
    rig.says(**fields(evening))
    yield rig
    stop.set()
    working.join()
    for link in (hub, end):
        link.stop()
    broker.stop()


@contextmanager
def wiz(_folder: Path) -> Iterator[Rig]:
    with bulbs.far_side() as far, bulbs.wiz(far) as bulb:
        settings = Light(name="Lamp", driver="wiz", address=bulb.address, serial=bulbs.WIZ_SERIAL)
        with direct(settings) as made:
            yield made


@contextmanager
def lifx(_folder: Path) -> Iterator[Rig]:
    with bulbs.far_side() as far, bulbs.lifx(far) as bulb:
        settings = Light(name="Lamp", driver="lifx", address=bulb.address, serial=bulbs.LIFX_SERIAL)
        with direct(settings) as made:
            yield made


@contextmanager
def direct(settings: Light) -> Iterator[Rig]:
    said: list[LampReport] = []
    link = MqttLink(Account(port=1, username="hub", password=""), client_id="hub")
    lamps = Lamps({"lamp": settings}, link, said.append)
    lamps.start()
    rig = Rig(bulbs.Patient(lamps.lamps["lamp"]), said)
    rig.lamp.ask()
    until(lambda: said, what="the bulb's first words")
    yield rig
    lamps.stop()


RIGS: dict[str, Callable[[Path], AbstractContextManager[Rig]]] = {
    "fake": fake,
    **{kind: partial(mqtt, kind=kind) for kind in shipped()},
    "wiz": wiz,
    "lifx": lifx,
}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](tmp_path) as made:
        yield made


def test_lamp_takes_on_a_colour(rig: Rig) -> None:
    rig.lamp.show(RED)
    rig.says(on=True, brightness=FULL, mired=None)
    colour = rig.told[-1].colour
    assert colour is not None
    assert same(colour.rgb(), rgb_of(RED.colour))


def test_lamp_goes_dark(rig: Rig) -> None:
    rig.lamp.show(RED)
    rig.lamp.show(DARK)
    rig.says(on=False)


def test_lamp_answers_when_it_is_asked(rig: Rig) -> None:
    rig.said.clear()
    rig.lamp.ask()
    rig.says(**fields(rig.evening))
    assert rig.said[-1].live


@pytest.mark.parametrize("look", [RED, DARK])
@pytest.mark.parametrize("on", [True, False])
def test_lamp_goes_back_to_its_evening_light(rig: Rig, look: Look, on: bool) -> None:
    evening = replace(rig.evening, on=on)
    rig.lamp.show(RED)
    rig.lamp.show(look)
    rig.lamp.restore(evening)
    rig.says(**fields(evening))


def test_lamp_goes_back_to_its_colour(rig: Rig) -> None:
    rig.lamp.show(Look("#2040ff", 77))
    rig.says(brightness=77)
    before = rig.told[-1]
    rig.lamp.show(RED)
    rig.says(brightness=FULL)
    rig.lamp.restore(before)
    rig.says(on=True, brightness=77, colour=before.colour)


def test_lamp_behind_a_broker_that_is_away_is_unavailable() -> None:
    link = MqttLink(Account(port=1, username="hub", password=""), client_id="hub")
    lamp = MqttLamp(link, "lamp", TOPIC, lambda _: None)
    with pytest.raises(UnavailableError, match="was not reached"):
        lamp.show(RED)
