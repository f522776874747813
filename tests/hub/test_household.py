"""The decisions of a whole home, time passed in."""

from contract.catalogue import Urgency
from contract.clock import SETTLES_S
from contract.messages import NodeStatus, Phase
from hub.alert import News
from hub.faults import SILENT_S
from hub.household import Household, Moment, Verdict
from hub.policy import Reason
from hub.rules import SoundRule
from tests.hub.make import BOOT, OLD_BOOT, START, at, event, health, household, new_id


def hear(  # noqa: PLR0913  a message has many parts, a test names the ones it means
    home: Household,
    now: float,
    sound: str = "doorbell",
    phase: Phase = Phase.BEGAN,
    *,
    node: str = "oven",
    heard: float | None = None,
    event_id: str = "",
    began_id: str | None = None,
    boot_id: str = BOOT,
) -> Verdict:
    heard = now if heard is None else heard
    report = event(sound, phase, heard=heard, event_id=event_id, began_id=began_id, boot_id=boot_id)
    return home.heard(node, report, at(now))


def live(home: Household, now: float, *sounding: tuple[str, str], node: str = "oven") -> list[News]:
    return home.alive(node, health(now, *sounding), at(now))


def raised(news: list[News]) -> list[str]:
    return [item.alert.alert_id for item in news if item.phase == "raised"]


def test_doorbell_raises_an_alert_at_once() -> None:
    home = household()
    verdict = hear(home, 1.0, event_id="ring")
    assert raised(verdict.news) == ["ring"]
    assert (verdict.room_id, verdict.decision.reason) == ("kitchen", Reason.ATTENTION)


def test_event_that_waited_five_minutes_is_history() -> None:
    home = household()
    live(home, 0.0)
    verdict = hear(home, 300.0, heard=0.0)
    assert (raised(verdict.news), verdict.decision.reason) == ([], Reason.LATE)
    assert verdict.when.heard_s == at(0.0).wall_s


def test_emergency_that_waited_five_minutes_is_one_message_and_no_flash() -> None:
    home = household()
    live(home, 0.0)
    verdict = hear(home, 300.0, "glass_breaking", heard=0.0)
    assert (verdict.news, verdict.decision.reason) == ([], Reason.MISSED)
    news = home.tick(at(305.0))
    missed = [(item.phase, item.alert.missed) for item in news if item.alert.missed]
    assert missed == [("raised", True)]
    assert home.tick(at(400.0)) == []


def test_after_an_outage_what_ended_is_one_message_and_what_sounds_is_live() -> None:
    home = household()
    live(home, 1860.0, ("smoke_alarm", "now"))
    for number in range(20):
        hear(home, 1860.1, "glass_breaking", heard=90.0 * number, event_id=f"glass {number}")
    hear(home, 1860.2, "doorbell", heard=900.0)
    hear(home, 1860.3, "smoke_alarm", heard=1500.0, event_id="now")
    told = [item for item in home.tick(at(1866.0)) if item.alert.missed]
    assert [(n.phase, [part.times for part in n.alert.parts]) for n in told] == [
        ("raised", [20, 1])
    ]
    live_ones = [alert.alert_id for alert in home.alerts.all() if not alert.missed]
    assert live_ones == ["now"]


def test_what_still_sounds_is_never_late() -> None:
    home = household()
    live(home, 200.0, ("baby_crying", "cry"))
    verdict = hear(home, 200.1, "baby_crying", heard=0.0, event_id="cry")
    assert raised(verdict.news) == ["cry"]


def test_emergency_that_sounds_when_the_hub_starts_gets_an_alert() -> None:
    home = household()
    news = live(home, 300.0, ("smoke_alarm", "beep"))
    assert raised(news) == ["beep"]
    assert [alert.reason for alert in home.alerts.all()] == ["emergency"]


def test_emergency_is_raised_once_however_often_it_is_listed() -> None:
    home = household()
    hear(home, 1.0, "smoke_alarm", event_id="beep")
    assert live(home, 5.0, ("smoke_alarm", "beep")) == []
    assert live(home, 10.0, ("smoke_alarm", "beep")) == []


def test_late_report_of_an_emergency_that_was_raised_by_the_list_alerts_no_more() -> None:
    home = household()
    live(home, 300.0, ("smoke_alarm", "beep"))
    verdict = hear(home, 301.0, "smoke_alarm", heard=0.0, event_id="beep")
    assert (verdict.news, verdict.decision.reason) == ([], Reason.STILL_SOUNDING)
    assert [alert.score for alert in home.alerts.all()] == [0.9]


def test_missed_emergency_that_turns_out_to_sound_still_is_raised() -> None:
    home = household()
    live(home, 0.0)
    hear(home, 300.0, "smoke_alarm", heard=0.0, event_id="beep")
    assert raised(live(home, 305.0, ("smoke_alarm", "beep"))) == ["beep"]
    assert [alert.missed for alert in home.alerts.all()] == [False]


def test_reports_of_an_earlier_alarm_leave_the_one_that_sounds_alone() -> None:
    for waited in (300.0, 30.0):
        home = household()
        live(home, waited, ("smoke_alarm", "second"))
        past = [
            hear(home, waited + 0.1, "smoke_alarm", heard=0.0, event_id="first"),
            hear(home, waited + 0.2, "smoke_alarm", Phase.ENDED, heard=5.0, began_id="first"),
            hear(home, waited + 0.3, "smoke_alarm", heard=waited - 1.0, event_id="second"),
        ]
        assert [verdict.news for verdict in past] == [[], [], []]
        assert [(a.alert_id, a.sounding, a.missed) for a in home.alerts.all()] == [
            ("second", True, False)
        ]
        assert past[2].decision.reason is Reason.STILL_SOUNDING


def test_long_emergency_whose_end_came_in_first_is_raised_where_it_ended_just_now() -> None:
    for ended, phases in ((85.0, ["raised", "ended"]), (20.0, [])):
        home = household()
        live(home, 0.0)
        hear(home, 90.0, "smoke_alarm", Phase.ENDED, heard=ended, began_id="beep")
        news = hear(home, 90.1, "smoke_alarm", heard=0.0, event_id="beep").news
        assert [item.phase for item in news] == phases


def test_late_end_of_one_ear_leaves_the_alarm_that_another_hears_alone() -> None:
    home = household()
    live(home, 0.0)
    hear(home, 65.0, "smoke_alarm", heard=0.0, event_id="beep")
    hear(home, 70.0, "smoke_alarm", node="sink", event_id="other")
    assert hear(home, 70.1, "smoke_alarm", Phase.ENDED, heard=69.0, began_id="beep").news == []
    assert [(a.alert_id, a.sounding) for a in home.alerts.all()] == [("other", True)]


def test_missed_emergency_that_ended_less_than_a_minute_ago_is_raised_for_real() -> None:
    home = household()
    live(home, 0.0)
    hear(home, 70.0, "smoke_alarm", heard=0.0, event_id="beep")
    news = hear(home, 70.1, "smoke_alarm", Phase.ENDED, heard=65.0, began_id="beep").news
    assert [(n.phase, n.alert.alert_id, n.alert.missed) for n in news] == [
        ("raised", "beep", False),
        ("ended", "beep", False),
    ]


def test_missed_emergency_that_ended_long_ago_stays_missed() -> None:
    home = household()
    live(home, 0.0)
    hear(home, 300.0, "smoke_alarm", heard=0.0, event_id="beep")
    assert hear(home, 300.1, "smoke_alarm", Phase.ENDED, heard=5.0, began_id="beep").news == []


def test_attention_that_is_only_listed_is_shown_but_not_raised() -> None:
    home = household()
    assert live(home, 5.0, ("baby_crying", "cry")) == []
    assert home.rooms.is_on("kitchen", "baby_crying")


def test_lost_end_of_a_sound_comes_by_itself() -> None:
    home = household()
    hear(home, 0.0, "smoke_alarm")
    live(home, 10.0)
    assert [news.phase for news in live(home, 15.1)] == ["ended"]
    assert not home.rooms.is_on("kitchen", "smoke_alarm")


def test_same_sound_from_the_second_node_of_a_room_raises_nothing() -> None:
    home = household()
    hear(home, 0.0, "smoke_alarm", node="oven")
    verdict = hear(home, 0.3, "smoke_alarm", node="sink")
    assert (verdict.news, verdict.decision.reason) == ([], Reason.STILL_SOUNDING)


def test_sound_ends_for_a_room_when_its_last_node_has_heard_the_end() -> None:
    home = household()
    first, second = new_id(), new_id()
    hear(home, 0.0, "smoke_alarm", node="oven", event_id=first)
    hear(home, 0.3, "smoke_alarm", node="sink", event_id=second)
    assert hear(home, 4.0, "smoke_alarm", Phase.ENDED, began_id=first).news == []
    news = hear(home, 4.2, "smoke_alarm", Phase.ENDED, node="sink", began_id=second).news
    assert [item.phase for item in news] == ["ended"]


def test_same_sound_in_two_rooms_is_two_alerts() -> None:
    home = household()
    hear(home, 0.0, "smoke_alarm", node="oven")
    assert len(raised(hear(home, 0.3, "smoke_alarm", node="cot").news)) == 1
    assert home.rooms.where("smoke_alarm") == ["kitchen", "nursery"]


def test_second_ring_within_the_cool_down_alerts_no_more() -> None:
    home = household()
    ring = new_id()
    hear(home, 0.0, event_id=ring)
    hear(home, 1.0, phase=Phase.ENDED, began_id=ring)
    assert hear(home, 30.0).decision.reason is Reason.COOLDOWN
    assert hear(home, 61.0).decision.reason is Reason.ATTENTION


def test_new_ring_ends_the_one_whose_end_was_lost() -> None:
    home = household(rules={"doorbell": SoundRule(cooldown_s=0.0)})
    hear(home, 0.0, event_id="first")
    news = hear(home, 5.0, event_id="second").news
    assert [(item.phase, item.alert.alert_id) for item in news] == [
        ("ended", "first"),
        ("raised", "second"),
    ]


def test_emergency_that_returns_after_its_end_is_raised_anew_without_cool_down() -> None:
    home = household()
    first = new_id()
    hear(home, 0.0, "smoke_alarm", event_id=first)
    hear(home, 5.0, "smoke_alarm", phase=Phase.ENDED, began_id=first)
    assert raised(hear(home, 6.0, "smoke_alarm", event_id="again").news) == ["again"]


def test_possible_sound_is_neither_shown_nor_raised() -> None:
    home = household()
    verdict = hear(home, 0.0, "smoke_alarm", phase=Phase.POSSIBLE)
    assert (verdict.news, verdict.decision.reason) == ([], Reason.POSSIBLE)
    assert not home.rooms.is_on("kitchen", "smoke_alarm")


def test_end_without_a_beginning_changes_nothing() -> None:
    home = household()
    assert hear(home, 0.0, phase=Phase.ENDED, began_id=new_id()).news == []


def test_node_that_is_lost_in_an_emergency_keeps_the_alert_and_loses_its_ear() -> None:
    home = household()
    hear(home, 0.0, "smoke_alarm", node="cot")
    live(home, 1.0, ("smoke_alarm", "beep"), node="cot")
    assert home.tick(at(1.1 + SILENT_S)) == []
    assert [(alert.sounding, alert.ear_lost) for alert in home.alerts.all()] == [(True, True)]


def test_ear_is_found_again_with_the_next_sign_of_life() -> None:
    home = household()
    hear(home, 0.0, "smoke_alarm", node="cot", event_id="beep")
    live(home, 1.0, node="cot")
    home.tick(at(20.0))
    live(home, 30.0, ("smoke_alarm", "beep"), node="cot")
    assert [alert.ear_lost for alert in home.alerts.all()] == [False]
    live(home, 40.0, node="cot")
    assert [news.phase for news in live(home, 45.1, node="cot")] == ["ended"]


def test_ear_is_not_lost_while_another_node_of_the_room_hears_on() -> None:
    home = household()
    hear(home, 0.0, "smoke_alarm", node="oven")
    hear(home, 0.0, "smoke_alarm", node="sink")
    live(home, 20.0, ("smoke_alarm", "beep"), node="sink")
    home.told("oven", NodeStatus(state="offline"), at(20.0))
    home.tick(at(20.1))
    assert [alert.ear_lost for alert in home.alerts.all()] == [False]


def test_doorbell_of_a_lost_node_is_over() -> None:
    home = household()
    live(home, 0.0, node="cot")
    hear(home, 0.0, node="cot")
    home.told("cot", NodeStatus(state="offline"), at(1.0))
    assert [news.phase for news in home.tick(at(1.1))] == ["ended"]


def test_event_of_an_earlier_boot_is_history_where_its_time_is_unknown() -> None:
    home = household()
    live(home, 0.0)
    verdict = hear(home, 1.0, boot_id=OLD_BOOT)
    assert (verdict.decision.reason, verdict.when.heard_s) == (Reason.LATE, at(1.0).wall_s)


def test_acknowledgement_is_news_once() -> None:
    home = household()
    hear(home, 0.0, "smoke_alarm", event_id="beep")
    assert [news.phase for news in home.acknowledge("beep", at(3.0))] == ["acknowledged"]
    assert home.acknowledge("beep", at(4.0)) == []


def test_urgency_is_the_households() -> None:
    home = household(rules={"dog": SoundRule(urgency=Urgency.NOTICE)})
    assert home.urgency("dog") is Urgency.NOTICE


def test_room_whose_ears_are_gone_is_a_gap_from_their_last_sign_of_life() -> None:
    home = household()
    live(home, 10.0)
    live(home, 10.0, node="cot")
    home.listen(at(10.0), broker_up=True)
    for now in range(15, 100, 5):
        live(home, now, node="cot")
        home.listen(at(now), broker_up=True)
    assert [(gap.room_id, gap.from_s, gap.why) for gap in home.gaps.all()] == [
        ("kitchen", at(10.0).wall_s, "ear")
    ]


def test_deaf_ear_is_a_gap_from_its_last_sound() -> None:
    home = household({"cot": "nursery"})
    live(home, 10.0, node="cot")
    home.listen(at(10.0), broker_up=True)
    home.alive("cot", health(60.0, frame_age_s=40.0), at(60.0))
    home.listen(at(60.0), broker_up=True)
    assert {gap.from_s for gap in home.gaps.all()} == {at(20.0).wall_s}


def test_emergency_that_was_raised_by_the_list_is_not_raised_again_after_its_end() -> None:
    home = household()
    live(home, 0.0, ("smoke_alarm", "fire"))
    hear(home, 1.0, "smoke_alarm", Phase.ENDED, began_id="fire")
    verdict = hear(home, 1.1, "smoke_alarm", heard=-1.0, event_id="fire")
    assert (raised(verdict.news), verdict.decision.reason) == ([], Reason.STILL_SOUNDING)
    assert raised(live(home, 5.0)) == []


def test_emergency_that_was_raised_is_not_raised_again_though_others_were_since() -> None:
    home = household()
    live(home, 0.0, ("smoke_alarm", "second"))
    hear(home, 1.0, "smoke_alarm", Phase.ENDED, began_id="second")
    assert raised(hear(home, 1.1, "smoke_alarm", heard=-2.0, event_id="first").news) == ["first"]
    hear(home, 1.2, "smoke_alarm", Phase.ENDED, heard=-1.5, began_id="first")
    assert raised(hear(home, 1.3, "smoke_alarm", heard=-1.0, event_id="second").news) == []


def test_emergency_whose_end_came_in_first_is_raised_and_over() -> None:
    home = household()
    live(home, 0.0)
    hear(home, 3.0, "glass_breaking", Phase.ENDED, began_id="crash")
    verdict = hear(home, 3.1, "glass_breaking", heard=1.0, event_id="crash")
    assert [item.phase for item in verdict.news] == ["raised", "ended"]
    assert home.rooms.sounds("kitchen") == []


def test_what_rings_in_quiet_hours_is_kept_and_no_alert() -> None:
    home = household(quiet="14:00-15:00")
    live(home, 1.0)
    verdict = hear(home, 1.0)
    end_s = START.wall_s + 2800.0
    assert (verdict.news, verdict.decision.until_s) == ([], end_s)
    assert [hearing.sound for hearing in home.rooms.sounds("kitchen")] == ["doorbell"]
    assert raised(hear(home, 2.0, "smoke_alarm").news)


def test_machine_that_has_just_started_keeps_nobody_quiet() -> None:
    young = Moment(SETTLES_S - 1.0, START.wall_s)
    home = household(quiet="14:00-15:00", now=young)
    home.alive("oven", health(0.0), young)
    assert home.heard("oven", event(), young).decision.alerts


def test_what_is_only_learned_about_is_never_told_as_missed() -> None:
    home = household(rules={"doorbell": SoundRule(learn_only=True)})
    live(home, 500.0)
    hear(home, 500.0, heard=100.0)
    hear(home, 500.0, "smoke_alarm", heard=100.0, event_id="fire")
    home.tick(at(540.0))
    assert [(alert.sound, alert.parts) for alert in home.alerts.all()] == [("smoke_alarm", ())]
