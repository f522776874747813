import asyncio
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

import pytest

from contract.errors import UnavailableError
from hub.commands.lamps import flash_twice, search, tables
from hub.lights import wiz
from hub.lights.port import DARK, FULL, LampReport, LampState, Look
from hub.lights.search import Discover, Found
from hub.settings import Light
from tests.hub.house import House
from tests.hub.lights import bulbs
from tests.hub.lights.fake_lamp import FakeLamp
from tests.real import ROOT, free_port, running_as, until

PIP = f"{sys.executable} -m pip install"
CALM = LampState(on=False, brightness=33, mired=400)


def hub(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "hub", *words]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def test_lamp_that_was_found_is_a_table_to_paste() -> None:
    found = [
        Found(serial="d073d5000001", address="192.168.1.21", name='Tom\'s "desk"\n거실'),
        Found(serial="d073d5000002", address="192.168.1.22:56701"),
    ]
    assert tomllib.loads(tables("lifx", found, {})) == {
        "lights": {
            "lifx-000001": {
                "name": 'Tom\'s "desk" 거실',
                "driver": "lifx",
                "address": "192.168.1.21",
                "serial": "d073d5000001",
            },
            "lifx-000002": {
                "name": "LIFX 000002",
                "driver": "lifx",
                "address": "192.168.1.22:56701",
                "serial": "d073d5000002",
            },
        }
    }


def test_lamp_of_the_settings_is_named_instead() -> None:
    hall = Light(name="Hall", driver="wiz", address="10.0.0.1", serial="A8:BB:50:06:03:3D")
    found = [Found(serial="a8bb5006033d", address="10.0.0.9")]
    assert tables("wiz", found, {"hall": hall}) == "# lights.hall is at 10.0.0.9\n\n"


def test_all_families_are_searched_for_and_a_failure_hides_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def fails(for_s: float, *, broadcast: str = "") -> list[Found]:  # noqa: ARG001
        raise UnavailableError("the network is away")

    with bulbs.far_side() as far, bulbs.wiz(far) as bulb:
        searches: dict[str, Discover] = {
            "lifx": fails,
            "wiz": partial(wiz.discover, port=bulb.port),
        }
        found = asyncio.run(search(searches, 0.5, broadcast="127.0.0.1"))
    assert found == {"wiz": [Found(serial=bulbs.WIZ_SERIAL, address=bulb.address)]}
    assert capsys.readouterr().err == "the network is away\n"


@pytest.mark.parametrize(
    ("absent", "code", "advice"),
    [
        ({"pywizlight", "lifx"}, 2, f"run: {PIP} 'soribit[wiz,lifx]'"),
        ({"lifx"}, 1, f"LIFX lamps are not searched for; run: {PIP} 'soribit[lifx]'"),
    ],
)
def test_search_without_a_library_names_it(absent: set[str], code: int, advice: str) -> None:
    done = without(absent, "find-lamps", "--for", "0.5", "--broadcast", "127.0.0.1")
    assert done.returncode == code
    assert advice in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


def test_settings_whose_driver_is_not_installed_are_refused_before_use(tmp_path: Path) -> None:
    table = '[lights.hall]\nname = "Hall"\ndriver = "wiz"\naddress = "10.0.0.1"\n'
    path = write(tmp_path, f'{table}serial = "{bulbs.WIZ_SERIAL}"\n')
    done = without({"pywizlight"}, "check-config", str(path))
    assert done.returncode == 2
    assert done.stderr == (
        f"{path}: lights.hall.driver = 'wiz': what it needs is not installed; "
        f"run: {PIP} 'soribit[wiz]'\n"
    )


def without(libraries: set[str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the hub on a machine where some libraries are not installed."""
    code = (
        f"import sys; sys.modules |= dict.fromkeys({libraries!r}); sys.argv = ['hub', *{words!r}]; "
        "from hub.__main__ import main; sys.exit(main())"
    )
    line = [sys.executable, "-c", code]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def test_lamp_of_the_home_that_up_made_is_known(tmp_path: Path) -> None:
    table = '[lights.hall]\nname = "Hall"\ntopic = "zigbee2mqtt/hall"\n'
    (tmp_path / "hub.toml").write_text(f"{table}[broker]\nport = {free_port()}\n")
    assert "known: hall" in hub("try-lamp", "attic", "--state", str(tmp_path)).stderr


def test_nothing_found_is_one_sentence() -> None:
    done = hub("find-lamps", "--for", "0.5", "--broadcast", "127.0.0.1")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("no WiZ or LIFX lamp answered; check that each has power")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("for_s", ["nan", "inf", "0", "61"])
def test_search_that_would_not_end_is_one_sentence(for_s: str) -> None:
    done = hub("find-lamps", "--for", for_s)
    assert done.returncode == 2
    assert done.stderr.endswith(f"argument --for: give up to 60 seconds, not {for_s}\n")


def test_name_of_a_lamp_gives_no_orders_to_a_terminal() -> None:
    found = [Found(serial="d073d5000001", address="10.0.0.9", name="De\x1b]0;\x07sk\x9b2J\x7f")]
    assert (
        tomllib.loads(tables("lifx", found, {}))["lights"]["lifx-000001"]["name"] == "De ]0; sk 2J"
    )


def test_broadcast_address_that_is_none_is_one_sentence() -> None:
    done = hub("find-lamps", "--for", "0.5", "--broadcast", "nowhere")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_lamp_flashes_twice_and_is_put_back() -> None:
    said: list[LampReport] = []
    lamp, pauses = FakeLamp("hall", CALM, said.append), list[float]()
    flash_twice(lamp, CALM, pauses.append)
    lit = Look("#8a3ffc", FULL)
    assert lamp.looks == [lit, DARK, lit, DARK]
    assert pauses == [0.5] * 4
    assert lamp.state == CALM


def test_lamp_is_put_back_though_the_trial_was_broken_off() -> None:
    def stop(_: float) -> None:
        raise UnavailableError("it is enough")

    lamp = FakeLamp("hall", CALM, lambda _: None)
    with pytest.raises(UnavailableError):
        flash_twice(lamp, CALM, stop)
    assert lamp.state == CALM


def write(folder: Path, table: str) -> Path:
    path = folder / "tried.toml"
    path.write_text(f"[web]\nport = {free_port()}\n{table}")
    return path


def test_lamp_of_the_settings_is_tried(tmp_path: Path) -> None:
    with bulbs.far_side() as far, bulbs.wiz(far) as bulb:
        table = f'[lights.hall]\nname = "Hall"\ndriver = "wiz"\naddress = "{bulb.address}"\n'
        path = write(tmp_path, f'{table}serial = "{bulbs.WIZ_SERIAL}"\n')
        done = hub("try-lamp", "hall", "--config", str(path))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("it answers after ")
        assert [params["state"] for _, params in bulb.told] == [True, False, True, False, True]
        assert (bulb.pilot["temp"], bulb.pilot["dimming"]) == (2703, 47)


def test_lamp_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    with bulbs.silence() as nobody:
        table = f'[lights.hall]\nname = "Hall"\ndriver = "lifx"\naddress = "{nobody}"\n'
        path = write(tmp_path, f'{table}serial = "{bulbs.LIFX_SERIAL}"\n')
        done = hub("try-lamp", "hall", "--config", str(path))
    assert done.returncode == 1
    assert done.stderr == f"does not answer at {nobody}; check that it has power\n"


def test_unknown_lamp_is_one_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, '[lights.hall]\nname = "Hall"\ntopic = "zigbee2mqtt/hall"\n')
    done = hub("try-lamp", "hal", "--config", str(path))
    assert done.returncode == 2
    assert done.stderr == "lights.hal is not in the settings; known: hall\n"


def test_lamp_behind_the_broker_is_tried_while_no_hub_runs(house: House, tmp_path: Path) -> None:
    path = tmp_path / "tried.toml"
    path.write_text(f"{house.broker.config.read_text()}\n[web]\nport = {free_port()}\n")
    where = ("--config", str(path), "--state", str(tmp_path))
    with running_as(tmp_path / "hub.pid"):
        assert "the hub runs and holds its account" in hub("try-lamp", "lamp", *where).stderr
    done = hub("try-lamp", "lamp", *where)
    assert (done.returncode, done.stderr) == (0, "")
    until(lambda: len(house.commands) == 5, what="the last command")
    assert [command["state"] for command in house.commands] == ["ON", "OFF", "ON", "OFF", "ON"]
