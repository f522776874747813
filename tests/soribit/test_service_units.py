import shutil
import subprocess
from pathlib import Path

import pytest

from soribit.service import units
from tests.real import need

LEAST_EXPOSED = "30"
"""Score 3.0 of 10, as systemd-analyze counts it."""


def unit(part: str, systemd: int = 252) -> str:
    return units.text(part, "/bin/true", systemd=systemd)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    need(shutil.which("systemd-analyze"), "systemd")
    line = ["systemd-analyze", "--no-pager", *words]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def here() -> int:
    """The version of the systemd that this machine has."""
    return int(analyze("--version").stdout.split()[1].partition(".")[0])


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    for part in units.PARTS:
        (tmp_path / units.name(part)).write_text(unit(part, here()))
    done = analyze("verify", *(str(tmp_path / units.name(part)) for part in units.PARTS))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("part", units.PARTS)
def test_unit_is_hardly_exposed(part: str, tmp_path: Path) -> None:
    path = tmp_path / units.name(part)
    path.write_text(unit(part, here()))
    done = analyze("security", "--offline=yes", f"--threshold={LEAST_EXPOSED}", str(path))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("part", units.PARTS)
def test_pauses_grow_where_systemd_can_and_are_constant_where_it_cannot(part: str) -> None:
    assert "RestartSteps=" not in unit(part, 252)
    assert "RestartSteps=" in unit(part, 254)
    assert "RestartSec=1\n" in unit(part, 252)


@pytest.mark.parametrize("part", units.PARTS)
def test_no_part_is_ever_given_up(part: str) -> None:
    assert "Restart=always" in unit(part)
    assert "StartLimitIntervalSec=0" in unit(part).partition("[Service]")[0]


@pytest.mark.parametrize("part", units.PARTS)
def test_no_part_waits_for_a_network(part: str) -> None:
    assert "network" not in unit(part)


@pytest.mark.parametrize("part", ["hub", "node"])
def test_loop_that_hangs_is_started_again_within_20_s(part: str) -> None:
    assert "WatchdogSec=20\n" in unit(part)


def test_broker_that_gives_no_signs_of_life_has_no_watchdog() -> None:
    assert "WatchdogSec" not in unit("broker")


def test_node_reaches_sound_cards_and_no_other_device() -> None:
    assert "DevicePolicy=closed\nDeviceAllow=char-116 rw\n" in unit("node")
    assert all("PrivateDevices=yes" in unit(part) for part in ("broker", "hub"))


@pytest.mark.parametrize("part", units.PARTS)
def test_no_core_dump_keeps_what_was_heard(part: str) -> None:
    assert "LimitCORE=0\n" in unit(part)
