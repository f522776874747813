import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from contract.errors import UnavailableError
from hub.lights import wiz
from hub.lights.loop import LampLoop
from hub.lights.port import DARK, FULL, Look
from hub.lights.search import Found
from hub.lights.wiz import WizBulb
from hub.lights.wiz_pilot import RHYTHM
from tests.hub.lights import bulbs
from tests.real import until

RED = Look("#ff0000", FULL)
MODES: list[dict[str, object]] = [
    {"sceneId": 4, "speed": 120, "dimming": 31},
    {"sceneId": 11, "dimming": 100},
    {"temp": 2200, "dimming": 10},
    {"temp": 6500, "dimming": 77},
    {"r": 12, "g": 200, "b": 3, "c": 0, "w": 0, "dimming": 55},
    {"r": 255, "g": 120, "b": 0, "c": 7, "w": 90, "dimming": 1},
]
HOSTILE = [
    b"",
    b"\xff\xfe",
    b"[]",
    b"7",
    b"{" * 5000,
    b'{"method":"getPilot","result":7}',
    b'{"method":"getPilot","result":{"mac":5,"state":true}}',
    b'{"method":"getPilot","result":{"mac":"a8bb5006033d","state":"on"}}',
    b'{"method":"getPilot","result":{"mac":"a8bb5006033d","state":true,"dimming":1e999}}',
    b'{"method":"getPilot","error":7}',
    b'{"method":"getSystemConfig","result":[]}',
]


@pytest.fixture
def far() -> Iterator[LampLoop]:
    with bulbs.far_side() as loop:
        yield loop


@pytest.fixture
def bulb(far: LampLoop) -> Iterator[bulbs.WizEmulator]:
    with bulbs.wiz(far) as made:
        yield made


@pytest.fixture
def direct(bulb: bulbs.WizEmulator) -> Iterator[bulbs.Direct]:
    with bulbs.direct(WizBulb(bulb.address, bulbs.WIZ_SERIAL)) as made:
        made.answer()
        yield made


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("mode", MODES, ids=str)
def test_bulb_gets_back_exactly_what_it_showed(
    bulb: bulbs.WizEmulator, direct: bulbs.Direct, mode: dict[str, object], on: bool
) -> None:
    bulb.be(**mode, state=on)
    before = dict(bulb.pilot)
    calm = direct.answer()
    direct.patient.show(RED)
    direct.patient.show(DARK)
    direct.patient.restore(calm)
    assert bulb.pilot == before


def test_scene_that_follows_a_schedule_comes_back_as_one(
    bulb: bulbs.WizEmulator, direct: bulbs.Direct
) -> None:
    bulb.be(dimming=60, sceneId=0, schdPsetId=3)
    calm = direct.answer()
    direct.patient.restore(calm)
    assert bulb.told[-1][1]["sceneId"] == RHYTHM


def test_plug_is_told_on_and_off_alone(far: LampLoop) -> None:
    with (
        bulbs.wiz(far, bulbs.PLUG) as plug,
        bulbs.direct(WizBulb(plug.address, bulbs.WIZ_SERIAL)) as direct,
    ):
        plug.be(state=False)
        calm = direct.answer()
        direct.patient.show(RED)
        direct.patient.restore(calm)
        assert [params for _, params in plug.told] == [{"state": True}, {"state": False}]


def test_bulb_without_colours_flashes_in_its_own_white(far: LampLoop) -> None:
    with (
        bulbs.wiz(far, bulbs.TUNABLE) as bulb,
        bulbs.direct(WizBulb(bulb.address, bulbs.WIZ_SERIAL)) as direct,
    ):
        direct.answer()
        direct.patient.show(RED)
        assert [params for _, params in bulb.told] == [{"dimming": 100, "state": True}]
        assert direct.answer().mired == pytest.approx(1e6 / 2703)


def test_bulb_of_another_name_is_never_commanded(
    bulb: bulbs.WizEmulator, direct: bulbs.Direct
) -> None:
    bulb.pilot["mac"] = "a8bb50000001"
    direct.said.clear()
    direct.lamp.ask()
    until(lambda: "another lamp, 'a8bb50000001'" in direct.lamp.fault, what="the fault")
    for command in (
        partial(direct.lamp.show, RED),
        partial(direct.lamp.restore, bulbs.EVENING),
    ):
        with pytest.raises(UnavailableError, match="another lamp"):
            command()
    assert (bulb.told, direct.said) == ([], [])


def test_bulb_that_was_idle_is_asked_who_it_is_before_it_is_commanded(
    bulb: bulbs.WizEmulator,
) -> None:
    ours = WizBulb(bulb.address, bulbs.WIZ_SERIAL)
    ours.proof_s = -1.0  # as if the last answer were long ago
    with bulbs.direct(ours) as direct:
        direct.answer()
        bulb.pilot["mac"] = "a8bb50000001"
        with pytest.raises(UnavailableError, match="another lamp"):
            direct.lamp.show(RED)
    assert bulb.told == []


def test_bulb_that_changed_its_address_is_found_by_its_name(
    far: LampLoop, bulb: bulbs.WizEmulator
) -> None:
    with bulbs.wiz(far) as elsewhere:
        discover = partial(wiz.discover, broadcast="127.0.0.1", port=elsewhere.port)
        with bulbs.direct(WizBulb(bulb.address, bulbs.WIZ_SERIAL), discover) as direct:
            bulb.deaf = True
            direct.answer()
            direct.patient.show(RED)
            assert elsewhere.told
            assert direct.lamp.fault == ""
    assert bulb.told == []


@pytest.mark.parametrize("nonsense", HOSTILE, ids=repr)
def test_bulb_that_talks_nonsense_is_named_and_heard_again_later(
    bulb: bulbs.WizEmulator, direct: bulbs.Direct, nonsense: bytes
) -> None:
    bulb.says = nonsense
    direct.lamp.ask()
    until(lambda: direct.lamp.fault, what="the fault")
    bulb.says = None
    assert direct.answer().on


def test_command_that_is_lost_is_not_sent_again(
    bulb: bulbs.WizEmulator, direct: bulbs.Direct
) -> None:
    bulb.deaf = True
    with pytest.raises(UnavailableError, match="no answer within 150 ms"):
        direct.lamp.show(RED)
    until(lambda: direct.lamp.fault, what="the fault")
    bulb.deaf = False
    direct.answer()
    assert bulb.told == []


def test_discovery_finds_bulbs_and_passes_over_nonsense(far: LampLoop) -> None:
    with bulbs.wiz(far) as bulb:
        find = partial(wiz.discover, 0.5, broadcast="127.0.0.1", port=bulb.port)
        found = asyncio.run(find())
        bulb.says = b'{"result":{"mac":7}}'
        assert asyncio.run(find()) == []
    assert found == [Found(serial=bulbs.WIZ_SERIAL, address=bulb.address)]
