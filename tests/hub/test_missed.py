"""An outage is told in one message, time passed in."""

import pytest
from msgspec.structs import replace

from contract.catalogue import Urgency
from hub.alert import Alert
from hub.alerts import Alerts
from hub.missed import MOST, OUTAGE_S, QUIET_S, WAIT_S, Missed
from hub.view import MissedSound

WALL_S = 1_790_000_000.0


def late(
    number: int, sound: str = "smoke_alarm", room_id: str = "kitchen", *, since_s: float = 0.0
) -> Alert:
    urgency = Urgency.EMERGENCY if sound == "smoke_alarm" else Urgency.ATTENTION
    return Alert(
        alert_id=f"event {number}",
        sound=sound,
        urgency=urgency,
        room_id=room_id,
        reason="missed",
        since_s=WALL_S + since_s,
        raised_s=0.0,
        sounding=False,
        missed=True,
    )


def told(alerts: Alerts, now_s: float) -> list[tuple[str, str, int]]:
    """Phase, id and how many sounds: a summary's id is made, so only its kind is told."""
    return [
        (
            item.phase,
            "summary" if item.alert.parts else item.alert.alert_id,
            sum(part.times for part in item.alert.parts),
        )
        for item in alerts.tick(now_s)
    ]


def test_one_missed_emergency_is_told_as_it_is_when_it_stays_alone() -> None:
    alerts = Alerts()
    alerts.miss(late(1), 0.0)
    assert told(alerts, QUIET_S - 0.1) == []
    assert told(alerts, QUIET_S) == [("raised", "event 1", 0)]
    assert told(alerts, QUIET_S + 60.0) == []


def test_all_that_comes_in_together_is_one_message() -> None:
    alerts = Alerts()
    for number in range(20):
        alerts.miss(late(number), 0.1 * number)
    assert told(alerts, 2.0) == []
    assert told(alerts, 2.0 + QUIET_S) == [("raised", "summary", 20)]
    assert len(alerts.all()) == 1


def test_summary_counts_each_sound_of_each_room_the_most_urgent_first() -> None:
    missed = Missed()
    heard = [late(1, "doorbell", since_s=5.0), late(2, since_s=9.0), late(3, "doorbell")]
    for alert in (*heard, late(4, room_id="nursery"), late(5, since_s=600.0)):
        missed.add(alert, 0.0)
    (summary,) = missed.due(QUIET_S) or []
    assert summary.parts == (
        MissedSound(sound="smoke_alarm", room_id="nursery", times=1),
        MissedSound(sound="smoke_alarm", room_id="kitchen", times=2),
        MissedSound(sound="doorbell", room_id="kitchen", times=2),
    )
    assert (summary.since_s, summary.until_s) == (WALL_S, WALL_S + 600.0)
    assert summary.urgency is Urgency.EMERGENCY


def test_span_of_a_summary_follows_the_clock_where_no_node_has_dated_it() -> None:
    alerts = Alerts()
    alerts.miss(late(1, since_s=10.0), 0.0)
    alerts.miss(replace(late(2, since_s=60.0), is_dated=True), 0.0)
    alerts.tick(5.0)
    alerts.shift(20.0)
    (summary,) = alerts.all()
    assert (summary.since_s, summary.until_s) == (WALL_S + 30.0, WALL_S + 60.0)


def test_doorbells_alone_are_history_without_a_message() -> None:
    alerts = Alerts()
    alerts.miss(late(1, "doorbell"), 0.0)
    alerts.miss(late(2, "doorbell"), 1.0)
    assert told(alerts, 100.0) == []


def test_steady_stream_is_told_after_half_a_minute_and_once_more_at_its_end() -> None:
    alerts = Alerts()
    said = []
    for second in range(120):
        alerts.miss(late(second), float(second))
        said += told(alerts, float(second))
    said += told(alerts, 119.0 + QUIET_S)
    assert said == [("raised", "summary", int(WAIT_S) + 1), ("raised", "summary", 120)]
    assert len(alerts.all()) == 1


def test_stream_that_never_rests_hides_no_emergency_for_long() -> None:
    alerts = Alerts()
    for second in range(400):
        alerts.miss(late(second, "smoke_alarm" if second in (0, 200) else "cat"), float(second))
        news = told(alerts, float(second))
        assert [item[0] for item in news] == (["raised"] if second in (30, 331) else [])


def test_emergencies_that_follow_a_quiet_doorbell_are_gathered_all_the_same() -> None:
    alerts = Alerts()
    alerts.miss(late(1, "doorbell"), 0.0)
    assert told(alerts, 60.0) == []
    for number in range(2, 5):
        alerts.miss(late(number), 100.0)
        assert told(alerts, 100.0) == []
    assert told(alerts, 105.0) == [("raised", "summary", 4)]


def test_single_message_gives_way_when_more_of_the_outage_comes() -> None:
    alerts = Alerts()
    alerts.miss(late(1), 0.0)
    told(alerts, 5.0)
    alerts.miss(late(2), 60.0)
    assert told(alerts, 65.0) == [("ended", "event 1", 0), ("raised", "summary", 2)]
    assert len(alerts.all()) == 1


def test_next_outage_is_a_message_of_its_own() -> None:
    alerts = Alerts()
    alerts.miss(late(1), 0.0)
    told(alerts, 5.0)
    alerts.miss(late(2), OUTAGE_S + 1.0)
    assert told(alerts, OUTAGE_S + 6.0) == [("raised", "event 2", 0)]
    assert [alert.alert_id for alert in alerts.all()] == ["event 1", "event 2"]


def test_what_comes_after_a_person_has_seen_the_message_is_a_new_one() -> None:
    alerts = Alerts()
    for number in range(3):
        alerts.miss(late(number), 0.0)
    (news,) = alerts.tick(5.0)
    alerts.acknowledge(news.alert.alert_id, now_s=6.0, wall_s=WALL_S)
    alerts.miss(late(4), 7.0)
    assert told(alerts, 12.0) == [("raised", "event 4", 0)]
    assert [alert.alert_id for alert in alerts.all()] == ["event 4"]


def test_what_came_in_before_a_person_has_seen_the_message_but_is_not_in_it_is_told() -> None:
    alerts = Alerts()
    for number in range(3):
        alerts.miss(late(number), 0.0)
    (news,) = alerts.tick(5.0)
    alerts.miss(late(4), 6.0)
    alerts.acknowledge(news.alert.alert_id, now_s=7.0, wall_s=WALL_S)
    assert told(alerts, 11.0) == [("raised", "event 4", 0)]
    assert [alert.alert_id for alert in alerts.all()] == ["event 4"]


def test_two_that_are_told_after_a_message_was_seen_are_no_part_of_it() -> None:
    alerts = Alerts()
    alerts.miss(late(1), 0.0)
    alerts.miss(late(2), 0.0)
    (news,) = alerts.tick(5.0)
    alerts.miss(late(3), 6.0)
    alerts.miss(late(4), 6.0)
    alerts.acknowledge(news.alert.alert_id, now_s=7.0, wall_s=WALL_S)
    assert told(alerts, 11.0) == [("raised", "summary", 2)]
    assert [alert.alert_id for alert in alerts.all()] != [news.alert.alert_id]


@pytest.mark.parametrize(("others", "said"), [(0, []), (1, [("raised", "event 0", 0)])])
def test_what_turns_out_to_sound_still_is_not_told_as_missed(
    others: int, said: list[tuple[str, str, int]]
) -> None:
    alerts = Alerts()
    for number in range(others):
        alerts.miss(late(number), 0.0)
    alerts.miss(late(9), 0.0)
    alerts.open(_live(late(9)))
    assert told(alerts, 5.0) == said
    live = alerts.get("kitchen", "smoke_alarm")
    assert live
    assert live.sounding


def test_what_was_told_as_missed_and_sounds_after_all_leaves_the_summary() -> None:
    alerts = Alerts()
    for number in range(3):
        alerts.miss(late(number), 0.0)
    told(alerts, 5.0)
    alerts.open(_live(late(0)))
    assert told(alerts, 10.0) == [("raised", "summary", 2)]
    alerts.open(_live(late(1, room_id="nursery")))
    assert told(alerts, 15.0) == [("ended", "summary", 2), ("raised", "event 2", 0)]
    alerts.open(_live(late(2, room_id="attic")))
    told(alerts, 20.0)
    assert [alert.missed for alert in alerts.all()] == [False, False, False]


def test_emergency_finds_room_among_all_that_nodes_can_hold() -> None:
    missed = Missed()
    for number in range(MOST + 5):
        missed.add(late(number, "doorbell"), 0.0)
    for number in range(MOST + 5, 2 * MOST + 10):
        missed.add(late(number), 0.0)
    (summary,) = missed.due(QUIET_S) or []
    assert [part.times for part in summary.parts] == [MOST, MOST]


def _live(alert: Alert) -> Alert:
    return replace(alert, missed=False, sounding=True, reason="emergency")
