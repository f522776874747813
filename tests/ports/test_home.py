"""What every home must do for its pages, tried on the fake and on the hub itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from hub.view import Changes, Home
from tests.hub.home_rig import running_hub
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import alert, lamp, row, scene
from tests.real import until


@dataclass
class Rig:
    """A home with a kitchen that hears, and hands on what happens there."""

    home: Home
    smoke_alarm: Callable[[], None]
    """A smoke alarm begins in the kitchen; the home raises an alert and stores the event."""
    lamp_changes: Callable[[], None]
    """A lamp reports itself, without any sound."""


@contextmanager
def fake() -> Iterator[Rig]:
    """The fake home."""
    at_s = 1_795_341_600.0
    home = FakeHome(scene("calm", at_s))

    def smoke_alarm() -> None:
        home.raise_alert(alert("1", "smoke_alarm", "kitchen", at_s))
        home.store(row("1", "smoke_alarm", "kitchen", "began", heard_s=at_s))

    yield Rig(
        home=home,
        smoke_alarm=smoke_alarm,
        lamp_changes=lambda: home.shine(lamp("kitchen-lamp", "Lamp", "", "kitchen", on=False)),
    )


@contextmanager
def hub() -> Iterator[Rig]:
    """The hub with a real broker, database and bulb."""
    with running_hub() as (home, smoke_alarm, lamp_changes):
        yield Rig(home=home, smoke_alarm=smoke_alarm, lamp_changes=lamp_changes)


RIGS: dict[str, Callable[[], AbstractContextManager[Rig]]] = {"fake": fake, "hub": hub}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with RIGS[request.param]() as made:
        yield made


def alert_id(home: Home) -> str:
    until(lambda: home.view().alerts, what="an alert")
    return home.view().alerts[0].alert_id


def follow(changes: Changes, wanted: str) -> None:
    until(lambda: changes.next(0.1) == wanted, what=f"the change {wanted!r}")


def drain(changes: Changes) -> None:
    """Read until nothing has come for a while."""
    until(lambda: changes.next(0.5) is None, what="quiet")


def test_view_shows_the_room_that_hears(rig: Rig) -> None:
    rooms = {room.room_id: room for room in rig.home.view().rooms}
    assert rooms["kitchen"].hears
    assert rooms["kitchen"].nodes


def test_an_alert_appears_in_the_view(rig: Rig) -> None:
    rig.smoke_alarm()
    alert_id(rig.home)
    (shown,) = rig.home.view().alerts
    assert (shown.sound, shown.room_id, shown.sounding) == ("smoke_alarm", "kitchen", True)
    assert shown.acknowledged_s is None


def test_every_follower_learns_of_an_alert(rig: Rig) -> None:
    with rig.home.changes() as first, rig.home.changes() as second:
        rig.smoke_alarm()
        follow(first, "home")
        follow(second, "home")


def test_a_lamp_that_changes_is_no_reason_to_fetch_the_page(rig: Rig) -> None:
    with rig.home.changes() as changes:
        drain(changes)
        rig.lamp_changes()
        follow(changes, "lamps")


def test_nothing_new_is_none_in_time(rig: Rig) -> None:
    with rig.home.changes() as changes:
        drain(changes)


def test_a_change_wakes_a_page_that_waits(rig: Rig) -> None:
    woken = threading.Event()
    with rig.home.changes() as changes:
        drain(changes)

        def wait() -> None:
            if changes.next(20.0):
                woken.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        rig.smoke_alarm()
        assert woken.wait(20.0)
        waiting.join()


def test_a_page_that_has_gone_hinders_nobody(rig: Rig) -> None:
    with rig.home.changes():
        pass
    with rig.home.changes() as changes:
        rig.smoke_alarm()
        follow(changes, "home")


def test_acknowledging_shows_that_a_person_has_seen_it(rig: Rig) -> None:
    rig.smoke_alarm()
    seen = alert_id(rig.home)
    with rig.home.changes() as changes:
        assert rig.home.acknowledge(seen)
        follow(changes, "home")
    until(lambda: rig.home.view().alerts[0].acknowledged_s is not None, what="acknowledged")


def test_what_is_not_open_cannot_be_acknowledged(rig: Rig) -> None:
    assert not rig.home.acknowledge("00000000-0000-0000-0000-000000000000")
    assert not rig.home.acknowledge("")
    rig.smoke_alarm()
    seen = alert_id(rig.home)
    rig.home.acknowledge(seen)
    until(lambda: not rig.home.acknowledge(seen), what="closed")


def test_history_is_newest_first_and_no_longer_than_asked(rig: Rig) -> None:
    rig.smoke_alarm()
    until(lambda: rig.home.history(10), what="a stored event")
    rows = rig.home.history(10)
    assert rows == sorted(rows, key=lambda row: -row.heard_s)
    assert rows[0].sound == "smoke_alarm"
    assert len(rig.home.history(1)) == 1
    assert rig.home.history(0) == []


def test_counters_never_fall(rig: Rig) -> None:
    before = rig.home.counters()
    rig.smoke_alarm()
    after = rig.home.counters()
    for name in before.__struct_fields__:
        assert 0 <= getattr(before, name) <= getattr(after, name)
