"""A hub's ears for tests: what the kitchen's node tells a broker."""

from collections.abc import Iterator
from contextlib import contextmanager

from contract.messages import NodeStatus, Phase, SoundEvent, decode
from contract.topics import node_event, node_status
from tests.brokers import Peer, RunningBroker


class Hub(Peer):
    """Hears the kitchen's node as the hub does."""

    @property
    def events(self) -> list[SoundEvent]:
        """Every event, in the order of its coming."""
        topic = node_event("kitchen")
        got = [each for each in self.got if each.topic == topic]
        return [decode(SoundEvent, each.payload, source=topic) for each in got]

    def began(self) -> list[SoundEvent]:
        """Return the sounds that began."""
        return [each for each in self.events if each.phase is Phase.BEGAN]

    def heard_an_end(self) -> bool:
        """Whether a sound ended."""
        return any(each.phase is Phase.ENDED for each in self.events)

    def statuses(self) -> list[NodeStatus]:
        """Return what the node said of itself."""
        topic = node_status("kitchen")
        got = [each for each in self.got if each.topic == topic]
        return [decode(NodeStatus, each.payload, source=topic) for each in got]

    def is_told_online(self) -> bool:
        """Whether it has ever said that it is there."""
        return any(each.state == "online" for each in self.statuses())


@contextmanager
def listening_hub(broker: RunningBroker) -> Iterator[Hub]:
    """Let a hub hear the kitchen for a while."""
    peer = Hub(broker.account("hub"))
    peer.hear("soribit/v1/node/kitchen/#")
    peer.link.start()
    assert peer.link.wait_up(10)
    yield peer
    peer.link.stop()
