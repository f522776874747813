"""A whole node as a process of its own, on a real broker."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from contract.clock import SystemClock
from contract.messages import HubStatus, Phase, encode
from contract.topics import HUB_STATUS, node_event
from node.outbox import Outbox
from tests import bundles
from tests.brokers import Peer, RunningBroker, tell
from tests.node.events import event
from tests.node.peer import NODE, Hub
from tests.real import ROOT, until
from tests.tones import TINY_BUNDLE, noise, t3, write

Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


@pytest.fixture
def start(mosquitto: RunningBroker, tmp_path: Path) -> Iterator[Start]:
    """Start a node with these audio settings; what it logs is in node.log."""
    running: list[Process] = []

    def started(audio: str, model: Path | None = None) -> Process:
        config = tmp_path / "node.toml"
        config.write_text(
            f'node_id = "{NODE}"\n'
            f'model = "{model or ""}"\n'
            f"[broker]\nport = {mosquitto.port}\n"
            f'password_file = "{mosquitto.config.parent}/{NODE}.password"\n'
            f"[audio]\n{audio}"
        )
        command = [sys.executable, "-m", "node", "run", "--config", str(config)]
        command += ["--state", str(tmp_path / "state")]
        command += [] if model else ["--model", str(TINY_BUNDLE)]
        with (tmp_path / "node.log").open("ab") as log:
            running.append(subprocess.Popen(command, cwd=ROOT, stderr=log))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.wait(10)


@pytest.fixture
def alarm(tmp_path: Path) -> str:
    path = write(tmp_path / "alarm.wav", np.concatenate((noise(1.0), t3(1), noise(5.0))))
    return f'source = "file"\nfiles = ["{path}"]'


def test_an_alarm_in_the_room_reaches_the_hub_with_its_end(
    hub: Hub, start: Start, alarm: str
) -> None:
    start(alarm)

    until(lambda: any(each.phase is Phase.ENDED for each in hub.events()), within_s=60)

    began = next(each for each in hub.events() if each.phase is Phase.BEGAN)
    ended = next(each for each in hub.events() if each.phase is Phase.ENDED)
    assert (began.sound, began.model) == ("smoke_alarm", "tiny")
    assert ended.began_id == began.event_id
    assert 2.0 < ended.duration_s < 6.0
    sounding = [each.sounding[0] for each in hub.healths() if each.sounding]
    assert (sounding[0].sound, sounding[0].event_id) == ("smoke_alarm", began.event_id)
    health = hub.healths()[-1]
    assert health.boot_id == began.boot_id
    assert health.frame_age_s < 5.0
    assert health.floor_db == pytest.approx(-60.0, abs=3.0)
    assert hub.statuses()[-1].state == "online"
    assert hub.statuses()[-1].troubles == ()


def test_an_event_comes_again_until_the_hub_has_stored_it(
    hub: Hub, start: Start, alarm: str
) -> None:
    start(alarm)
    until(lambda: len({each.event_id for each in hub.events()}) < len(hub.events()), within_s=60)

    def acknowledged() -> bool:
        hub.acknowledge(*{each.event_id for each in hub.events()})
        return hub.healths()[-1].outbox_depth == 0 and not hub.healths()[-1].sounding

    until(acknowledged, within_s=60)


def test_a_node_says_who_it_is_and_that_it_lives_before_anything_that_waited(
    hub: Hub, start: Start, alarm: str, tmp_path: Path
) -> None:
    box = Outbox(tmp_path / "state" / f"outbox-{NODE}.db", lambda _: False, SystemClock())
    waited = event()
    box.report(waited)
    box.close()

    start(alarm)

    until(hub.events, within_s=60)
    assert hub.events()[0].event_id == waited.event_id
    assert hub.kinds()[:3] == ["status", "health", "event"]


def test_a_hub_that_comes_back_gets_what_waits_at_once(hub: Hub, start: Start, alarm: str) -> None:
    start(alarm)
    until(lambda: len(hub.events()) >= 3, within_s=60, what="two attempts")
    before = len(hub.events())

    hub.link.publish(HUB_STATUS, encode(HubStatus(state="online")), qos=1, retain=True)

    until(lambda: len(hub.events()) > before, within_s=5)  # else it would be 8 s


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_node_that_is_told_to_stop_says_goodbye(
    hub: Hub, start: Start, alarm: str, number: signal.Signals
) -> None:
    process = start(alarm)
    until(hub.healths, within_s=60)

    process.send_signal(number)

    assert process.wait(20) == 0
    until(lambda: hub.statuses()[-1].state == "offline")


def test_the_last_will_of_a_killed_node_says_that_it_is_gone(
    hub: Hub, start: Start, alarm: str
) -> None:
    process = start(alarm)
    until(hub.healths, within_s=60)

    process.kill()

    until(lambda: hub.statuses()[-1].state == "offline", within_s=30)


def test_without_a_broker_a_node_listens_and_tries_again(
    mosquitto: RunningBroker, start: Start, alarm: str, tmp_path: Path
) -> None:
    mosquitto.stop()
    start(alarm)
    until(lambda: "broker is away" in (tmp_path / "node.log").read_text(), within_s=60)
    part = [sys.executable, "-m", "hub", "broker", "--config", str(mosquitto.config)]

    again = subprocess.Popen([*part, "--state", str(mosquitto.config.parent)], cwd=ROOT)

    hub = Hub(mosquitto)
    until(lambda: any(each.phase is Phase.BEGAN for each in hub.events()), within_s=60)
    hub.link.stop()
    again.terminate()
    again.wait(10)


def test_a_missing_microphone_is_told_and_the_loop_goes_on(hub: Hub, start: Start) -> None:
    start('source = "microphone"\ndevice = "no such microphone"')

    until(lambda: len(hub.healths()) >= 2, within_s=60)
    assert hub.troubles() == {"microphone_missing"}
    until(lambda: "no_audio" in hub.troubles(), within_s=60)


def test_with_a_damaged_bundle_of_the_settings_a_node_hears_with_the_next_one(
    hub: Hub, start: Start, alarm: str, tmp_path: Path
) -> None:
    damaged = bundles.copy(bundles.TINY, tmp_path)
    (damaged / "model.tflite").write_bytes(b"half a download")

    start(alarm, damaged)

    until(lambda: hub.troubles() == {"model_refused"}, within_s=60)
    assert hub.statuses()[-1].model != "tiny"
    assert str(damaged)[:40] in hub.statuses()[-1].troubles[0].detail


def test_recordings_that_cannot_be_played_are_told(hub: Hub, start: Start, tmp_path: Path) -> None:
    (tmp_path / "letter.wav").write_text("no sound")

    start(f'source = "file"\nfiles = ["{tmp_path}/letter.wav"]')

    until(lambda: hub.troubles() == {"microphone_missing"}, within_s=60)
    assert "none of the recordings" in hub.statuses()[-1].troubles[0].detail


def test_events_go_out_without_a_disk_and_it_is_told(
    hub: Hub, start: Start, alarm: str, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("in the way")

    start(alarm)

    until(lambda: hub.troubles() == {"cannot_store"}, within_s=60)
    until(lambda: any(each.phase is Phase.BEGAN for each in hub.events()), within_s=60)


def test_a_node_whose_account_is_gone_says_what_to_do_and_the_others_are_served(
    hub: Hub, mosquitto: RunningBroker, start: Start, alarm: str, tmp_path: Path
) -> None:
    start(alarm)
    until(hub.healths, within_s=60)
    line = [sys.executable, "-m", "hub", "revoke", NODE, "--config", str(mosquitto.config)]
    subprocess.run([*line, "--state", str(mosquitto.state)], cwd=ROOT, check=True)

    sentence = (
        f"broker 127.0.0.1 refused node {NODE}: its settings are of another home or it was "
        f"revoked; get new ones on the hub: soribit hub add-node {NODE} --again"
    )
    log, nursery = tmp_path / "node.log", Peer(mosquitto.account("nursery"))
    until(lambda: sentence in log.read_text(), what="the sentence")
    nursery.link.start()
    hub.hear(node_event("nursery"))
    tell(nursery, node_event("nursery"), b"still heard", hub)
    nursery.link.stop()
    assert hub.link.is_up
