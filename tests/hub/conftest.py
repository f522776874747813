"""A home with a real broker for the hub's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import broker_mosquitto
from tests import brokers
from tests.hub.house import ACCOUNTS, House
from tests.real import need


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Nodes and a bulb on a private mosquitto; the test starts the hub."""
    need(broker_mosquitto.find(), "mosquitto")
    running = brokers.start(tmp_path, "mosquitto", ACCOUNTS)
    with House(running, tmp_path)() as home:
        yield home
    running.stop()
