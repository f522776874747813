"""Who hears a node as the hub does, on a real broker."""

from contract.messages import Ack, Health, NodeStatus, SoundEvent, decode, encode
from contract.topics import node_ack, node_event, node_health, node_status
from tests.brokers import Peer, RunningBroker

NODE = "kitchen"


class Hub(Peer):
    """Hears a node as the hub does."""

    def __init__(self, broker: RunningBroker) -> None:
        super().__init__(broker.account("hub"))
        self.hear(f"soribit/v1/node/{NODE}/#")
        self.link.start()
        assert self.link.wait_up(10)

    def kinds(self) -> list[str]:
        return [arrival.topic.rpartition("/")[2] for arrival in self.got if not arrival.retained]

    def statuses(self) -> list[NodeStatus]:
        return [
            decode(NodeStatus, each.payload, source=each.topic)
            for each in self.got
            if each.topic == node_status(NODE)
        ]

    def healths(self) -> list[Health]:
        return [
            decode(Health, each.payload, source=each.topic)
            for each in self.got
            if each.topic == node_health(NODE)
        ]

    def events(self) -> list[SoundEvent]:
        return [
            decode(SoundEvent, each.payload, source=each.topic)
            for each in self.got
            if each.topic == node_event(NODE)
        ]

    def acknowledge(self, *event_ids: str) -> None:
        self.link.publish(node_ack(NODE), encode(Ack(event_ids=event_ids)), qos=1)

    def troubles(self) -> set[str]:
        return {trouble.id for status in self.statuses()[-1:] for trouble in status.troubles}
