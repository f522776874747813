"""A node whose network is slower than the sound says so itself, until it keeps up again."""

import threading
from math import inf
from pathlib import Path

from node import bundle
from node.blocks import AudioBlock
from node.classifier import open_first
from node.detection import Detection
from node.ear import Ear
from node.service import Node
from node.settings import Audio, NodeBroker, NodeSettings
from node.sources import open_source
from tests.brokers import RunningBroker
from tests.node.fakes import FakeClock
from tests.node.peer import NODE, Hub
from tests.real import until
from tests.tones import TINY_BUNDLE, noise, write


class TiredEar(Ear):
    """An ear that takes as long for each block as the test says."""

    takes_s = 0.0
    clock = FakeClock()

    def hear(self, block: AudioBlock, *, not_before_s: float = -inf) -> list[Detection]:
        self.clock.wait(self.takes_s)
        return super().hear(block, not_before_s=not_before_s)


def test_a_node_that_is_too_slow_tells_it_until_it_keeps_up(
    mosquitto: RunningBroker, hub: Hub, tmp_path: Path
) -> None:
    settings = NodeSettings(
        node_id=NODE,
        audio=Audio(
            source="file", files=(str(write(tmp_path / "room.wav", noise(5.0))),), loop=True
        ),
        broker=NodeBroker(port=mosquitto.port, password_file=str(tmp_path / f"{NODE}.password")),
    )
    classifier, _ = open_first(bundle.find(TINY_BUNDLE, None))
    ear = TiredEar(classifier)
    source = open_source(settings.audio, ear.hop_samples, ear.clock, ear.clock.wait)
    node, stop = Node(settings, tmp_path, ear, source, ear.clock), threading.Event()
    thread = threading.Thread(target=node.run, args=(stop,))
    thread.start()
    try:
        until(lambda: hub.statuses() and not hub.troubles(), within_s=60, what="a node that hears")
        ear.takes_s = 0.6
        until(lambda: hub.troubles() == {"node_overloaded"}, within_s=60, what="the trouble")
        ear.takes_s = 0.1
        until(lambda: not hub.troubles(), within_s=60, what="its end")
    finally:
        stop.set()
        thread.join()
