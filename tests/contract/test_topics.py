"""Topics: whose they are and how much fits."""

import pytest

from contract import topics


@pytest.mark.parametrize("make", [topics.node_event, topics.node_status, topics.node_health])
def test_a_node_topic_names_its_node(make: object) -> None:
    assert callable(make)
    assert topics.node_of(make("kitchen-2")) == "kitchen-2"


@pytest.mark.parametrize(
    "topic",
    [
        "soribit/v1/node/Kitchen/event",
        "soribit/v1/node/a/b/event",
        "soribit/v1/node//event",
        "soribit/v1/node/+/event",
        "soribit/v1/node/kitchen/event\n",
        f"soribit/v1/node/{'a' * 33}/event",
        "soribit/v1/hub/status",
        "zigbee2mqtt/lamp",
    ],
)
def test_any_other_topic_belongs_to_no_node(topic: str) -> None:
    assert topics.node_of(topic) is None


@pytest.mark.parametrize(
    ("topic", "limit"),
    [
        (topics.node_event("a"), 1024),
        (topics.node_ack("a"), 1024),
        ("soribit/v1/node/a/command", 16 * 1024),
        (topics.hub_room("kitchen"), 16 * 1024),
        ("homeassistant/device/soribit_a/config", 64 * 1024),
        ("zigbee2mqtt/bridge/devices", 1024 * 1024),
    ],
)
def test_a_message_may_be_as_long_as_its_topic_says(topic: str, limit: int) -> None:
    assert topics.limit_bytes(topic) == limit
