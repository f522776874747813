"""`soribit up` without the demo: a home of one's own."""

import os
import pty
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from contract.messages import encode
from contract.mqtt import Account
from contract.topics import node_ack, node_event
from hub.broker_process import listens
from tests.brokers import Peer
from tests.home_network import MAY_LOOK, our_address
from tests.node.events import event
from tests.real import ROOT, free_port, home_address, until

pytestmark = pytest.mark.timeout(180)


def up(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "soribit", "up", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[list[str], str]:
    """Wait for the address, press Ctrl-C; return all that was said, and what was complained of."""
    assert process.stdout
    assert process.stderr
    said = []
    for line in process.stdout:
        said.append(line.rstrip("\n"))
        if line.startswith("http://"):
            process.send_signal(signal.SIGINT)
    complaints = process.stderr.read()
    process.communicate(timeout=30)
    return said, complaints


def test_first_start_opens_an_empty_home_and_says_what_to_do_next(tmp_path: Path) -> None:
    port = free_port()
    process = up("--state", str(tmp_path), "--port", str(port))
    said, complaints = ended(process)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/" in said
    assert f"There is no room yet: {tmp_path}/hub.toml shows how to add one." in said
    assert complaints == ""


def test_own_settings_are_not_written_over(tmp_path: Path) -> None:
    first = up("--state", str(tmp_path), "--port", str(free_port()))
    ended(first)
    with (tmp_path / "hub.toml").open("a") as file:
        file.write('[rooms.hall]\nname = "Hall"\n')
    second = up("--state", str(tmp_path), "--port", str(free_port()))
    said, _ = ended(second)
    assert not [line for line in said if "no room" in line]
    assert "Hall" in (tmp_path / "hub.toml").read_text()


def test_faulty_settings_are_named_and_nothing_starts(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("[web]\nprot = 1\n[borker]\n")
    process = up("--config", str(tmp_path / "hub.toml"), "--state", str(tmp_path))
    said, complaints = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said == ""
    assert len(complaints.splitlines()) == 2
    assert "did you mean 'port'?" in complaints
    assert "did you mean 'broker'?" in complaints


def test_taken_broker_port_moves_to_the_next_free_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first, port = taken.getsockname()[1], free_port()
        (tmp_path / "hub.password").write_text("secret")
        (tmp_path / "hub.toml").write_text(
            f'[broker]\nport = {first}\npassword_file = "{tmp_path}/hub.password"\n'
            f'[accounts.hub]\nrole = "hub"\npassword_file = "{tmp_path}/hub.password"\n'
        )
        words = ("--config", f"{tmp_path}/hub.toml", "--state", str(tmp_path))
        process = up(*words, "--port", str(port))
        said, _ = ended(process)
    (line,) = (line for line in said if line.startswith("MQTT broker on 127.0.0.1:"))
    assert int(line.rpartition(":")[2]) > first


def test_home_is_opened_to_the_home_network_on_request_alone(tmp_path: Path) -> None:
    address = home_address()
    process = up("--state", str(tmp_path), "--port", str(free_port()), "--lan", address)
    said, complaints = ended(process)
    (line,) = (line for line in said if line.startswith("MQTT broker on 127.0.0.1:"))
    assert f" and {address}:" in line
    assert complaints == ""


def test_broker_of_up_moves_where_new_settings_say_and_is_there_again(tmp_path: Path) -> None:
    address = home_address()
    process = up("--state", str(tmp_path), "--port", str(free_port()))
    assert process.stdout
    said = iter(process.stdout.readline, "")
    next(line for line in said if line.startswith("http://"))
    config = tmp_path / "hub.toml"
    config.write_text(f'lan = "{address}"\n{config.read_text()}')
    line = [sys.executable, "-m", "soribit", "hub", "reload", "--state", str(tmp_path)]
    done = subprocess.run(
        [*line, "--config", str(config)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    try:
        assert "The broker starts again" in done.stderr
        until(lambda: address in listens(tmp_path), within_s=60, what="the broker's move")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_hub_that_cannot_reach_an_external_broker_still_opens_its_page(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "hub.toml").write_text(
        f'[broker]\nkind = "external"\nport = {free_port()}\n[web]\nport = {port}\n'
    )
    process = up("--config", f"{tmp_path}/hub.toml", "--state", str(tmp_path))
    said, _ = ended(process)
    assert f"http://127.0.0.1:{port}/" in said


@MAY_LOOK
def test_with_lan_a_terminal_shows_how_a_phone_opens_the_page(tmp_path: Path) -> None:
    address, port = our_address(), free_port()
    ours, theirs = pty.openpty()
    words = ("up", "--lan", "--state", str(tmp_path), "--port", str(port))
    process = subprocess.Popen([sys.executable, "-m", "soribit", *words], cwd=ROOT, stdout=theirs)
    os.close(theirs)
    said = ""
    while "one browser and one hour" not in said:
        said += os.read(ours, 4096).decode()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    os.close(ours)
    assert f"On a phone in this home open http://{address}:{port}/ and type " in said


def test_with_lan_but_no_terminal_the_code_stays_unsaid(tmp_path: Path) -> None:
    process = up("--lan", "--state", str(tmp_path), "--port", str(free_port()))
    assert process.stdout
    for line in process.stdout:
        if line.startswith("A phone needs a code: soribit hub code --config"):
            process.send_signal(signal.SIGINT)
        assert " and type " not in line
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert not (tmp_path / "page/code").exists()


def test_node_joins_and_leaves_a_home_that_runs_and_nothing_starts_twice(tmp_path: Path) -> None:
    port = free_port()
    process = up("--state", str(tmp_path), "--port", str(port))
    assert process.stdout
    said = list(iter(process.stdout.readline, f"http://127.0.0.1:{port}/\n"))
    here = ("--state", str(tmp_path), "--config", f"{tmp_path}/hub.toml")
    hub = [sys.executable, "-m", "soribit", "hub"]
    ran = (tmp_path / "hub.pid").read_text(), (tmp_path / "broker" / "pid").read_text()
    done = subprocess.run(
        [*hub, "add-node", "kitchen", *here], cwd=ROOT, capture_output=True, text=True, check=True
    )
    settings = tomllib.loads(done.stdout)
    kitchen = Peer(Account(username=settings["node_id"], **settings["broker"]))
    kitchen.hear(node_ack("kitchen"))
    kitchen.link.start()
    assert kitchen.link.wait_up(20)

    def is_stored() -> bool:
        kitchen.link.publish(node_event("kitchen"), encode(event()))
        return bool(kitchen.got)

    until(is_stored, within_s=60, what="the hub's acknowledgement")
    subprocess.run([*hub, "revoke", "kitchen", *here], cwd=ROOT, check=True)
    until(lambda: not kitchen.link.is_up, within_s=5, what="the end of the connection")
    kitchen.link.stop()
    process.send_signal(signal.SIGINT)
    rest, complaints = process.communicate(timeout=60)
    assert not [line for line in [*said, *rest.splitlines()] if "ended (" in line]
    assert complaints == ""
    assert ran == ((tmp_path / "hub.pid").read_text(), (tmp_path / "broker" / "pid").read_text())
