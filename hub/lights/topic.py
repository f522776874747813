"""What may be the MQTT topic of one lamp."""

import re

TOPIC_BYTES = 200
"""MQTT allows 65535; brokers and lists on the page want names that a person gives."""

_LEVEL = r"[^/#+\x00-\x1f\x7f]+"
_ONE_TOPIC = re.compile(rf"(?!\$){_LEVEL}(/{_LEVEL})*")


def is_one(topic: str) -> bool:
    """Tell whether a topic is that of one lamp: no wildcard, no empty level, not too long."""
    return bool(_ONE_TOPIC.fullmatch(topic)) and len(topic.encode()) <= TOPIC_BYTES
