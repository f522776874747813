import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
from lifx_emulator.protocol.protocol_types import LightHsbk

from contract.errors import UnavailableError
from hub.lights import lifx
from hub.lights.lifx import LifxBulb
from hub.lights.port import DARK, FULL, Look
from hub.lights.search import Found
from tests.hub.lights import bulbs
from tests.real import until

RED = Look("#ff0000", FULL)
ACKNOWLEDGEMENT, QUESTION, COLOUR, STATE, POWER = 45, 101, 102, 107, 117
"""Packet types of LIFX's LAN protocol."""


@pytest.fixture
def bulb() -> Iterator[bulbs.LifxEmulator]:
    with bulbs.far_side() as far, bulbs.lifx(far) as made:
        yield made


@pytest.fixture
def direct(bulb: bulbs.LifxEmulator) -> Iterator[bulbs.Direct]:
    with bulbs.direct(LifxBulb(bulb.address, bulbs.LIFX_SERIAL)) as made:
        made.answer()
        yield made


@pytest.mark.parametrize("power", [0, 65535])
@pytest.mark.parametrize(
    "colour",
    [
        LightHsbk(hue=0, saturation=0, brightness=131, kelvin=1500),
        LightHsbk(hue=0, saturation=0, brightness=65535, kelvin=9000),
        LightHsbk(hue=54321, saturation=65535, brightness=12345, kelvin=0),
        LightHsbk(hue=1, saturation=20000, brightness=777, kelvin=2700),
    ],
    ids=repr,
)
def test_lamp_gets_back_exactly_what_it_showed(
    bulb: bulbs.LifxEmulator, direct: bulbs.Direct, colour: LightHsbk, power: int
) -> None:
    bulb.lamp.state.color, bulb.lamp.state.power_level = colour, power
    calm = direct.answer()
    direct.patient.show(RED)
    direct.patient.show(DARK)
    direct.patient.restore(calm)
    until(
        lambda: (bulb.lamp.state.color, bulb.lamp.state.power_level) == (colour, power),
        what="the former light",
    )


def test_lamp_that_was_off_takes_its_light_back_in_the_dark(
    bulb: bulbs.LifxEmulator, direct: bulbs.Direct
) -> None:
    bulb.lamp.state.power_level = 0
    calm = direct.answer()
    direct.patient.show(RED)
    bulb.packets.clear()
    direct.patient.restore(calm)
    commands = [kind for _, kind in bulb.packets if kind in (COLOUR, POWER)]
    assert commands == [POWER, COLOUR]


def test_lamp_without_colours_flashes_in_its_own_white(bulb: bulbs.LifxEmulator) -> None:
    with bulbs.direct(LifxBulb(bulb.address, bulbs.WHITE_SERIAL)) as direct:
        direct.answer()
        direct.patient.show(RED)
        shown = bulb.white.state.color
        assert (shown.saturation, shown.brightness, shown.kelvin) == (0, 65535, 2703)
        assert direct.answer().mired == pytest.approx(1e6 / 2703)


def test_command_that_is_lost_is_not_sent_again(
    bulb: bulbs.LifxEmulator, direct: bulbs.Direct
) -> None:
    bulb.fail(drop_packets={COLOUR: 1.0})
    with pytest.raises(UnavailableError, match="no answer within 150 ms"):
        direct.lamp.show(RED)
    direct.answer()
    assert [kind for _, kind in bulb.packets].count(COLOUR) == 1


def test_question_that_is_lost_is_asked_again(
    bulb: bulbs.LifxEmulator, direct: bulbs.Direct
) -> None:
    bulb.fail(drop_packets={QUESTION: 1.0})
    bulb.packets.clear()
    direct.said.clear()
    direct.lamp.ask()
    until(lambda: QUESTION in [kind for _, kind in bulb.packets], what="the question")
    bulb.fail()
    until(lambda: direct.said, what="the answer")


def test_lamp_that_confirms_late_is_heard_all_the_same(
    bulb: bulbs.LifxEmulator, direct: bulbs.Direct
) -> None:
    bulb.fail(response_delays={ACKNOWLEDGEMENT: 0.4})
    with pytest.raises(UnavailableError, match="no answer within 150 ms"):
        direct.lamp.show(RED)
    until(lambda: direct.said[-1].state.colour, what="the lamp's word")


@pytest.mark.parametrize(
    "scenario",
    [{"malformed_packets": [STATE]}, {"invalid_field_values": [STATE]}],
    ids=str,
)
def test_lamp_that_talks_nonsense_is_named_and_heard_again_later(
    bulb: bulbs.LifxEmulator, direct: bulbs.Direct, scenario: dict[str, object]
) -> None:
    bulb.fail(**scenario)
    direct.lamp.ask()
    until(lambda: direct.lamp.fault, what="the fault")
    bulb.fail()
    assert direct.answer().on


def test_lamp_of_another_serial_is_not_commanded(bulb: bulbs.LifxEmulator) -> None:
    with bulbs.direct(LifxBulb(bulb.address, "d073d5000009")) as direct:
        before = bulb.lamp.state.color
        with pytest.raises(UnavailableError):
            direct.lamp.show(RED)
        assert bulb.lamp.state.color == before
        assert direct.said == []


def test_lamp_that_changed_its_address_is_found_by_its_serial(bulb: bulbs.LifxEmulator) -> None:
    discover = partial(lifx.discover, broadcast="127.0.0.1", port=bulb.port)
    with (
        bulbs.silence() as before,
        bulbs.direct(LifxBulb(before, bulbs.LIFX_SERIAL), discover) as direct,
    ):
        direct.answer()
        direct.patient.show(RED)
        assert bulb.lamp.state.color.brightness == 65535


def test_who_answers_with_the_port_of_no_lamp_hides_no_lamp(bulb: bulbs.LifxEmulator) -> None:
    bulb.lamp.state.advertised_services = [(1, 22)]
    found = asyncio.run(lifx.discover(0.5, broadcast="127.0.0.1", port=bulb.port))
    assert [lamp.serial for lamp in found] == [bulbs.WHITE_SERIAL]


def test_discovery_finds_lamps_by_their_names(bulb: bulbs.LifxEmulator) -> None:
    found = asyncio.run(lifx.discover(0.5, broadcast="127.0.0.1", port=bulb.port))
    assert sorted(found, key=lambda lamp: lamp.serial) == [
        Found(serial=lamp.state.serial, address=bulb.address, name=lamp.state.label)
        for lamp in (bulb.lamp, bulb.white)
    ]
