"""Fixtures that start real parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import broker_mosquitto
from tests import brokers
from tests.real import need


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[brokers.RunningBroker]:
    """A private mosquitto with the accounts of tests.brokers.HOME."""
    need(broker_mosquitto.find(), "mosquitto")
    running = brokers.start(tmp_path, "mosquitto")
    yield running
    running.stop()
