"""Every MQTT topic of Soribit, and how long a message on it may be."""

import re

ROOT = "soribit/v1"
HUB_STATUS = f"{ROOT}/hub/status"
HUB_ALERT = f"{ROOT}/hub/alert"
EVERY_NODE = f"{ROOT}/node/+/{{kind}}"

LIVE_MESSAGE_BYTES = 1024
"""Events, status, health and acknowledgements: one packet, and nothing that could hold audio."""
HUB_MESSAGE_BYTES = 16 * 1024
DISCOVERY_BYTES = 64 * 1024
FOREIGN_BYTES = 1024 * 1024
"""Zigbee2MQTT's list of devices is the largest message that we may meet."""

_NODE_TOPIC = re.compile(rf"{ROOT}/node/([a-z0-9-]{{1,32}})/(event|status|health|ack|command)")


def node_event(node_id: str) -> str:
    """Where a node reports sounds; QoS 0, never retained."""
    return f"{ROOT}/node/{node_id}/event"


def node_status(node_id: str) -> str:
    """What a node is; QoS 1, retained, its last will."""
    return f"{ROOT}/node/{node_id}/status"


def node_health(node_id: str) -> str:
    """A node's sign of life; QoS 0, never retained."""
    return f"{ROOT}/node/{node_id}/health"


def node_ack(node_id: str) -> str:
    """Where the hub tells a node which events it has stored; QoS 1."""
    return f"{ROOT}/node/{node_id}/ack"


def node_command(node_id: str) -> str:
    """Where the hub tells a node what to do; QoS 1."""
    return f"{ROOT}/node/{node_id}/command"


def device_status(device_id: str) -> str:
    """What a wristband or a display is; retained, its last will."""
    return f"{ROOT}/device/{device_id}/status"


def device_ack(device_id: str) -> str:
    """Where a wristband tells that its wearer has seen an alert."""
    return f"{ROOT}/device/{device_id}/ack"


def hub_room(room_id: str) -> str:
    """A room's state; QoS 1, retained."""
    return f"{ROOT}/hub/room/{room_id}"


def every_node(kind: str) -> str:
    """Return the filter for one kind of message of all nodes."""
    return EVERY_NODE.format(kind=kind)


def node_of(topic: str) -> str | None:
    """Return the id of the node that a topic belongs to, None for any other topic."""
    match = _NODE_TOPIC.fullmatch(topic)
    return match.group(1) if match else None


def limit_bytes(topic: str) -> int:
    """Return how long a payload on this topic may be."""
    if topic.startswith(f"{ROOT}/node/"):
        return HUB_MESSAGE_BYTES if topic.endswith("/command") else LIVE_MESSAGE_BYTES
    if topic.startswith(f"{ROOT}/"):
        return HUB_MESSAGE_BYTES
    if topic.startswith("homeassistant/"):
        return DISCOVERY_BYTES
    return FOREIGN_BYTES
