import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from soribit.lamps.kinds import KINDS
from tests.brokers import Peer, RunningBroker
from tests.real import ROOT, until

TOPIC = "zigbee2mqtt/lamp"


class RunningBulb:
    def __init__(self, broker: RunningBroker, folder: Path, *words: str) -> None:
        self.journal = folder / "lamp.jsonl"
        self._line = [sys.executable, "-m", "soribit", "bulb", "--topic", TOPIC, *words]
        self._line += ["--port", str(broker.port), "--log", str(self.journal)]
        self._line += ["--password-file", f"{broker.config.parent}/lamp.password"]
        self._line += ["--state", str(folder / "lamp.json")]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._line, cwd=ROOT, stderr=subprocess.DEVNULL)

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(10)

    def lines(self) -> list[dict[str, object]]:
        text = self.journal.read_text() if self.journal.exists() else ""
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def hub(mosquitto: RunningBroker) -> Iterator[Peer]:
    peer = Peer(mosquitto.account("hub"))
    peer.hear(f"{TOPIC}/#")
    peer.hear(TOPIC)
    peer.link.start()
    assert peer.link.wait_up(10)
    yield peer
    peer.link.stop()


@pytest.fixture
def bulb(mosquitto: RunningBroker, tmp_path: Path, hub: Peer) -> Iterator[RunningBulb]:
    running = RunningBulb(mosquitto, tmp_path)
    until(lambda: available(hub) == "online", what="the bulb")
    yield running
    running.end()


def last(hub: Peer, topic: str) -> dict[str, object]:
    payloads = [arrival.payload for arrival in hub.got if arrival.topic == topic]
    found: dict[str, object] = json.loads(payloads[-1]) if payloads else {}
    return found


def available(hub: Peer) -> object:
    return last(hub, f"{TOPIC}/availability").get("state")


def tell(hub: Peer, payload: bytes) -> None:
    assert hub.link.publish(f"{TOPIC}/set", payload, qos=1)


def test_bulb_obeys_and_reports(bulb: RunningBulb, hub: Peer) -> None:
    tell(hub, b'{"state":"ON","brightness":254,"color":{"r":255,"g":0,"b":0}}')
    until(lambda: last(hub, TOPIC).get("brightness") == 254, what="the report")
    assert last(hub, TOPIC)["state"] == "ON"
    assert bulb.lines()[-1]["light"] == last(hub, TOPIC)


def test_bulb_answers_a_question(bulb: RunningBulb, hub: Peer) -> None:
    until(lambda: last(hub, TOPIC), what="the first report")
    hub.got.clear()
    hub.link.publish(f"{TOPIC}/get", b'{"state":""}')
    until(lambda: last(hub, TOPIC), what="the answer")
    assert bulb.lines()[-1]["topic"] == f"{TOPIC}/get"


def test_state_is_not_retained_but_availability_is(
    bulb: RunningBulb, mosquitto: RunningBroker
) -> None:
    assert bulb.process.poll() is None
    late = Peer(mosquitto.account("hub"))
    late.hear(f"{TOPIC}/#")
    late.hear(TOPIC)
    late.link.start()
    until(lambda: late.got, what="the availability")
    late.link.stop()
    assert [arrival.topic for arrival in late.got if arrival.retained] == [f"{TOPIC}/availability"]


def test_effect_ends_by_itself_and_leaves_the_light_as_it_was(bulb: RunningBulb, hub: Peer) -> None:
    before = last(hub, TOPIC)
    tell(hub, b'{"effect":"okay"}')
    until(lambda: "effect_ended" in (bulb.lines() or [{}])[-1], what="the effect's end")
    assert last(hub, TOPIC) == before or not before


def test_unknown_effect_is_logged_with_the_valid_names(bulb: RunningBulb, hub: Peer) -> None:
    tell(hub, b'{"effect":"flash"}')
    until(bulb.lines, what="the command")
    assert "valid: blink, breathe" in str(bulb.lines()[0]["fault"])


def test_bulb_remembers_over_a_restart(bulb: RunningBulb, hub: Peer) -> None:
    tell(hub, b'{"state":"ON","brightness":33}')
    until(lambda: last(hub, TOPIC).get("brightness") == 33, what="the report")
    assert bulb.end() == 0
    until(lambda: available(hub) == "offline", what="the goodbye")
    hub.got.clear()
    bulb.start()
    until(lambda: last(hub, TOPIC).get("brightness") == 33, what="the report after the restart")


def test_killed_bulb_is_shown_as_gone(bulb: RunningBulb, hub: Peer) -> None:
    bulb.process.kill()
    until(lambda: available(hub) == "offline", what="the last will")


@pytest.mark.parametrize("kind", ["wled", "shelly", "homeassistant"])
def test_bulb_of_another_family_is_there_and_shown_as_gone(
    mosquitto: RunningBroker, tmp_path: Path, hub: Peer, kind: str
) -> None:
    running = RunningBulb(mosquitto, tmp_path, "--kind", kind)
    lamp = KINDS[kind](TOPIC)
    here, gone = lamp.alive(here=True), lamp.alive(here=False)
    until(lambda: here.payload in words(hub, here.topic), what="the bulb")
    running.process.kill()
    until(lambda: gone.payload in words(hub, gone.topic), what="the last will")
    running.process.wait(10)


def words(hub: Peer, topic: str) -> list[bytes]:
    return [arrival.payload for arrival in hub.got if arrival.topic == topic]
