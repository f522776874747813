import os
import socket
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from msgspec import convert

from contract.errors import UnavailableError
from contract.settings import load
from hub.broker_accounts import logins
from hub.settings import HubSettings, Web
from node import settings as node_settings
from soribit import home, plan
from tests.real import ROOT, free_port

DEMO = {"hub.toml": "demo-hub.toml", "kitchen.toml": "demo-kitchen.toml"} | {
    "nursery.toml": "demo-nursery.toml"
}
FREE_FOR_ALL = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
"""The first port that needs no root."""
VALUES = {"port": 1883, "web_port": 8765, "kind": "auto", "clips": home.CLIPS}


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    home.write(folder, DEMO, VALUES)
    home.make_secrets(folder / "hub.toml")
    return folder


def test_demo_home_has_no_faults(demo: Path) -> None:
    settings = load(demo / "hub.toml", HubSettings)
    assert {login.username for login in logins(settings)} == set(settings.accounts)


@pytest.mark.parametrize("room", ["kitchen", "nursery"])
def test_demo_node_plays_recordings_that_are_there(demo: Path, room: str) -> None:
    settings = node_settings.read(demo / f"{room}.toml")
    assert settings.node_id == room
    assert settings.audio.files
    assert settings.audio.loop


def test_demo_nodes_and_lamps_are_those_of_its_hub(demo: Path) -> None:
    settings = load(demo / "hub.toml", HubSettings)
    assert tuple(settings.rooms) == plan.DEMO_ROOMS
    assert {light.topic for light in settings.lights.values()} == {
        f"zigbee2mqtt/{room}_lamp" for room in plan.DEMO_ROOMS
    }


def test_first_home_of_ones_own_has_no_faults(tmp_path: Path) -> None:
    home.write(tmp_path, {"hub.toml": "home-hub.toml"}, {})
    home.make_secrets(tmp_path / "hub.toml")
    assert logins(load(tmp_path / "hub.toml", HubSettings))


def test_examples_in_the_first_home_are_settings_when_uncommented(tmp_path: Path) -> None:
    home.write(tmp_path, {"hub.toml": "home-hub.toml"}, {})
    lines = (tmp_path / "hub.toml").read_text().splitlines()
    code = [line[2:] for line in lines if line.startswith(("# [", "# ")) and is_toml(line[2:])]
    settings = convert(tomllib.loads("\n".join(code)), HubSettings)
    assert (set(settings.rooms), set(settings.lights)) == ({"kitchen"}, {"kitchen-lamp"})


def is_toml(line: str) -> bool:
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False
    return not line.startswith(" ")


def test_secrets_are_long_differ_and_only_we_can_read_them(demo: Path) -> None:
    paths = list((demo / "secrets").iterdir())
    assert len({path.read_text() for path in paths}) == len(paths) == 5
    assert min(len(path.read_text()) for path in paths) >= 43
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert stat.S_IMODE(demo.stat().st_mode) == 0o700


def test_secrets_stay_when_the_home_is_written_again(demo: Path) -> None:
    before = (demo / "secrets" / "hub.password").read_text()
    home.write(demo, DEMO, VALUES)
    home.make_secrets(demo / "hub.toml")
    assert (demo / "secrets" / "hub.password").read_text() == before


def test_secret_that_could_not_be_written_is_not_there_at_all(tmp_path: Path) -> None:
    hub_toml, secret = tmp_path / "hub.toml", tmp_path / "hub.password"
    hub_toml.write_text(f'[accounts.hub]\npassword_file = "{secret}"\n')
    full_disk = (
        "import pathlib, resource, sys; from soribit import home;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        "home.make_secrets(pathlib.Path(sys.argv[1]))"
    )
    line = [sys.executable, "-c", full_disk, str(hub_toml)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "File too large" in done.stderr
    assert not secret.exists()
    home.make_secrets(hub_toml)
    assert len(secret.read_text()) >= 43


def test_secret_that_lies_elsewhere_is_its_owners(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    hub_toml = tmp_path / "home" / "hub.toml"
    hub_toml.write_text(f'[accounts.hub]\npassword_file = "{tmp_path}/elsewhere"\n')
    home.make_secrets(hub_toml)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("text", ["accounts = 3", "[accounts]\nhub = 3", "not TOML", ""])
def test_faulty_settings_are_left_to_the_hub(tmp_path: Path, text: str) -> None:
    (tmp_path / "hub.toml").write_text(text)
    home.make_secrets(tmp_path / "hub.toml")
    assert [path.name for path in tmp_path.iterdir()] == ["hub.toml"]


def test_taken_port_moves_to_the_next_free_one() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert home.free_port(port) > port


def test_port_that_is_taken_on_every_address_is_seen() -> None:
    port = free_port()
    with socket.create_server(("", port)):
        assert not home.is_free(port)


@pytest.mark.skipif(int(FREE_FOR_ALL.read_text()) <= 80, reason="every user may open port 80 here")
def test_port_that_needs_root_is_not_called_taken(tmp_path: Path) -> None:
    bare = ["setpriv", "--bounding-set=-net_bind_service"] if os.geteuid() == 0 else []
    line = [*bare, sys.executable, "-m", "soribit", "up", "--port", "80", "--state", str(tmp_path)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "port 80 needs root; choose one above 1023\n"


@pytest.mark.parametrize("words", [["--demo"], []])
def test_folder_that_cannot_be_made_is_one_sentence(words: list[str]) -> None:
    line = [sys.executable, "-m", "soribit", "up", *words, "--state", "/proc/nowhere"]
    line += ["--port", str(free_port())]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("/proc/nowhere")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("typed", ["abc", "0", "99999", "²"])
def test_port_that_is_none_is_told(typed: str) -> None:
    line = [sys.executable, "-m", "soribit", "up", "--port", typed]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith(f"{typed!r} is no TCP port; give one of 1..65535\n")


def test_no_free_port_is_one_sentence() -> None:
    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(UnavailableError, match=f"from {port} to {port}"),
    ):
        home.free_port(port, tries=1)


def test_defaults_are_those_of_the_hub() -> None:
    assert Web().port == plan.DASHBOARD_PORT
    assert HubSettings().broker.port == plan.BROKER_PORT
