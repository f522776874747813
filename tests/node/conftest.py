"""Fixtures for a whole node on a real broker."""

from collections.abc import Iterator

import pytest

from tests.brokers import RunningBroker
from tests.node.peer import Hub


@pytest.fixture
def hub(mosquitto: RunningBroker) -> Iterator[Hub]:
    peer = Hub(mosquitto)
    yield peer
    peer.link.stop()
