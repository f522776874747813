import pytest

from contract.catalogue import Urgency
from hub.alert import Alert
from hub.alerts import AGAIN_S, MISSED_STAYS_S, STAYS_S, Alerts
from hub.missed import QUIET_S

WALL_S = 1_790_000_000.0


def alert(
    urgency: Urgency = Urgency.EMERGENCY, alert_id: str = "one", *, missed: bool = False
) -> Alert:
    return Alert(
        alert_id=alert_id,
        sound="smoke_alarm",
        urgency=urgency,
        room_id="kitchen",
        reason="emergency",
        since_s=WALL_S,
        raised_s=0.0,
        missed=missed,
        sounding=not missed,
    )


def raised(urgency: Urgency = Urgency.EMERGENCY) -> Alerts:
    alerts = Alerts()
    alerts.open(alert(urgency))
    return alerts


def phases(alerts: Alerts, now_s: float) -> list[str]:
    return [news.phase for news in alerts.tick(now_s)]


def end(alerts: Alerts, now_s: float) -> None:
    alerts.sound_ended("kitchen", "smoke_alarm", now_s)


def acknowledge(alerts: Alerts, now_s: float) -> None:
    alerts.acknowledge("one", now_s=now_s, wall_s=WALL_S + now_s)


def test_emergency_waits_for_a_person_however_long() -> None:
    alerts = raised()
    end(alerts, 10.0)
    alerts.tick(10.0 + 100 * STAYS_S)
    assert [item.sounding for item in alerts.all()] == [False]


def test_lamps_rest_ten_minutes_after_the_emergency_ended() -> None:
    alerts = raised()
    end(alerts, 10.0)
    assert phases(alerts, 9.9 + STAYS_S) == []
    assert phases(alerts, 10.0 + STAYS_S) == ["quiet"]
    assert phases(alerts, 20.0 + STAYS_S) == []


def test_emergency_that_goes_on_flashes_on() -> None:
    assert phases(raised(), 100 * STAYS_S) == []


def test_acknowledged_alert_is_gone_when_its_sound_has_ended() -> None:
    alerts = raised()
    acknowledge(alerts, 5.0)
    alerts.tick(6.0)
    assert len(alerts.all()) == 1
    end(alerts, 7.0)
    alerts.tick(7.0)
    assert alerts.all() == []


def test_emergency_that_still_sounds_two_minutes_after_an_acknowledgement_comes_again() -> None:
    alerts = raised()
    acknowledge(alerts, 5.0)
    assert phases(alerts, 4.9 + AGAIN_S) == []
    assert phases(alerts, 5.0 + AGAIN_S) == ["raised"]
    assert [item.acknowledged_s for item in alerts.all()] == [None]


def test_attention_is_not_raised_again() -> None:
    alerts = raised(Urgency.ATTENTION)
    acknowledge(alerts, 5.0)
    assert phases(alerts, 10 * AGAIN_S) == []


def test_attention_leaves_the_page_ten_minutes_after_its_end() -> None:
    alerts = raised(Urgency.ATTENTION)
    end(alerts, 10.0)
    alerts.tick(9.0 + STAYS_S)
    assert len(alerts.all()) == 1
    alerts.tick(10.0 + STAYS_S)
    assert alerts.all() == []


def missed_one(alerts: Alerts) -> None:
    alerts.miss(alert(alert_id="two", missed=True), 10.0)
    news = alerts.tick(10.0 + QUIET_S)
    assert [(item.phase, item.alert.alert_id) for item in news] == [("raised", "two")]


def test_missed_emergency_stays_for_a_day() -> None:
    alerts = Alerts()
    missed_one(alerts)
    assert alerts.tick(MISSED_STAYS_S - 1.0) == []
    assert len(alerts.all()) == 1
    alerts.tick(MISSED_STAYS_S + 20.0)
    assert alerts.all() == []


@pytest.mark.parametrize("over", [True, False])
def test_missed_emergency_never_takes_the_place_of_a_live_one(over: bool) -> None:
    alerts = raised()
    if over:
        end(alerts, 5.0)
    missed_one(alerts)
    assert [item.alert_id for item in alerts.all()] == ["one", "two"]
    live = alerts.get("kitchen", "smoke_alarm")
    assert live
    assert live.alert_id == "one"


def test_missed_emergency_starts_no_cool_down() -> None:
    alerts = Alerts()
    missed_one(alerts)
    assert alerts.since_last_s("kitchen", "smoke_alarm", 20.0) is None


def test_missed_emergency_that_is_acknowledged_goes_away_and_leaves_the_live_one() -> None:
    alerts = raised()
    missed_one(alerts)
    (news,) = alerts.acknowledge("two", now_s=20.0, wall_s=WALL_S)
    assert (news.phase, news.alert.missed) == ("acknowledged", True)
    alerts.tick(20.25)
    assert [item.alert_id for item in alerts.all()] == ["one"]


def test_newer_alert_takes_the_place_of_the_older_for_the_same_sound_and_room() -> None:
    alerts = raised()
    alerts.open(alert(alert_id="two"))
    assert [item.alert_id for item in alerts.all()] == ["two"]


def test_alert_is_acknowledged_once() -> None:
    alerts = raised()
    assert len(alerts.acknowledge("one", now_s=1.0, wall_s=WALL_S)) == 1
    assert alerts.acknowledge("one", now_s=2.0, wall_s=WALL_S) == []


def test_nobody_can_acknowledge_what_is_not_there() -> None:
    assert raised().acknowledge("two", now_s=1.0, wall_s=WALL_S) == []


def test_sound_ends_once() -> None:
    alerts = raised()
    assert [n.phase for n in alerts.sound_ended("kitchen", "smoke_alarm", 1.0)] == ["ended"]
    assert alerts.sound_ended("kitchen", "smoke_alarm", 2.0) == []


@pytest.mark.parametrize("lost", [True, False])
def test_lost_ear_is_noted_while_the_sound_is_on(lost: bool) -> None:
    alerts = raised()
    alerts.ear("kitchen", "smoke_alarm", lost=lost)
    assert alerts.all()[0].ear_lost is lost
