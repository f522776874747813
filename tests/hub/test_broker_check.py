"""The trial of a broker's walls, on real brokers with and without them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract.errors import UnavailableError
from contract.mqtt import Account
from contract.settings import load
from hub import broker_check, broker_mosquitto
from hub.broker_accounts import Login, logins
from hub.settings import HubSettings
from tests import brokers
from tests.real import ROOT, free_port, listens, need, until

NODES = ("kitchen", "nursery")


@contextmanager
def foreign_broker(folder: Path, known: tuple[Login, ...], acl: str) -> Iterator[int]:
    """A mosquitto as its owner might run it, with these accounts and this acl_file."""
    program = broker_mosquitto.find()
    need(program, "mosquitto")
    port = free_port()
    broker_mosquitto.write(folder, ("127.0.0.1",), port, known)
    (folder / "acl").write_text(acl)
    conf = folder / "own.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/passwd\n"
        f"acl_file {folder}/acl\nuser root\n"
    )
    with (folder / "own.log").open("wb") as log:
        process = subprocess.Popen([str(program), "-c", str(conf)], stderr=log)
    until(lambda: listens(port), what="the broker's start")
    yield port
    process.terminate()
    process.wait(10)


@pytest.fixture
def known(tmp_path: Path) -> tuple[Login, ...]:
    lines = []
    for line in brokers.HOME.splitlines():
        lines.append(line)
        if line.startswith("[accounts."):
            password = tmp_path / f"{line[len('[accounts.') : -1]}.password"
            password.write_text(f"secret of {password.stem}")
            lines.append(f'password_file = "{password}"')
    path = tmp_path / "hub.toml"
    path.write_text("\n".join(lines))

    return logins(load(path, HubSettings))


def hub(port: int) -> Account:
    return Account(port=port, username="hub", password="secret of hub")  # noqa: S106


def test_a_broker_with_our_lines_lets_no_node_speak_as_another(
    tmp_path: Path, known: tuple[Login, ...]
) -> None:
    with foreign_broker(tmp_path, known, broker_mosquitto.access_list(known)) as port:
        assert broker_check.check(hub(port), NODES, known) == []


def test_a_broker_without_walls_is_told(tmp_path: Path, known: tuple[Login, ...]) -> None:
    with foreign_broker(tmp_path, known, "topic readwrite #\npattern readwrite #\n") as port:
        findings = broker_check.check(hub(port), NODES, known)
    faults = {(finding.username, finding.fault.split()[2].strip(",")) for finding in findings}
    assert ("kitchen", "soribit/v1/node/nursery/event") in faults
    assert ("nursery", "soribit/v1/hub/alert") in faults


def test_a_node_that_may_not_say_its_own_is_told(tmp_path: Path, known: tuple[Login, ...]) -> None:
    acl = broker_mosquitto.access_list(known).replace(
        "topic write soribit/v1/node/kitchen/event\n", ""
    )
    with foreign_broker(tmp_path, known, acl) as port:
        (finding,) = broker_check.check(hub(port), NODES, known)
    assert finding.fault == "may not write soribit/v1/node/kitchen/event"


def test_an_account_that_the_broker_does_not_know_is_told(
    tmp_path: Path, known: tuple[Login, ...]
) -> None:
    with foreign_broker(tmp_path, known, broker_mosquitto.access_list(known)) as port:
        stranger = [
            login if login.username != "nursery" else _other_password(login) for login in known
        ]
        (finding,) = broker_check.check(hub(port), NODES, stranger)
    assert finding.username == "nursery"
    assert "does it know this account" in finding.fault


def test_a_broker_that_is_away_is_one_sentence() -> None:
    with pytest.raises(UnavailableError, match="is the broker there"):
        broker_check.check(hub(free_port()), NODES, [])


def _other_password(login: Login) -> Login:
    return Login(username=login.username, password="other", reads=(), writes=())  # noqa: S106


def command(folder: Path, port: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Do a command of the hub about a home whose broker is its owner's."""
    config = folder / "own.toml"
    own = f'\n[broker]\nkind = "external"\nport = {port}\n'
    config.write_text((folder / "hub.toml").read_text() + own)
    line = [sys.executable, "-m", "soribit", "hub", *words, "--config", str(config)]
    line += ["--state", str(folder)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_lines_that_are_printed_pass_the_trial(
    tmp_path: Path, known: tuple[Login, ...]
) -> None:
    printed = command(tmp_path, free_port(), "acl").stdout
    with foreign_broker(tmp_path, known, printed) as port:
        done = command(tmp_path, port, "check-broker")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 nodes tried: each is heard, none can speak as another.\n"


def test_the_trial_names_who_may_do_what_and_the_way_out(
    tmp_path: Path, known: tuple[Login, ...]
) -> None:
    with foreign_broker(tmp_path, known, "topic readwrite #\npattern readwrite #\n") as port:
        done = command(tmp_path, port, "check-broker")
    told = "kitchen: may write soribit/v1/node/nursery/event, which is not its own"
    assert done.returncode == 1
    assert told in done.stdout.splitlines()
    assert "soribit hub acl prints" in done.stdout.splitlines()[-1]
    assert "secret of" not in done.stdout + done.stderr
