"""Who belongs to the home, as its owner says it at the command line."""

import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract import topics
from contract.mqtt import Account
from hub import broker_mosquitto
from hub.broker_accounts import SALT_BYTES, hashed
from node import settings as node_settings
from tests.brokers import Peer, tell
from tests.real import ROOT, free_port, listens, need, until

Done = subprocess.CompletedProcess[str]
HOME = """\
# Ours.
[accounts.hub]
role = "hub"
password_file = "{folder}/hub.password"
[rooms.hall]
name = "Hall"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a home that does not run, with hub.toml in it."""
    (tmp_path / "hub.password").write_text("secret of hub")
    (tmp_path / "hub.toml").write_text(HOME.format(folder=tmp_path))
    return tmp_path


def soribit(home: Path, *words: str) -> Done:
    line = [sys.executable, "-m", "soribit", "hub", *words, "--state", str(home)]
    line += ["--config", str(home / "hub.toml")]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def test_what_is_printed_for_a_node_is_its_whole_settings_file(home: Path) -> None:
    done = soribit(home, "add-node", "kitchen")
    path = home / "node.toml"
    path.touch(mode=0o640)
    path.write_text(done.stdout)
    settings = node_settings.read(path)
    password = (home / "secrets" / "kitchen.password").read_text().strip()
    assert done.returncode == 0
    assert (settings.node_id, settings.broker.password) == ("kitchen", password)
    assert len(password) == 43


@pytest.mark.parametrize(
    "words", [["add-node", "kitchen"], ["add-device", "bridge", "--kind", "zigbee2mqtt"]]
)
def test_a_file_that_a_password_goes_into_is_closed_to_others(home: Path, words: list[str]) -> None:
    told = home / "told"
    line = [sys.executable, "-m", "soribit", "hub", *words, "--config", str(home / "hub.toml")]
    with told.open("w") as out:
        told.chmod(0o644)
        subprocess.run([*line, "--state", str(home)], cwd=ROOT, stdout=out, check=True)
    assert "password" in told.read_text()
    assert stat.S_IMODE(told.stat().st_mode) == 0o600


def test_a_node_stands_in_hub_toml_with_its_room(home: Path) -> None:
    soribit(home, "add-node", "back-door")
    soribit(home, "add-node", "stairs", "--room", "hall")
    soribit(home, "add-node", "oven", "--room", "kitchen", "--name", "Our kitchen")
    table = tomllib.loads((home / "hub.toml").read_text())
    assert table["rooms"] == {
        "hall": {"name": "Hall", "nodes": ["stairs"]},
        "back-door": {"name": "Back door", "nodes": ["back-door"]},
        "kitchen": {"name": "Our kitchen", "nodes": ["oven"]},
    }
    assert table["accounts"]["oven"] == {
        "role": "node",
        "password_file": f"{home}/secrets/oven.password",
    }
    assert (home / "hub.toml").read_text().startswith("# Ours.\n")


def test_only_the_service_can_read_a_password(home: Path) -> None:
    soribit(home, "add-node", "kitchen")
    assert stat.S_IMODE((home / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "secrets" / "kitchen.password").stat().st_mode) == 0o600


def test_password_is_shown_on_stdout_and_nowhere_else(home: Path) -> None:
    done = soribit(home, "add-node", "kitchen")
    password = (home / "secrets" / "kitchen.password").read_text().strip()
    assert done.stdout.count(password) == 1
    assert password not in done.stderr
    assert password not in (home / "hub.toml").read_text()


def test_a_node_is_let_in_once_and_again_only_on_purpose(home: Path) -> None:
    first = soribit(home, "add-node", "kitchen").stdout
    refused = soribit(home, "add-node", "kitchen")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "node 'kitchen' is known already; --again makes new settings, and ends the old ones\n"
    )
    before = (home / "hub.toml").read_text()
    again = soribit(home, "add-node", "kitchen", "--again")
    assert tomllib.loads(again.stdout)["broker"] != tomllib.loads(first)["broker"]
    assert (home / "hub.toml").read_text() == before


def test_a_revoked_node_gets_new_settings_by_the_words_of_its_log(home: Path) -> None:
    soribit(home, "add-node", "kitchen")
    soribit(home, "revoke", "kitchen")
    assert tomllib.loads(soribit(home, "add-node", "kitchen", "--again").stdout)["broker"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add-node", "Kitchen 1"), "node 'Kitchen 1': use 1 to 32 of a-z, 0-9 and -, for example"),
        (("add-node", "주방"), "node '주방': use 1 to 32 of a-z, 0-9 and -\n"),
        (("add-node", "x" * 33), "use 1 to 32"),
        (("add-node", "attic", "--room", "../etc"), "room '../etc': use 1 to 32"),
        (("add-node", "hub"), "'hub' is the account of a hub; give the node another name"),
        (("add-node", "lamp"), "'lamp' is the account of a lamp; give the node another name"),
        (("add-node", "stairs", "--room", "hall"), "'stairs' listens in room 'attic' already"),
        (("add-node", "new", "--room", "hall", "--name", "Floor"), "is called 'Hall' already"),
        (("add-node", "new", "--name", "x" * 41), "rooms.new.name = "),
        (("add-device", "lamp", "--kind", "display"), "there is an account 'lamp' already"),
        (("add-device", "band", "--kind", "toaster"), "invalid choice: 'toaster'"),
        (("add-device", "z", "--kind", "zigbee2mqtt", "--topic", "#"), "accounts.z.topic = '#'"),
        (("revoke", "hub"), "'hub' is the hub's own account"),
        (("revoke", "attic"), "there is no node or device 'attic'; known here: lamp"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    home: Path, words: tuple[str, ...], sentence: str
) -> None:
    with (home / "hub.toml").open("a") as file:
        file.write('[accounts.lamp]\nrole = "lamp"\ntopic = "z/lamp"\npassword_file = "lamp"\n')
        file.write('[rooms.attic]\nname = "Attic"\nnodes = ["stairs"]\n')
    before = (home / "hub.toml").read_text()
    done = soribit(home, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert (home / "hub.toml").read_text() == before


def test_who_is_revoked_leaves_room_and_secret_behind_empty(home: Path) -> None:
    soribit(home, "add-node", "kitchen")
    done = soribit(home, "revoke", "kitchen")
    table = tomllib.loads((home / "hub.toml").read_text())
    assert done.returncode == 0
    assert table["rooms"]["kitchen"] == {"name": "Kitchen", "nodes": []}
    assert set(table["accounts"]) == {"hub"}
    assert list((home / "secrets").iterdir()) == []


def test_revoking_again_tells_the_broker_again(home: Path) -> None:
    soribit(home, "add-node", "kitchen")
    soribit(home, "revoke", "kitchen")
    again = soribit(home, "revoke", "kitchen")
    assert again.returncode == 2
    assert "The broker does not run now" in again.stderr
    assert "there is no node or device 'kitchen'" in again.stderr


def test_password_file_that_is_the_owners_is_left_to_him(home: Path) -> None:
    (home / "mine").write_text("a secret")
    with (home / "hub.toml").open("a") as file:
        file.write(f'[accounts.attic]\nrole = "node"\npassword_file = "{home}/mine"\n')
    assert soribit(home, "revoke", "attic").returncode == 0
    assert (home / "mine").exists()


def test_loopback_is_said_to_be_no_use_for_another_machine(home: Path) -> None:
    done = soribit(home, "add-node", "kitchen")
    assert tomllib.loads(done.stdout)["broker"]["host"] == "127.0.0.1"
    assert 'set lan = "auto"' in done.stderr
    assert "set lan" not in soribit(home, "add-node", "attic", "--here").stderr


def test_home_network_that_is_not_there_stops_before_anything_is_changed(home: Path) -> None:
    text = f'lan = "192.168.255.254"\n{(home / "hub.toml").read_text()}'
    (home / "hub.toml").write_text(text)
    done = soribit(home, "add-node", "kitchen")
    assert done.returncode == 1
    assert "is not an address of this machine now" in done.stderr
    assert (home / "hub.toml").read_text() == text


def test_without_a_home_it_is_said_what_to_do_first(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "soribit", "hub", "add-node", "kitchen"]
    env = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "start one with soribit up" in done.stderr


def test_home_that_up_made_is_found(home: Path) -> None:
    (home / "soribit").mkdir()
    (home / "hub.toml").rename(home / "soribit" / "hub.toml")
    line = [sys.executable, "-m", "soribit", "hub", "add-node", "kitchen"]
    env = os.environ | {"XDG_STATE_HOME": str(home)}
    done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert (home / "soribit" / "secrets" / "kitchen.password").exists()


def test_settings_with_faults_are_not_passed_on(home: Path) -> None:
    (home / "hub.password").unlink()
    done = soribit(home, "reload")
    assert done.returncode == 2
    assert f"{home}/hub.password': holds no password that can be read" in done.stderr


@pytest.fixture
def foreign(home: Path) -> Iterator[int]:
    """Somebody else's mosquitto with what `add-node` said to add there; its port."""
    program = broker_mosquitto.find()
    need(program, "mosquitto")
    port = free_port()
    with (home / "hub.toml").open("a") as file:
        file.write(f'[broker]\nkind = "external"\nport = {port}\n')
    rights, passwords = "", ""
    for node in ("kitchen", "nursery"):
        done = soribit(home, "add-node", node)
        rights += done.stderr.partition("form):\n")[2]
        passwords += _line(node, tomllib.loads(done.stdout)["broker"]["password"])
    (home / "acl").write_text(f"{rights}\nuser watch\ntopic read #\n")
    (home / "passwd").write_text(passwords + _line("watch", "secret"))
    (home / "foreign.conf").write_text(
        f"listener {port} 127.0.0.1\nuser root\npassword_file {home}/passwd\nacl_file {home}/acl\n"
    )
    process = subprocess.Popen([str(program), "-c", home / "foreign.conf"])
    until(lambda: listens(port), what="the broker's start")
    yield port
    process.terminate()
    process.wait(10)


def _line(user: str, password: str) -> str:
    return f"{user}:{hashed(password, b'x' * SALT_BYTES)}\n"


def test_on_a_foreign_broker_the_printed_rights_keep_nodes_apart(home: Path, foreign: int) -> None:
    passwords = {path.stem: path.read_text().strip() for path in (home / "secrets").iterdir()} | {
        "watch": "secret"
    }
    peers = {
        name: Peer(Account(port=foreign, username=name, password=password))
        for name, password in passwords.items()
    }
    watch, nursery = peers["watch"], peers["nursery"]
    watch.hear("soribit/#")
    for peer in peers.values():
        peer.link.start()
        assert peer.link.wait_up(20)
    for kind in (topics.node_event, topics.node_status, topics.node_health, topics.node_ack):
        nursery.link.publish(kind("kitchen"), b"planted", qos=1)
    tell(nursery, topics.node_event("nursery"), b"own", watch)
    for peer in peers.values():
        peer.link.stop()
    assert set(watch.payloads()) == {b"own"}


def test_on_a_foreign_broker_revoking_says_what_is_left_to_do(home: Path) -> None:
    with (home / "hub.toml").open("a") as file:
        file.write('[broker]\nkind = "external"\nhost = "192.168.1.5"\n')
    added = soribit(home, "add-node", "kitchen")
    assert tomllib.loads(added.stdout)["broker"]["host"] == "192.168.1.5"
    assert "user kitchen\n" in added.stderr
    assert "remove the account 'kitchen' there" in soribit(home, "revoke", "kitchen").stderr
