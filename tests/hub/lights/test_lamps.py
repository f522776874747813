import logging
import sys
import time
from collections.abc import Callable
from functools import partial

import psutil
import pytest

from contract.errors import UnavailableError
from contract.mqtt import Account, MqttLink
from hub.lights.lamps import Lamps, missing
from hub.lights.loop import LampLoop
from hub.lights.port import DARK, DEADLINE_S, FULL, LampReport, LampState, Look
from hub.settings import Light
from tests.hub.lights import bulbs
from tests.real import until

RED = Look("#ff2a1a", FULL)
PIP = f"{sys.executable} -m pip install"
NOT_INSTALLED = {"wiz": "no_such_library", "lifx": "no_such_library"}
HALL = Light(name="Hall", driver="wiz", address="127.0.0.1:9999", serial="a8bb5006033d")
LINK = MqttLink(Account(port=1), client_id="hub")


@pytest.mark.parametrize("driver", ["wiz", "lifx"])
def test_lamp_that_never_answers_holds_its_worker_no_longer_than_the_deadline(driver: str) -> None:
    with bulbs.silence() as nobody:
        said: list[LampReport] = []
        light = Light(name="Gone", driver=driver, address=nobody, serial=bulbs.LIFX_SERIAL)  # type: ignore[arg-type]
        lamps = Lamps({"gone": light}, LINK, said.append)
        lamps.start()
        lamp = lamps.lamps["gone"]
        commands: list[Callable[[], None]] = [
            partial(lamp.show, RED),
            partial(lamp.show, DARK),
            partial(lamp.restore, LampState(on=True)),
        ]
        for command in commands:
            began_s = time.monotonic()
            with pytest.raises(UnavailableError, match="no answer within 150 ms"):
                command()
            assert time.monotonic() - began_s < DEADLINE_S
        until(lambda: lamp.fault, what="the fault")
        assert lamp.fault == f"does not answer at {nobody}; check that it has power"
        assert said == []
        lamps.stop()


def test_lamp_whose_library_is_missing_says_so_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lights = {"hall": HALL, "attic": Light(name="Attic", topic="zigbee2mqtt/attic")}
    with caplog.at_level(logging.WARNING):
        lamps = Lamps(lights, LINK, lambda _: None, NOT_INSTALLED)
    advice = f"what it needs is not installed; run: {PIP} 'soribit[wiz]'"
    assert caplog.messages == [f"lights.hall.driver = 'wiz': {advice}"]
    assert list(lamps.lamps) == ["hall", "attic"]
    hall = lamps.lamps["hall"]
    for call in (partial(hall.show, RED), partial(hall.restore, LampState(on=True)), hall.ask):
        with pytest.raises(UnavailableError, match="pip install"):
            call()
    assert hall.fault == advice


def test_what_is_missing_is_said_for_each_lamp() -> None:
    strip = Light(name="Strip", driver="lifx", address="10.0.0.7", serial="d073d5000001")
    assert missing({"hall": HALL, "strip": strip}, NOT_INSTALLED) == [
        f"lights.hall.driver = 'wiz': what it needs is not installed; run: {PIP} 'soribit[wiz]'",
        f"lights.strip.driver = 'lifx': what it needs is not installed; run: {PIP} 'soribit[lifx]'",
    ]
    assert missing({"hall": HALL, "strip": strip}) == []


def test_loop_that_has_ended_is_unavailable() -> None:
    loop = LampLoop()
    loop.start()
    loop.stop()
    with pytest.raises(UnavailableError, match="has ended"):
        loop.call(nothing, within_s=1.0)


async def nothing() -> None:
    pass


def test_lamps_that_were_never_started_can_be_stopped() -> None:
    Lamps({"hall": HALL}, LINK, lambda _: None).stop()


def test_lamp_that_is_let_go_of_while_it_is_asked_leaves_no_socket_open() -> None:
    ours = psutil.Process()
    with bulbs.far_side() as far, bulbs.wiz(far) as bulb:
        before = len(ours.net_connections("udp"))
        light = Light(name="Hall", driver="wiz", address=bulb.address, serial=bulbs.WIZ_SERIAL)
        for _ in range(20):
            lamps = Lamps({"hall": light}, LINK, lambda _: None)
            lamps.start()
            lamps.lamps["hall"].ask()
            lamps.stop()
            with pytest.raises(UnavailableError):
                lamps.lamps["hall"].show(DARK)
        assert len(ours.net_connections("udp")) == before
