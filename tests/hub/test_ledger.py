"""What is stored, listed and acknowledged, whenever the history opens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.mqtt import Account, MqttLink
from hub.announce import Announcer
from hub.feed import Feed
from hub.ledger import Ledger
from hub.store.history import Store
from hub.store.records import Redated
from hub.view import Counters, HomeView
from tests.hub.store.test_database import record

NOTHING = Counters(
    events=0,
    events_dropped=0,
    alerts=0,
    lamp_commands=0,
    lamp_failures=0,
    stored=0,
    store_failures=0,
)


@pytest.fixture
def home() -> Feed:
    first = HomeView(at_s=0.0, version="0", broker="external", broker_up=False)
    return Feed(first, lambda _: None, lambda: NOTHING)


@pytest.fixture
def ledger(home: Feed, tmp_path: Path) -> Iterator[Ledger]:
    """One whose store does not run: the test says what is committed."""
    link = MqttLink(Account(), client_id="hub")
    store = Store(tmp_path / "hub.sqlite", lambda _: None)
    yield Ledger(store, Announcer(link, "0"), home, lambda _: None)
    link.stop()


def test_page_dates_a_row_by_all_that_the_clock_was_set_meanwhile(
    ledger: Ledger, home: Feed
) -> None:
    steps = [Redated(event_id="ring", heard_by_s=by_s, received_by_s=by_s) for by_s in (100.0, 7.0)]
    ledger.stored([record("ring", 31.0), *steps])
    assert [row.heard_s for row in home.history(1)] == [137.0]


def test_event_that_is_stored_once_more_is_listed_once(ledger: Ledger, home: Feed) -> None:
    for _ in range(2):
        ledger.enter(record("ring"))
        ledger.stored([record("ring")])
    assert [row.event_id for row in home.history(9)] == ["ring"]
