"""The real hub as a home for the port test of pages."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub import broker_mosquitto
from hub.view import Home
from tests import brokers
from tests.hub.house import ACCOUNTS, House
from tests.real import need, until


@contextmanager
def running_hub() -> Iterator[tuple[Home, Callable[[], None], Callable[[], None]]]:
    """Run a hub whose kitchen hears; yields it, a smoke alarm, and a lamp that reports itself."""
    need(broker_mosquitto.find(), "mosquitto")
    with tempfile.TemporaryDirectory() as name:
        broker = brokers.start(Path(name), "mosquitto", ACCOUNTS)
        with House(broker, Path(name))() as house, house.hub() as hub:
            house.lives()
            until(lambda: hub.home.view().rooms[0].hears, what="a kitchen that hears")

            def smoke_alarm() -> None:
                house.sound("smoke_alarm")

            yield hub.home, smoke_alarm, house.bulb_reports
        broker.stop()
