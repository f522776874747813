"""What the hub says over MQTT: its own life, acknowledgements, alerts, the state of each room."""

import logging
from collections import defaultdict
from collections.abc import Iterable

from contract.messages import (
    EVENT_IDS_PER_ACK,
    Ack,
    AlertMessage,
    HubStatus,
    RoomMessage,
    encode,
)
from contract.mqtt import Account, MqttLink, Will
from contract.topics import HUB_ALERT, HUB_STATUS, hub_room, node_ack

log = logging.getLogger(__name__)


def link_of_hub(account: Account) -> MqttLink:
    """Return the hub's connection to the broker; its last will says that the hub is gone."""
    will = Will(HUB_STATUS, encode(HubStatus(state="offline")))
    return MqttLink(account, client_id=account.username, will=will)


class Announcer:
    """Publishes for the hub. While the link is down nothing is lost: each topic heals itself."""

    def __init__(self, link: MqttLink, version: str) -> None:
        self._link = link
        self._version = version
        self._rooms: dict[str, bytes] = {}

    def hello(self) -> None:
        """Say that the hub lives: nodes then send what waits. Rooms are said again, too."""
        self._rooms.clear()
        self._status(HubStatus(state="online", version=self._version))

    def goodbye(self) -> None:
        """Say that the hub ends."""
        self._status(HubStatus(state="offline", version=self._version))

    def alert(self, message: AlertMessage) -> None:
        """Tell wristbands and displays of an alert."""
        self._link.publish(HUB_ALERT, encode(message), qos=1)

    def room(self, message: RoomMessage) -> None:
        """Tell a room's state, where it has changed."""
        payload = encode(message)
        if self._rooms.get(message.room) != payload and self._link.publish(
            hub_room(message.room), payload, qos=1, retain=True
        ):
            self._rooms[message.room] = payload

    def stored(self, events: Iterable[tuple[str, str]]) -> None:
        """Tell nodes which of their events are safe.

        Args:
            events: Node and event id of each.
        """
        by_node: dict[str, list[str]] = defaultdict(list)
        for node_id, event_id in events:
            by_node[node_id].append(event_id)
        for node_id, event_ids in by_node.items():
            for place in range(0, len(event_ids), EVENT_IDS_PER_ACK):
                self._acknowledge(node_id, event_ids[place : place + EVENT_IDS_PER_ACK])

    def _acknowledge(self, node_id: str, event_ids: list[str]) -> None:
        if self._link.publish(node_ack(node_id), encode(Ack(event_ids=tuple(event_ids))), qos=1):
            for event_id in event_ids:
                log.info("acknowledged", extra={"event_id": event_id, "node_id": node_id})

    def _status(self, status: HubStatus) -> None:
        self._link.publish(HUB_STATUS, encode(status), qos=1, retain=True)
