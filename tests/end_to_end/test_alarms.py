"""Smoke and CO alarms through a real microphone's path: PulseAudio, PortAudio, node, broker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contract.messages import HeardBy, NodeStatus, Phase, SoundEvent, decode
from contract.topics import node_event, node_status
from node.spectra import Floats
from tests.brokers import Peer, RunningBroker
from tests.pulse import Microphones, microphones
from tests.real import ROOT, until
from tests.tones import as_pcm, noise, t3, t4

QUIET = as_pcm(noise(7.0, amplitude=3e-4))
BY_RHYTHM = {HeardBy.RHYTHM, HeardBy.BOTH}
ALARMS = {"smoke_alarm", "co_alarm"}


class Hub(Peer):
    """Hears the kitchen's node as the hub does."""

    def is_told_online(self) -> bool:
        topic = node_status("kitchen")
        told = [each.payload for each in self.got if each.topic == topic]
        return any(decode(NodeStatus, each, source=topic).state == "online" for each in told)

    def alarms(self) -> list[SoundEvent]:
        """Return the alarms that began."""
        topic = node_event("kitchen")
        told = [each.payload for each in self.got if each.topic == topic]
        events = [decode(SoundEvent, each, source=topic) for each in told]
        return [each for each in events if each.phase is Phase.BEGAN and each.sound in ALARMS]


@pytest.fixture
def hub(mosquitto: RunningBroker) -> Iterator[Hub]:
    peer = Hub(mosquitto.account("hub"))
    peer.hear("soribit/v1/node/kitchen/#")
    peer.link.start()
    assert peer.link.wait_up(10)
    yield peer
    peer.link.stop()


@pytest.fixture
def microphone(mosquitto: RunningBroker) -> Iterator[Microphones]:
    """The kitchen's microphone, in a quiet room."""
    with microphones(mosquitto.state, "kitchen") as there:
        there.plug("kitchen", QUIET)
        yield there


@contextmanager
def listening(broker: RunningBroker, microphone: Microphones) -> Iterator[None]:
    """Let the kitchen's node run."""
    config = broker.state / "node.toml"
    config.write_text(
        f'node_id = "kitchen"\n[audio]\ndevice = "kitchen"\n[broker]\nport = {broker.port}\n'
        f'password_file = "{broker.state}/kitchen.password"\n'
    )
    command = [sys.executable, "-m", "node", "run", "--config", str(config)]
    command += ["--state", str(broker.state), "--model", str(ROOT / "models/household")]
    environment = os.environ | microphone.environment
    with (broker.state / "node.log").open("wb") as log:
        node = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log, stdout=log)
    try:
        yield
    finally:
        node.kill()
        node.wait(10)


@pytest.mark.parametrize(
    ("sound", "alarm"), [("smoke_alarm", t3(3)), ("co_alarm", t4(3))], ids=["smoke", "co"]
)
def test_an_alarm_in_a_real_microphone_is_heard_by_its_rhythm(
    mosquitto: RunningBroker, microphone: Microphones, hub: Hub, sound: str, alarm: Floats
) -> None:
    with listening(mosquitto, microphone):
        until(hub.is_told_online, within_s=60, what="the node")
        microphone.hear("kitchen", as_pcm(alarm))  # again and again: a busy machine may lose some
        until(hub.alarms, within_s=60, what="an alarm")

    first, *more = hub.alarms()
    assert (first.sound, first.heard_by in BY_RHYTHM) == (sound, True)
    assert {each.sound for each in more} <= {sound}
