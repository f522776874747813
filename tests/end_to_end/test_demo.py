"""`soribit up --demo` as a new user meets it: from recordings through everything to a bulb."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hub import broker_mosquitto
from tests.real import ROOT, free_port, need, until

pytestmark = pytest.mark.timeout(240)


class Demo:
    """A running `soribit up --demo`."""

    def __init__(self, folder: Path, broker: str) -> None:
        self.folder, self.port, self.broker = folder / "demo", free_port(), broker
        line = [sys.executable, "-m", "soribit", "up", "--demo", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*line, "--state", str(folder), "--broker", broker],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for_address(self) -> None:
        until(lambda: self.address in self.said, within_s=90, what=f"{self.address} as a line")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def get(self, path: str) -> dict[str, object]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        answer: dict[str, object] = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def alerts(self) -> list[dict[str, object]]:
        found = self.get("/api/v1/alerts")["alerts"]
        assert isinstance(found, list)
        return found

    def bulb_commands(self) -> list[dict[str, object]]:
        lines = [
            json.loads(line)
            for journal in self.folder.glob("*-lamp.jsonl")
            for line in journal.read_text().splitlines()
        ]
        return [line for line in lines if str(line.get("topic", "")).endswith("/set")]

    def followed(self, stages: list[str]) -> bool:
        """Whether some event's id stands in the logs at each stage."""
        met: dict[str, set[str]] = {}
        for log in (self.folder / "log").glob("*.log"):
            for line in log.read_text().splitlines():
                if line.startswith("{") and '"event_id"' in line:
                    words = json.loads(line)
                    met.setdefault(words["event_id"], set()).add(words["say"].partition(":")[0])
        return any(set(stages) <= said for said in met.values())

    def room(self, room_id: str) -> dict[str, object]:
        rooms = self.get("/api/v1/rooms")["rooms"]
        assert isinstance(rooms, list)
        (found,) = (room for room in rooms if room["room_id"] == room_id)
        assert isinstance(found, dict)
        return found

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, *words: str) -> psutil.Process:
        (found,) = (one for one in self.children() if set(words) <= set(one.cmdline()))
        return found

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join(30)
        return code

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
        self.process.stdout.close()


@pytest.fixture(params=["mosquitto", "amqtt"])
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Demo]:
    if request.param == "mosquitto":
        need(broker_mosquitto.find(), "mosquitto")
    running = Demo(tmp_path, request.param)
    yield running
    if running.process.poll() is None:
        running.end()


def test_sound_becomes_light_and_everything_ends_on_ctrl_c(demo: Demo) -> None:
    demo.wait_for_address()
    until(demo.alerts, within_s=60, what="the first alert")
    until(demo.bulb_commands, within_s=20, what="light")
    children = demo.children()
    assert len(children) == 6
    assert demo.end() == 0
    assert any("for evaluation" in line for line in demo.said) is (demo.broker == "amqtt")
    assert not [child for child in children if child.is_running()]


@pytest.mark.parametrize("demo", ["mosquitto"], indirect=True)
def test_one_event_can_be_followed_through_the_logs_by_its_id(demo: Demo) -> None:
    demo.wait_for_address()
    stages = ["sent", "received", "decided", "dispatched", "stored", "acknowledged"]
    until(lambda: demo.followed(stages), within_s=60, what="an event through every stage")


@pytest.mark.parametrize("demo", ["mosquitto"], indirect=True)
def test_killed_node_is_shown_and_comes_back(demo: Demo) -> None:
    demo.wait_for_address()
    until(lambda: demo.room("kitchen")["hears"], within_s=60, what="the kitchen's ear")
    demo.child("node", "run", str(demo.folder / "kitchen.toml")).send_signal(signal.SIGSTOP)
    until(lambda: not demo.room("kitchen")["hears"], within_s=40, what="the trouble")
    demo.child("node", "run", str(demo.folder / "kitchen.toml")).kill()
    until(lambda: any("node kitchen ended" in line for line in demo.said), what="the word of it")
    until(lambda: demo.room("kitchen")["hears"], within_s=60, what="the kitchen's new ear")


@pytest.mark.parametrize("demo", ["mosquitto"], indirect=True)
def test_broker_that_dies_comes_back(demo: Demo) -> None:
    demo.wait_for_address()
    until(demo.alerts, within_s=60, what="the first alert")
    demo.child("-c").kill()
    before = len(demo.bulb_commands())
    until(lambda: len(demo.bulb_commands()) > before, within_s=90, what="light after it")


@pytest.mark.parametrize("demo", ["mosquitto"], indirect=True)
def test_no_part_outlives_a_killed_up(demo: Demo) -> None:
    demo.wait_for_address()
    children = demo.children()
    demo.process.kill()
    demo.process.wait(10)
    psutil.wait_procs(children, timeout=20)
    assert not [child for child in children if child.is_running()]


def test_taken_dashboard_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = [sys.executable, "-m", "soribit", "up", "--demo", "--port", str(port)]
        done = subprocess.run(
            [*line, "--state", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert "--port" in done.stderr
    assert len(done.stderr.splitlines()) == 1
