"""A clock that starts in 1970 and jumps 56 years stops nothing, and does not lie for long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from contract.clock import from_rfc3339
from contract.messages import Health, Phase, SoundEvent
from node import bundle
from node.bundle import Threshold
from node.classifier import open_first
from node.ear import Ear
from node.health import is_time_synchronised
from node.service import HEALTH_S, Node
from node.settings import Audio, NodeBroker, NodeSettings
from node.sources import open_source
from tests.brokers import RunningBroker
from tests.node.peer import NODE, Hub
from tests.real import until
from tests.tones import TINY_BUNDLE, short_alarm, write

DECADES_S = 56 * 365.25 * 86_400.0


class JumpingClock:
    """A wall clock that the test sets; the monotonic one is the machine's."""

    def __init__(self, wall_s: float) -> None:
        self._offset_s = wall_s - time.monotonic()

    def mono_s(self) -> float:
        return time.monotonic()

    def wall_s(self) -> float:
        return self._offset_s + time.monotonic()

    def jump(self, seconds: float) -> None:
        self._offset_s += seconds


@contextmanager
def running(broker: RunningBroker, folder: Path, clock: JumpingClock) -> Iterator[None]:
    """Run a node in whose room an alarm sounds every 4 s."""
    sound = write(folder / "alarm.wav", short_alarm())
    settings = NodeSettings(
        node_id=NODE,
        audio=Audio(source="file", files=(str(sound),), loop=True, pause_s=0.0),
        broker=NodeBroker(port=broker.port, password_file=str(folder / f"{NODE}.password")),
    )
    classifier, _ = open_first(bundle.find(TINY_BUNDLE, None))
    ear = Ear(classifier, thresholds={"smoke_alarm": Threshold(on=0.6, off=0.4, hold_s=0.5)})
    source = open_source(settings.audio, ear.hop_samples, clock, time.sleep)
    node, stop = Node(settings, folder, ear, source, clock), threading.Event()
    thread = threading.Thread(target=node.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def next_alarm(hub: Hub) -> SoundEvent:
    """Wait for one more alarm, and return it."""
    known = {each.event_id for each in hub.events()}

    def fresh() -> list[SoundEvent]:
        events = [each for each in hub.events() if each.event_id not in known]
        return [each for each in events if each.phase is Phase.BEGAN]

    until(fresh, within_s=60, what="the next alarm")
    return fresh()[0]


def lived_without_a_gap(healths: list[Health]) -> bool:
    return all(
        0.0 < after.mono_s - before.mono_s < 2.0 * HEALTH_S for before, after in pairwise(healths)
    )


def test_a_node_that_starts_in_1970_tells_the_right_time_once_the_clock_is_set(
    mosquitto: RunningBroker, hub: Hub, tmp_path: Path
) -> None:
    clock = JumpingClock(0.0)
    with running(mosquitto, tmp_path, clock):
        early = next_alarm(hub)
        clock.jump(DECADES_S)
        late = next_alarm(hub)
        told_s = from_rfc3339(late.heard_at)

    assert early.heard_at.startswith("1970-01-01T00:00:")
    assert not early.clock_ok
    assert abs(clock.wall_s() - told_s) < 60.0
    assert late.clock_ok == is_time_synchronised()
    assert early.boot_id == late.boot_id
    assert late.heard_mono_s - early.heard_mono_s < 60.0
    assert lived_without_a_gap(hub.healths())
    assert hub.troubles() == set()


@pytest.mark.parametrize("jump_s", [-DECADES_S, 400.0 * DECADES_S])
def test_a_clock_that_jumps_while_a_node_runs_stops_nothing(
    mosquitto: RunningBroker, hub: Hub, tmp_path: Path, jump_s: float
) -> None:
    clock = JumpingClock(time.time())
    with running(mosquitto, tmp_path, clock):
        before = next_alarm(hub)
        clock.jump(jump_s)
        after = next_alarm(hub)
        clock.jump(-jump_s)
        again = next_alarm(hub)
        told_s = from_rfc3339(again.heard_at)

    assert after.clock_ok == (jump_s > 0.0 and is_time_synchronised())
    assert abs(clock.wall_s() - told_s) < 60.0
    assert again.seq > after.seq > before.seq
    assert lived_without_a_gap(hub.healths())


def test_what_was_heard_just_before_the_epoch_can_be_sent(
    mosquitto: RunningBroker, hub: Hub, tmp_path: Path
) -> None:
    with running(mosquitto, tmp_path, JumpingClock(-3600.0)):
        assert next_alarm(hub).heard_at == "1970-01-01T00:00:00.000Z"
