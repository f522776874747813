"""Smoke and CO alarms through a real microphone's path: PulseAudio, PortAudio, node, broker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contract.messages import HeardBy, SoundEvent
from node.spectra import Floats
from tests.brokers import RunningBroker
from tests.kitchen import Hub, listening_hub
from tests.pulse import Microphones, microphones
from tests.real import ROOT, until
from tests.tones import as_pcm, noise, t3, t4

QUIET = as_pcm(noise(7.0, amplitude=3e-4))
BY_RHYTHM = {HeardBy.RHYTHM, HeardBy.BOTH}
ALARMS = {"smoke_alarm", "co_alarm"}


@pytest.fixture
def hub(mosquitto: RunningBroker) -> Iterator[Hub]:
    with listening_hub(mosquitto) as peer:
        yield peer


@pytest.fixture
def microphone(mosquitto: RunningBroker) -> Iterator[Microphones]:
    """The kitchen's microphone, in a quiet room."""
    with microphones(mosquitto.state, "kitchen") as there:
        there.plug("kitchen", QUIET)
        yield there


def alarms(hub: Hub) -> list[SoundEvent]:
    """The alarms that began."""
    return [each for each in hub.began() if each.sound in ALARMS]


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
        until(lambda: alarms(hub), within_s=60, what="an alarm")

    first, *more = alarms(hub)
    assert (first.sound, first.heard_by in BY_RHYTHM) == (sound, True)
    assert {each.sound for each in more} <= {sound}
