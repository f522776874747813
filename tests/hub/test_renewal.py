"""A running hub takes changed settings up, and keeps its process."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract import topics
from contract.messages import Ack, decode, encode
from contract.mqtt import Account
from hub import pid_file
from tests.brokers import Peer, RunningBroker
from tests.node.events import event
from tests.real import ROOT, free_port, until

Acked = Callable[[Account], bool]


@pytest.fixture
def hub(mosquitto: RunningBroker) -> Iterator[subprocess.Popen[bytes]]:
    with mosquitto.config.open("a") as file:
        file.write('\n[rooms.kitchen]\nname = "Kitchen"\nnodes = ["kitchen"]\n')
    line = [sys.executable, "-m", "hub", "run", "--config", str(mosquitto.config)]
    line += ["--state", str(mosquitto.state), "--port", str(free_port())]
    with (mosquitto.state / "hub.log").open("wb") as log:
        process = subprocess.Popen(line, cwd=ROOT, stderr=log)
    until(lambda: said(mosquitto.state, '"connected"'), what="the hub's start", within_s=60)
    yield process
    process.kill()
    process.wait(10)


def said(state: Path, words: str) -> int:
    return (state / "hub.log").read_text().count(words)


@pytest.fixture
def acked() -> Iterator[Acked]:
    """Let a node report an event until the hub says that it is stored."""
    peers: list[Peer] = []

    def stored(account: Account) -> bool:
        node, heard = Peer(account), event()
        peers.append(node)
        node.hear(topics.node_ack(account.username))
        node.link.start()

        def is_acked() -> bool:
            node.link.publish(topics.node_event(account.username), encode(heard))
            got = [decode(Ack, each.payload, source=each.topic) for each in node.got]
            return any(heard.event_id in ack.event_ids for ack in got)

        until(is_acked, what=f"the acknowledgement for {account.username}", within_s=60)
        return True

    yield stored
    for peer in peers:
        peer.link.stop()


def join(broker: RunningBroker, node: str) -> Account:
    line = [sys.executable, "-m", "hub", "add-node", node, "--config", str(broker.config)]
    line += ["--state", str(broker.state)]
    subprocess.run(line, cwd=ROOT, capture_output=True, check=True)
    password = (broker.state / "secrets" / f"{node}.password").read_text().strip()
    return Account(port=broker.port, username=node, password=password)


def test_hub_hears_nodes_that_joined_while_it_ran_and_is_the_same_process(
    mosquitto: RunningBroker, hub: subprocess.Popen[bytes], acked: Acked
) -> None:
    attic, cellar = join(mosquitto, "attic"), join(mosquitto, "cellar")  # one upon the other
    assert acked(attic)
    assert acked(cellar)
    assert pid_file.running(mosquitto.state / "hub.pid") == hub.pid
    hub.terminate()
    assert hub.wait(10) == 0


def test_hub_goes_on_as_it_is_when_its_new_settings_have_faults(
    mosquitto: RunningBroker, hub: subprocess.Popen[bytes], acked: Acked
) -> None:
    mosquitto.config.write_text("[web]\nprot = 1\n")
    hub.send_signal(signal.SIGHUP)
    until(lambda: said(mosquitto.state, "goes on as it is"), what="the complaint")
    assert said(mosquitto.state, "did you mean 'port'?")
    assert acked(mosquitto.account("kitchen"))
    assert said(mosquitto.state, '"connected"') == 1


def test_hub_that_is_to_end_does_not_begin_anew(
    mosquitto: RunningBroker, hub: subprocess.Popen[bytes]
) -> None:
    hub.send_signal(signal.SIGHUP)
    until(lambda: said(mosquitto.state, "begins anew"), what="the renewal")
    hub.terminate()
    assert hub.wait(20) in (0, -signal.SIGTERM)


def test_second_hub_of_a_home_does_not_start(
    mosquitto: RunningBroker, hub: subprocess.Popen[bytes]
) -> None:
    line = [sys.executable, "-m", "hub", "run", "--config", str(mosquitto.config)]
    line += ["--state", str(mosquitto.state), "--port", str(free_port())]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"hub: it runs already (process {hub.pid}," in done.stderr
