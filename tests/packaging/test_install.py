"""The installation on a real Debian with a systemd of its own: `make test-install`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import container
from tests.container import Container
from tests.real import ROOT, need, until

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900), pytest.mark.enable_socket]

PYTHON = "3.11"
"""That of Debian 12."""
INSTALL = "/srv/.venv/bin/soribit service install home --wheel /wheels/soribit-*.whl"
PARTS = ("broker", "hub", "node")
WIZ = """[lights.hall]
name = "Hall"
driver = "wiz"
address = "192.168.1.20"
serial = "a8bb5006033d"
"""
"""A lamp whose library an upgrade must bring."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel and all that it needs."""
    need(container.can_boot(), "root, debootstrap and systemd-nspawn")
    folder = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder), str(ROOT)], check=True)
    (ours,) = folder.glob("soribit-*.whl")
    what = ["--python-version", PYTHON, "--only-binary=:all:", "-d", str(folder)]
    subprocess.run([*pip, "download", *what, f"{ours}[hub,lifx,node,wiz]"], check=True)
    return folder


def installed(debian: Container) -> str:
    debian.does("systemctl disable --now mosquitto")
    debian.does("python3 -m venv /srv/.venv && /srv/.venv/bin/pip install -q soribit")
    return debian.does(f"{INSTALL} --node-id kitchen --room Kitchen")


@pytest.fixture(scope="module")
def home(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    with container.booted("bookworm", wheels, tmp_path_factory.mktemp("home")) as debian:
        assert "Starting soribit-node.service" in installed(debian)
        yield debian


def pid(debian: Container, part: str) -> int:
    """The process of a part that is up, else 0."""
    shown = debian.does(f"systemctl show -p MainPID -p ActiveState --value soribit-{part}")
    number, state = sorted(shown.split())
    return int(number) if state == "active" else 0


def test_three_services_run_and_say_how_they_are(home: Container) -> None:
    until(lambda: all(pid(home, part) for part in PARTS), within_s=60)

    def status(part: str) -> str:
        return home.does(f"systemctl show -p StatusText --value soribit-{part}")

    assert status("hub").endswith(" of 1")
    assert "microphone_missing" in status("node")


def test_services_start_with_the_machine(home: Container) -> None:
    units = " ".join(f"soribit-{part}" for part in PARTS)
    assert home.does(f"systemctl is-enabled {units}").split() == ["enabled"] * 3


@pytest.mark.parametrize("part", PARTS)
def test_part_that_is_killed_runs_again(home: Container, part: str) -> None:
    until(lambda: pid(home, part), within_s=60)
    killed = pid(home, part)
    home.does(f"kill -9 {killed}")
    until(lambda: pid(home, part) not in (0, killed), within_s=60, what="its return")


@pytest.mark.parametrize("part", ["hub", "node"])
def test_part_that_hangs_is_started_again(home: Container, part: str) -> None:
    until(lambda: pid(home, part), within_s=60)
    frozen = pid(home, part)
    home.does(f"kill -STOP {frozen}")
    until(lambda: pid(home, part) not in (0, frozen), within_s=90, what="its return")


def test_microphones_are_shown_to_whom_the_settings_are_closed(home: Container) -> None:
    done = home.run("runuser -u nobody -- soribit devices --seconds 1")
    assert done.returncode == 0
    assert "is closed to this user" in done.stderr
    assert "no microphone is connected" in done.stderr


def test_second_installation_upgrades_and_keeps_settings(home: Container) -> None:
    home.does(f"cat >> /etc/soribit/hub.toml <<'END'\n{WIZ}END")
    before = home.does("cat /etc/soribit/hub.toml /etc/soribit/node.toml")
    said = home.does(INSTALL)
    assert "Keeping the former environment as /opt/soribit.old" in said
    assert home.does("cat /etc/soribit/hub.toml /etc/soribit/node.toml") == before
    until(lambda: all(pid(home, part) for part in PARTS), within_s=60)


def test_settings_with_faults_stop_nothing(home: Container) -> None:
    until(lambda: all(pid(home, part) for part in PARTS), within_s=60)
    before = [pid(home, part) for part in PARTS]
    home.does("cp -p /etc/soribit/hub.toml /srv && echo 'lann = 1' | "
              "cat - /srv/hub.toml > /etc/soribit/hub.toml")  # fmt: skip
    done = home.run(INSTALL)
    home.does("cp -p /srv/hub.toml /etc/soribit")
    assert done.returncode == 2
    assert "did you mean 'lan'?" in done.stderr
    assert [pid(home, part) for part in PARTS] == before


def test_purge_leaves_nothing(wheels: Path, tmp_path: Path) -> None:
    with container.booted("bookworm", wheels, tmp_path) as debian:
        look = "find /etc /opt /usr /var -name '*soribit*'; getent passwd soribit"
        before = debian.run(look).stdout
        installed(debian)
        assert debian.run(look).stdout != before
        debian.does("soribit service remove --purge")
        left = debian.run(look).stdout.splitlines()
        assert [line for line in left if not line.startswith("/var/log/")] == before.splitlines()
