"""What systemd is told by broker, hub and node, each as a process of its own."""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.settings import load
from hub import broker_mosquitto
from hub.announce import link_of_hub
from hub.service import Hub
from hub.settings import HubSettings
from node import bundle
from node.classifier import Classifier
from node.ear import Ear
from node.service import Node
from node.settings import Audio, NodeBroker, NodeSettings
from node.sources import open_source
from node.spectra import Floats
from tests.brokers import RunningBroker
from tests.real import ROOT, free_port, listens, need, until
from tests.systemd import Systemd
from tests.tones import TINY_BUNDLE, noise, write

WATCHDOG_S = 2.0
Start = Callable[..., subprocess.Popen[bytes]]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    with closing(Systemd(f"{tmp_path}/notify")) as stands_in:
        yield stands_in


@pytest.fixture
def start(systemd: Systemd, tmp_path: Path) -> Iterator[Start]:
    """Start a part as systemd would."""
    running: list[subprocess.Popen[bytes]] = []

    def started(*words: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", *words, "--state", f"{tmp_path}/state"]
        environment = {**os.environ, **systemd.environment(WATCHDOG_S)}
        running.append(subprocess.Popen(line, cwd=ROOT, env=environment))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.wait(10)


def hub_toml(folder: Path, kind: str, port: int, page: int | None = None) -> str:
    (folder / "hub.password").write_text("a secret")
    (folder / "hub.toml").write_text(
        f'[broker]\nkind = "{kind}"\nport = {port}\n'
        f"[web]\nport = {page or free_port()}\n"
        f'[accounts.hub]\nrole = "hub"\npassword_file = "{folder}/hub.password"\n'
        '[rooms.kitchen]\nname = "Kitchen"\nnodes = ["kitchen"]\n'
    )
    return str(folder / "hub.toml")


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_broker_is_ready_when_it_listens(
    kind: str, start: Start, systemd: Systemd, tmp_path: Path
) -> None:
    need(kind == "amqtt" or broker_mosquitto.find(), "mosquitto")
    port = free_port()
    process = start("hub", "broker", "--config", hub_toml(tmp_path, kind, port))
    until(lambda: systemd.said() == ["READY=1"], within_s=60)
    assert listens(port)
    process.terminate()
    assert process.wait(20) == 0


def test_broker_elsewhere_is_no_reason_to_start_for_ever(
    start: Start, systemd: Systemd, tmp_path: Path
) -> None:
    process = start("hub", "broker", "--config", hub_toml(tmp_path, "external", free_port()))
    until(systemd.said, within_s=60)
    assert systemd.statuses() == ["the broker is external"]
    assert process.poll() is None
    process.terminate()
    assert process.wait(20) == 0


def test_hub_is_ready_with_its_page_lives_by_its_loop_and_says_when_it_stops(
    start: Start, systemd: Systemd, tmp_path: Path
) -> None:
    page = free_port()
    config = hub_toml(tmp_path, "external", free_port(), page)
    process = start("hub", "run", "--config", config)
    until(systemd.said, within_s=60)
    assert systemd.said()[0] == "READY=1"
    with urllib.request.urlopen(f"http://127.0.0.1:{page}/", timeout=10) as answer:
        assert answer.status == 200
    until(lambda: systemd.said().count("WATCHDOG=1") >= 2)
    assert systemd.statuses()[-1] == "rooms heard: 0 of 1"
    process.terminate()
    assert process.wait(20) == 0
    assert systemd.said()[-1] == "STOPPING=1"


def test_node_is_ready_when_it_listens_though_no_broker_is_there(
    start: Start, systemd: Systemd, tmp_path: Path
) -> None:
    sound = write(tmp_path / "quiet.wav", noise(2.0))
    (tmp_path / "node.toml").write_text(
        f'node_id = "kitchen"\n[broker]\nport = {free_port()}\n'
        f'[audio]\nsource = "file"\nloop = true\nfiles = ["{sound}"]\n'
    )
    model = str(TINY_BUNDLE)
    process = start("node", "run", "--config", f"{tmp_path}/node.toml", "--model", model)
    until(lambda: systemd.said().count("WATCHDOG=1") >= 2, within_s=60)
    assert systemd.said()[0] == "READY=1"
    assert systemd.statuses()[-1] == "kitchen: hears"
    process.terminate()
    assert process.wait(20) == 0
    assert systemd.said()[-1] == "STOPPING=1"


def test_node_without_a_microphone_lives_and_says_what_is_wrong(
    start: Start, systemd: Systemd, tmp_path: Path
) -> None:
    (tmp_path / "node.toml").write_text('[audio]\ndevice = "none such"\n[broker]\nport = 9\n')
    start("node", "run", "--config", f"{tmp_path}/node.toml", "--model", str(TINY_BUNDLE))
    until(lambda: systemd.said().count("WATCHDOG=1") >= 2, within_s=60)
    assert "microphone_missing" in systemd.statuses()[-1]


class Stuck(Classifier):
    """A network that answers until it is told to hang."""

    def __init__(self) -> None:
        super().__init__(bundle.load(TINY_BUNDLE))
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def scores(self, heard: Floats) -> Floats:
        assert self.may_go_on.wait(60)
        return super().scores(heard)


def test_node_whose_network_hangs_gives_no_sign_of_life_until_it_goes_on(
    mosquitto: RunningBroker, systemd: Systemd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in systemd.environment(WATCHDOG_S).items():
        monkeypatch.setenv(name, value)
    sound = write(tmp_path / "quiet.wav", noise(2.0))
    settings = NodeSettings(
        node_id="kitchen",
        broker=NodeBroker(port=mosquitto.port, password_file=f"{tmp_path}/kitchen.password"),
        audio=Audio(source="file", loop=True, files=(str(sound),)),
    )
    network, stop = Stuck(), threading.Event()
    ear = Ear(network)
    source = open_source(settings.audio, ear.hop_samples, SystemClock(), time.sleep)
    node = Node(settings, tmp_path, ear, source, SystemClock())
    loop = threading.Thread(target=node.run, args=(stop,))
    loop.start()
    try:
        until(lambda: "WATCHDOG=1" in systemd.said(), within_s=60)
        network.may_go_on.clear()
        before = ear.decisions
        until(lambda: ear.decisions > before, what="the window that hangs")
        systemd.forget()
        assert not stop.wait(2 * WATCHDOG_S)
        assert systemd.said() == []
        network.may_go_on.set()
        until(lambda: "WATCHDOG=1" in systemd.said())
    finally:
        network.may_go_on.set()
        stop.set()
        loop.join(20)


class StuckClock(SystemClock):
    """A clock on which the hub's loop waits until it is told to go on; it alone."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def mono_s(self) -> float:
        if threading.current_thread().name == "hub":
            assert self.may_go_on.wait(60)
        return super().mono_s()


def test_hub_whose_loop_hangs_gives_no_sign_of_life_until_it_goes_on(
    mosquitto: RunningBroker, systemd: Systemd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in systemd.environment(WATCHDOG_S).items():
        monkeypatch.setenv(name, value)
    settings, clock = load(mosquitto.config, HubSettings), StuckClock()
    hub = Hub(settings, link_of_hub(mosquitto.account("hub")), tmp_path, clock, broker="mosquitto")
    hub.start()
    try:
        until(lambda: "WATCHDOG=1" in systemd.said(), within_s=60)
        clock.may_go_on.clear()
        threading.Event().wait(WATCHDOG_S)  # what was under way may still be said
        systemd.forget()
        threading.Event().wait(2 * WATCHDOG_S)
        assert systemd.said() == []
        clock.may_go_on.set()
        until(lambda: "WATCHDOG=1" in systemd.said())
    finally:
        clock.may_go_on.set()
        hub.stop()
