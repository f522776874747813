"""Lamps without a bridge in a real hub, beside one on MQTT."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import tomli_w
from msgspec.structs import replace

from hub.lights.port import STEP_S
from hub.service import Hub
from hub.settings import HubSettings, Light
from tests.hub.house import SETTINGS, House
from tests.hub.lights import bulbs
from tests.real import ROOT, until

COLOUR = 102
"""The packet that gives a LIFX lamp a colour."""


class Three:
    """A hub.toml with a lamp of each driver, and the two bulbs that need no bridge."""

    def __init__(self, wiz: bulbs.WizEmulator, lifx: bulbs.LifxEmulator) -> None:
        self.wiz, self.lifx = wiz, lifx
        self.hall = Light(name="Hall", driver="wiz", address=wiz.address, serial=bulbs.WIZ_SERIAL)
        self.attic = Light(
            name="Attic", driver="lifx", address=lifx.address, serial=bulbs.LIFX_SERIAL
        )

    @property
    def settings(self) -> HubSettings:
        lights = {**SETTINGS.lights, "hall": self.hall, "attic": self.attic}
        return replace(SETTINGS, lights=lights)

    def are_calm(self) -> bool:
        """Tell whether both bulbs are as at the beginning."""
        wiz, lamp = self.wiz.pilot, self.lifx.lamp.state
        calm = {"state": True, "temp": 2703, "dimming": 47}
        return (
            {key: wiz.get(key) for key in calm} == calm
            and lamp.color == bulbs.warm_white()
            and lamp.power_level > 0
        )

    def flash(self) -> bool:
        """Tell whether both have been lit more than once."""
        return len(self.wiz.told) > 2 and len(self.lit_s()) > 1

    def lit_s(self) -> list[float]:
        """When the LIFX lamp was given a colour."""
        return [at_s for at_s, kind in self.lifx.packets if kind == COLOUR]


@pytest.fixture
def three() -> Iterator[Three]:
    with bulbs.far_side() as far, bulbs.wiz(far) as wiz, bulbs.lifx(far) as lifx:
        yield Three(wiz, lifx)


def all_known(hub: Hub) -> bool:
    """Tell whether every lamp has said how it is."""
    return all(lamp.brightness for lamp in hub.home.view().lamps)


def troubles(hub: Hub) -> dict[str, tuple[str, str]]:
    """Return subject and detail of each trouble, by its name."""
    return {t.trouble: (t.subject, t.detail) for t in hub.home.view().troubles}


def test_lamps_of_three_drivers_flash_in_one_step(house: House, three: Three) -> None:
    mqtt_s: list[float] = []
    note = house.bulb._journal

    def note_time(line: dict[str, object]) -> None:
        if '"color"' in str(line.get("payload")):
            mqtt_s.append(float(str(line["mono_s"])))
        note(line)

    house.bulb._journal = note_time
    with house.hub(three.settings) as hub:
        until(lambda: all_known(hub), what="all lamps")
        house.sound("smoke_alarm")
        until(lambda: len(mqtt_s) > 4 and three.flash(), what="flashes")
        wiz_s = [at_s for at_s, params in three.wiz.told if params["state"]]
        lifx_s = three.lit_s()
    apart_s = [
        max(at_s) - min(at_s)
        for at_s in ((step_s, nearest(step_s, wiz_s), nearest(step_s, lifx_s)) for step_s in mqtt_s)
    ]
    assert min(apart_s) < STEP_S


def nearest(wanted_s: float, times_s: list[float]) -> float:
    return min(times_s, key=lambda at_s: abs(at_s - wanted_s))


def test_lamps_get_their_light_back_after_an_alert(house: House, three: Three) -> None:
    with house.hub(three.settings) as hub:
        until(lambda: all_known(hub), what="all lamps")
        house.lives()
        house.sound("smoke_alarm")
        until(three.flash, what="flashes")
        assert not three.are_calm()
        assert hub.home.acknowledge(hub.home.view().alerts[0].alert_id)
        until(three.are_calm, what="the calm light")
        until(
            lambda: not any(lamp.flashing for lamp in hub.home.view().lamps), what="their release"
        )


def test_hub_that_ends_puts_the_lamps_back(house: House, three: Three) -> None:
    with house.hub(three.settings) as hub:
        until(lambda: all_known(hub), what="all lamps")
        house.sound("smoke_alarm")
        until(three.flash, what="flashes")
    until(three.are_calm, what="the calm light")


def test_hub_killed_in_mid_flash_restores_the_lamps_at_its_next_start(
    house: House, three: Three, tmp_path: Path
) -> None:
    config = tmp_path / "killed.toml"
    added = {"lights": {"hall": three.hall, "attic": three.attic}, "rooms": SETTINGS.rooms}
    tables = tomli_w.dumps(msgspec.to_builtins(added))
    config.write_text(f"{house.broker.config.read_text()}\n{tables}")
    command = [sys.executable, "-c", HUB, str(config), str(house.state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        house.sound("smoke_alarm")
        until(three.flash, what="flashes")
        process.send_signal(signal.SIGKILL)
    assert not three.are_calm()
    with house.hub(three.settings):
        until(three.are_calm, what="the calm light")


HUB = """
import sys, threading
from pathlib import Path
from contract import settings as files
from contract.clock import SystemClock
from hub.announce import link_of_hub
from hub.service import Hub
from hub.settings import HubSettings
settings = files.load(Path(sys.argv[1]), HubSettings)
link = link_of_hub(settings.account())
hub = Hub(settings, link, Path(sys.argv[2]), SystemClock(), broker="mosquitto")
hub.start()
while not all(lamp.brightness for lamp in hub.home.view().lamps):
    threading.Event().wait(0.02)
print("up", flush=True)
threading.Event().wait()
"""


def test_lamp_that_never_answers_is_named_and_delays_no_other(house: House, three: Three) -> None:
    with bulbs.silence() as nobody:
        gone = replace(three.hall, address=nobody, serial="a8bb50000009")
        with house.hub(replace(three.settings, lights={**SETTINGS.lights, "hall": gone})) as hub:
            house.sound("smoke_alarm")
            until(house.lit, what="the other lamp")
            until(lambda: "lamp_silent" in troubles(hub), what="the trouble")
            assert troubles(hub)["lamp_silent"] == (
                "hall",
                f"does not answer at {nobody}; check that it has power",
            )
