"""The wall clock is set while the hub runs, by 56 years either way: no alert is suppressed."""

import time

import pytest

from contract.clock import NOT_BEFORE_S, SystemClock
from contract.messages import NodeStatus, Phase
from hub.chronicle import Chronicle
from hub.faults import Fault
from hub.household import Household, Moment
from hub.policy import Reason
from hub.service import Hub
from hub.store.records import Record, Redated
from tests.hub.house import House
from tests.hub.make import OLD_BOOT, START, event, health, household
from tests.real import until

JUMPS = [-START.wall_s, START.wall_s, -3600.0, 3600.0]
"""To 1970, to 2083, and the hour of summer time."""


def then(seconds: float, jump_s: float = 0.0) -> Moment:
    return Moment(START.mono_s + seconds, START.wall_s + seconds + jump_s)


def hear(home: Household, now: Moment, sound: str, *, heard: float, event_id: str = "") -> Reason:
    home.follow(now)
    return home.heard("oven", event(sound, heard=heard, event_id=event_id), now).decision.reason


@pytest.mark.parametrize("jump_s", JUMPS)
def test_what_rings_or_burns_after_the_jump_alerts(jump_s: float) -> None:
    home = household()
    home.alive("oven", health(0.0), then(0.0))
    assert hear(home, then(1.0), "doorbell", heard=1.0) is Reason.ATTENTION
    assert hear(home, then(1.0), "smoke_alarm", heard=1.0) is Reason.EMERGENCY
    home.alive("oven", health(100.0), then(100.0, jump_s))
    assert hear(home, then(100.0, jump_s), "doorbell", heard=100.0) is Reason.ATTENTION
    assert hear(home, then(100.0, jump_s), "glass_breaking", heard=100.0) is Reason.EMERGENCY


@pytest.mark.parametrize("jump_s", JUMPS)
def test_second_ring_whose_first_end_was_lost_is_not_taken_for_an_old_one(jump_s: float) -> None:
    home = household()
    home.alive("oven", health(0.0), then(0.0))
    hear(home, then(1.0), "smoke_alarm", heard=1.0, event_id="first")
    now = then(3.0, jump_s)
    home.follow(now)
    news = home.heard("oven", event("smoke_alarm", heard=3.0, event_id="second"), now).news
    assert [(item.phase, item.alert.alert_id) for item in news] == [
        ("ended", "first"),
        ("raised", "second"),
    ]


@pytest.mark.parametrize("jump_s", JUMPS)
def test_late_stays_late_and_cool_down_goes_on(jump_s: float) -> None:
    home = household()
    home.alive("oven", health(0.0), then(0.0))
    hear(home, then(1.0), "doorbell", heard=1.0, event_id="ring")
    home.heard("oven", event(phase=Phase.ENDED, heard=2.0, began_id="ring"), then(2.0))
    assert hear(home, then(30.0, jump_s), "doorbell", heard=30.0) is Reason.COOLDOWN
    assert hear(home, then(300.0, jump_s), "doorbell", heard=100.0) is Reason.LATE


@pytest.mark.parametrize("jump_s", JUMPS)
def test_how_long_ago_something_was_does_not_change(jump_s: float) -> None:
    home = household()
    home.alive("oven", health(0.0), then(0.0))
    hear(home, then(1.0), "smoke_alarm", heard=1.0)
    home.acknowledge(home.alerts.all()[0].alert_id, then(5.0))
    home.told("cot", NodeStatus(state="offline"), then(5.0))
    fault = Fault(trouble="no_audio", subject="cot", detail="deaf")
    home.troubles.update([fault], now_s=then(5.0).mono_s, wall_s=then(5.0).wall_s)
    now = then(11.0, jump_s)
    assert home.follow(now) == pytest.approx(jump_s)
    (alert,), (trouble,) = home.alerts.all(), home.troubles.all()
    (hearing,) = home.rooms.heard_in("kitchen")
    last_s = home.nodes.watch("oven").health_wall_s
    assert alert.acknowledged_wall_s is not None
    assert last_s is not None
    since = [alert.since_s, alert.acknowledged_wall_s, trouble.since_s, hearing.since_s, last_s]
    assert [now.wall_s - at_s for at_s in since] == pytest.approx([10.0, 6.0, 6.0, 10.0, 11.0])


def test_clock_that_is_slewed_is_not_set() -> None:
    home = household()
    assert home.follow(then(100.0, 0.4)) == 0.0


def test_trouble_of_a_node_is_dated_by_the_node_once_the_hub_knows_the_time() -> None:
    home = household()
    at_s = START.wall_s - 600.0
    unsure = Fault(trouble="clipping", subject="cot", detail="too loud", since_s=None)
    home.troubles.update([unsure], now_s=0.0, wall_s=30.0)
    sure = Fault(trouble="clipping", subject="cot", detail="too loud", since_s=at_s)
    home.troubles.update([sure], now_s=10.0, wall_s=START.wall_s)
    assert [trouble.since_s for trouble in home.troubles.all()] == [at_s]


class Kept:
    def __init__(self) -> None:
        self.records: list[Record] = []

    def __call__(self, record: Record) -> bool:
        self.records.append(record)
        return True

    @property
    def redated(self) -> list[Redated]:
        return [record for record in self.records if isinstance(record, Redated)]


@pytest.mark.parametrize(
    ("mono_s", "wall_s", "is_dated", "moved_s"),
    [
        (20.0, 30.0, False, [(1860.0, 1860.0)]),
        (20.0, START.wall_s, False, [(1860.0, 1860.0)]),
        (20.0, START.wall_s, True, [(0.0, 1860.0)]),
        (5000.0, START.wall_s, False, []),
    ],
    ids=["1970", "a time saved before the power cut", "dated by its node", "a clock long set"],
)
def test_event_is_dated_again_where_the_clock_may_have_been_wrong(
    mono_s: float, wall_s: float, is_dated: bool, moved_s: list[tuple[float, float]]
) -> None:
    kept = Kept()
    home = household(now=Moment(mono_s, wall_s))
    chronicle = Chronicle(home, kept, boot_id="boot")
    chronicle.came_in("ring", Moment(mono_s, wall_s), is_dated=is_dated)
    assert not chronicle.follow(Moment(mono_s + 1.0, wall_s + 1.0))
    assert chronicle.follow(Moment(mono_s + 2.0, wall_s + 1862.0))
    assert [(r.heard_by_s, r.received_by_s) for r in kept.redated] == moved_s


def test_message_of_what_a_node_has_dated_keeps_its_times_when_the_clock_is_set() -> None:
    saved = Moment(20.0, START.wall_s - 1860.0)
    home = household(now=saved)
    home.alive("oven", health(1860.0), saved)
    for number, heard_s in enumerate((-120.0, -60.0)):
        report = event(
            "smoke_alarm",
            heard=heard_s,
            event_id=f"beep {number}",
            boot_id=OLD_BOOT,
            clock_ok=True,
        )
        assert home.heard("oven", report, saved).decision.reason is Reason.MISSED
    home.tick(Moment(30.0, saved.wall_s + 10.0))
    home.follow(Moment(31.0, START.wall_s + 11.0))
    (summary,) = home.alerts.all()
    assert (summary.since_s, summary.until_s) == (START.wall_s - 120.0, START.wall_s - 60.0)


class Clock(SystemClock):
    """A machine without a clock chip: it starts in 1970 until somebody sets it."""

    def __init__(self) -> None:
        self.behind_s = time.time() - 30.0

    def wall_s(self) -> float:
        return super().wall_s() - self.behind_s


def test_alarm_at_1970_flashes_and_its_row_is_dated_when_the_clock_is_set(house: House) -> None:
    clock = Clock()
    with house.hub(clock=clock) as hub:
        house.lives()
        beep = house.sound("smoke_alarm")
        until(house.lit, what="the lamp")
        until(lambda: hub.home.history(1) and hub.home.view().alerts, what="the history")
        assert hub.home.history(1)[0].heard_s < NOT_BEFORE_S
        assert hub.home.view().alerts[0].since_s < NOT_BEFORE_S
        clock.behind_s = 0.0
        until(lambda: _is_dated(hub), what="the right date", within_s=30.0)
    with house.hub() as hub:
        (row,) = hub.home.history(10)
        assert row.event_id == beep
        assert abs(row.heard_s - time.time()) < 120.0


def _is_dated(hub: Hub) -> bool:
    (row,), alerts = hub.home.history(1), hub.home.view().alerts
    return row.heard_s > NOT_BEFORE_S and alerts[0].since_s > NOT_BEFORE_S
