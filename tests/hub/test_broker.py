import asyncio
import base64
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from msgspec import convert

from contract.errors import SettingsError
from contract.settings import load
from hub import broker_amqtt, broker_mosquitto, broker_process
from hub.broker import decide
from hub.broker_accounts import hashed, logins
from hub.settings import HubBroker, HubSettings
from tests.brokers import HOME, start
from tests.real import ROOT, free_port, listens, need, until


def home(folder: Path, **tables: object) -> HubSettings:
    (folder / "password").write_text("a secret\n")
    account = {"role": "hub", "password_file": str(folder / "password")}
    return convert({"accounts": {"hub": account}} | tables, HubSettings)


def run_broker(folder: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "hub.toml").write_text(text)
    command = [sys.executable, "-m", "hub", "broker", "--config", f"{folder}/hub.toml"]
    return subprocess.run(
        [*command, "--state", str(folder), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_broker_on_another_machine_is_external() -> None:
    assert decide(HubBroker(host="192.168.1.5")) == "external"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_auto_takes_mosquitto_where_it_is_installed(host: str) -> None:
    expected = "mosquitto" if broker_mosquitto.find() else "amqtt"
    assert decide(HubBroker(host=host)) == expected


def test_broker_of_ours_opens_the_loopback_only() -> None:
    with pytest.raises(SettingsError, match=r"broker\.host = '0\.0\.0\.0': .* use 127\.0\.0\.1"):
        decide(HubBroker(host="0.0.0.0", kind="amqtt"))  # noqa: S104  # must be refused


def test_password_hash_is_the_one_that_mosquitto_passwd_makes() -> None:
    made = (
        "$7$101$uRw4RG3dB0LjkeJh$jtYWngQ3FdKknluXUouwdXSYuUosHpCu9eHb4KCnT8To1IWENZWsazZ/9iTXchEu"
        "qZGI2MdrzCG8NzBcVyaAig=="
    )
    assert hashed("a secret", base64.b64decode("uRw4RG3dB0LjkeJh")) == made


def test_hub_may_write_to_the_lamps_that_it_has(tmp_path: Path) -> None:
    light = {"topic": "tasmota/kitchen lamp", "name": "Lamp"}
    (hub,) = logins(home(tmp_path, lights={"lamp": light}))
    assert hub.may_write("tasmota/kitchen lamp/set")
    assert not hub.may_write("zigbee2mqtt/bridge/request/permit_join")


def test_lamp_has_the_topics_of_its_family_too(tmp_path: Path) -> None:
    lights = {
        "hall": {"topic": "tasmota_hall", "name": "Hall", "kind": "tasmota"},
        "attic": {"topic": "tasmota_attic", "name": "Attic", "kind": "tasmota"},
        "porch": {"topic": "porch/light/bulb", "name": "Porch", "kind": "esphome"},
    }
    password_file = str(tmp_path / "password")
    accounts = {
        "hub": {"role": "hub", "password_file": password_file},
        "hall": {"role": "lamp", "topic": "tasmota_hall", "password_file": password_file},
        "porch": {"role": "lamp", "topic": "porch", "password_file": password_file},
    }
    settings = home(tmp_path, lights=lights, accounts=accounts)
    by_name = {login.username: login for login in logins(settings)}
    hall, porch, hub = by_name["hall"], by_name["porch"], by_name["hub"]
    assert hall.may_read("cmnd/tasmota_hall/#")
    assert hall.may_write("stat/tasmota_hall/RESULT")
    assert hall.may_write("tele/tasmota_hall/LWT")
    assert not hall.may_write("cmnd/tasmota_attic/Power")
    assert not hall.may_read("stat/#")
    assert porch.may_write("porch/status")
    assert hub.may_write("cmnd/tasmota_attic/Backlog0")
    assert hub.may_read("tele/tasmota_hall/LWT")


@pytest.mark.parametrize("asked", ["#", "+/v1/#", "soribit/#", "soribit/+/node/kitchen/ack"])
def test_wider_filter_than_the_right_is_no_right(tmp_path: Path, asked: str) -> None:
    (hub,) = logins(home(tmp_path))
    assert not hub.may_read(asked)


@pytest.mark.parametrize(
    ("asked", "may"),
    [
        ("soribit/v1/node/+/status", True),
        ("soribit/v1/node/kitchen/status", True),
        ("homeassistant", True),
        ("homeassistant/+/lamp/#", True),
        ("soribit/v1/node/#", False),
        ("soribit/v1/node/+/+", False),
        ("soribit/v1/node/+/event", False),
        ("soribit/v1/node/kitchen/status/more", False),
        ("soribit/v1/+/kitchen/status", False),
        ("soribit/v1/node/+", False),
    ],
)
def test_filter_within_a_right_is_a_right(tmp_path: Path, asked: str, may: bool) -> None:
    account = {"role": "homeassistant", "password_file": str(tmp_path / "password")}
    (assistant,) = logins(home(tmp_path, accounts={"ha": account}))
    assert assistant.may_read(asked) is may


def test_every_password_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    accounts = {
        name: {"role": "node", "password_file": str(tmp_path / name)} for name in ("away", "empty")
    }
    with pytest.raises(SettingsError) as caught:
        logins(home(tmp_path, accounts=accounts))
    assert [fault.partition(" = ")[0] for fault in caught.value.faults] == [
        "accounts.away.password_file",
        "accounts.empty.password_file",
    ]


def test_fault_that_shows_when_the_broker_starts_names_its_file(tmp_path: Path) -> None:
    done = run_broker(tmp_path, '[broker]\nkind = "amqtt"\nhost = "0.0.0.0"\n')
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path}/hub.toml: broker.host = '0.0.0.0'")


def test_home_without_accounts_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"add \[accounts\.hub\]"):
        logins(HubSettings())


def test_every_option_of_a_listener_follows_it() -> None:
    addresses = ("127.0.0.1", "192.168.1.10")
    conf = broker_mosquitto.configuration(Path("/run"), addresses, 1883, as_root=False).splitlines()
    first = conf.index("listener 1883 127.0.0.1")
    assert conf[first:] == [
        "listener 1883 127.0.0.1",
        "max_connections 256",
        "use_username_as_clientid true",
        "listener 1883 192.168.1.10",
        "max_connections 256",
        "use_username_as_clientid true",
    ]
    assert not [line for line in conf[:first] if line.startswith(("max_conn", "use_user"))]


def test_only_we_can_read_the_brokers_files(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir(mode=0o755)
    broker_mosquitto.write(tmp_path / "broker", ("127.0.0.1",), 1883, logins(home(tmp_path)))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    modes.pop("password")
    assert modes == {"broker": 0o700, "mosquitto.conf": 0o600, "passwd": 0o600, "acl": 0o600}


def test_no_password_stands_in_the_brokers_files(tmp_path: Path) -> None:
    broker_mosquitto.write(tmp_path / "broker", ("127.0.0.1",), 1883, logins(home(tmp_path)))
    written = "".join(path.read_text() for path in (tmp_path / "broker").iterdir())
    assert "a secret" not in written


def test_external_broker_is_said_and_not_run(tmp_path: Path) -> None:
    done = run_broker(tmp_path, '[broker]\nkind = "external"\n')
    assert done.returncode == 0
    assert "the broker is external" in done.stderr


@pytest.mark.parametrize("kind", ["auto", "amqtt"])
def test_taken_port_is_one_clear_sentence(tmp_path: Path, kind: str) -> None:
    (tmp_path / "password").write_text("a secret")
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        done = run_broker(
            tmp_path,
            f'[broker]\nkind = "{kind}"\nport = {port}\n'
            f'[accounts.hub]\nrole = "hub"\npassword_file = "{tmp_path}/password"\n',
        )
    assert done.returncode == 1
    assert f"broker: port {port} on 127.0.0.1 is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_address_that_is_no_home_networks_is_one_sentence(tmp_path: Path) -> None:
    done = run_broker(tmp_path, "", "--lan", "8.8.8.8")
    assert done.returncode == 2
    assert done.stderr.startswith("--lan: lan = '8.8.8.8' is no IPv4 address of a home network")


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_home_network_that_is_not_there_is_not_waited_for(
    tmp_path: Path, kind: Literal["mosquitto", "amqtt"]
) -> None:
    need(kind == "amqtt" or broker_mosquitto.find(), "mosquitto")
    running = start(tmp_path, kind, 'lan = "192.168.255.254"\n' + HOME)
    assert broker_process.listens(tmp_path) == ("127.0.0.1",)
    assert "listens at 127.0.0.1 alone for now: lan = " in (tmp_path / "broker.log").read_text()
    running.stop()


def test_full_disk_leaves_the_home_its_broker_of_last_time(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    start(tmp_path, "mosquitto").stop()
    full_disk = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        "sys.argv[0] = 'hub'; runpy.run_module('hub', run_name='__main__')"
    )
    config = tmp_path / "hub.toml"
    port = load(config, HubSettings).broker.port
    line = [sys.executable, "-c", full_disk, "broker", "--config", str(config)]
    process = subprocess.Popen([*line, "--state", str(tmp_path)], cwd=ROOT)
    until(lambda: listens(port), what="the broker's start")
    process.terminate()
    assert process.wait(10) == 0


def test_connection_that_says_nothing_is_put_off(tmp_path: Path) -> None:
    async def silent(port: int) -> bytes:
        accounts = logins(home(tmp_path))
        broker = broker_amqtt.WalledBroker(accounts, ("127.0.0.1",), port, connect_s=0.1)
        await broker.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        got = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        await broker.shutdown()
        return got

    assert asyncio.run(silent(free_port())) == b""
