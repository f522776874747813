import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.lights.calm import ANSWER_S, ASK_EVERY_S, RETRY_S, CalmKeeper, Want
from hub.lights.colour import LampColour, rgb_of
from hub.lights.port import DARK, OFF, LampReport, LampState, Look

RED = Look("#ff2a1a", 254)
EVENING = LampState(on=True, brightness=120, mired=370)
NIGHT = LampState(on=False, brightness=120, mired=370)


def keeper(
    calm: LampState | None = EVENING, *, flashing: bool = False, looks: tuple[Look, ...] = (RED,)
) -> CalmKeeper:
    return CalmKeeper(calm, flashing=flashing, looks=frozenset(looks), now_s=0.0)


def say(lamp: CalmKeeper, state: LampState, now_s: float, *, live: bool = True) -> None:
    lamp.reported(LampReport(lamp_id="a", state=state, live=live), now_s)


def as_shown(look: Look) -> LampState:
    """What a lamp reports after a look: in its own words, and with what it had before."""
    if look == DARK:
        return LampState(on=False, brightness=254, colour=LampColour(x=0.6942, y=0.2963))
    red, green, blue = (255 * part for part in rgb_of(look.colour))
    colour = LampColour(r=red, g=green, b=blue)
    return LampState(on=True, brightness=look.brightness, colour=colour)


def flash(lamp: CalmKeeper, now_s: float = 10.0) -> None:
    lamp.showed(RED, now_s)
    say(lamp, as_shown(RED), now_s + 0.1)
    lamp.showed(DARK, now_s + 0.5)
    say(lamp, as_shown(DARK), now_s + 0.6)


def test_what_an_idle_lamp_says_is_its_calm_state() -> None:
    lamp = keeper(calm=None)
    say(lamp, EVENING, 1.0)
    assert lamp.calm == EVENING


def test_part_that_a_lamp_leaves_unsaid_stays_as_it_was() -> None:
    lamp = keeper()
    say(lamp, EVENING, 1.0)
    say(lamp, LampState(on=False), 2.0)
    assert lamp.calm == NIGHT


def test_alert_never_becomes_the_calm_state() -> None:
    lamp = keeper()
    flash(lamp)
    assert (lamp.calm, lamp.flashing) == (EVENING, True)


def test_lamp_is_back_when_it_says_so() -> None:
    lamp = keeper()
    flash(lamp)
    lamp.restored(20.0)
    say(lamp, EVENING, 20.1)
    assert (lamp.flashing, lamp.wants(20.2)) == (False, None)


def test_lamp_that_has_not_said_so_is_not_yet_back() -> None:
    lamp = keeper()
    flash(lamp)
    lamp.restored(20.0)
    assert lamp.flashing


def test_echo_of_a_flash_that_comes_after_the_restore_is_no_calm_state() -> None:
    lamp = keeper()
    flash(lamp)
    lamp.restored(20.0)
    say(lamp, as_shown(RED), 20.05)
    assert lamp.calm == EVENING
    say(lamp, EVENING, 20.1)
    assert (lamp.calm, lamp.flashing) == (EVENING, False)


def test_lamp_that_stays_red_is_sent_back_again() -> None:
    lamp = keeper()
    flash(lamp)
    lamp.restored(20.0)
    say(lamp, as_shown(RED), 20.1)
    assert lamp.wants(20.0 + RETRY_S) is Want.RESTORE


def test_brightness_that_a_person_chose_during_the_alert_wins() -> None:
    lamp = keeper()
    flash(lamp)
    say(lamp, LampState(on=True, brightness=60, mired=370), 11.2)
    assert lamp.target == LampState(on=True, brightness=60, mired=370)
    assert lamp.flashing


def test_colour_that_a_person_chose_during_the_alert_wins() -> None:
    lamp = keeper()
    flash(lamp)
    blue = LampState(on=True, brightness=254, colour=LampColour(x=0.16, y=0.08))
    say(lamp, blue, 11.2)
    assert lamp.target == blue


def test_half_a_command_is_no_persons_change() -> None:
    lamp = keeper()
    say(lamp, EVENING, 1.0)
    lamp.showed(RED, 10.0)
    say(lamp, LampState(on=True, brightness=254, mired=370), 10.1)
    assert lamp.calm == EVENING


def test_nearest_colour_that_a_lamp_can_show_is_no_persons_change() -> None:
    lamp = keeper()
    lamp.showed(Look("#00ff00", 254), 10.0)
    say(lamp, LampState(on=True, brightness=254, colour=LampColour(x=0.409, y=0.518)), 10.1)
    assert lamp.calm == EVENING


def test_person_who_changes_the_lamp_while_it_goes_back_wins_at_once() -> None:
    lamp = keeper()
    flash(lamp)
    lamp.restored(20.0)
    chosen = LampState(on=True, brightness=30, mired=250)
    say(lamp, chosen, 20.1)
    assert (lamp.calm, lamp.flashing) == (chosen, False)


def test_lamp_that_never_said_how_it_was_goes_off() -> None:
    assert keeper(calm=None).target == OFF


def test_start_after_a_kill_in_the_dark_half_of_a_flash_puts_the_lamp_back() -> None:
    lamp = keeper(flashing=True)
    assert lamp.wants(0.0) is Want.ASK
    lamp.asked(0.0)
    say(lamp, as_shown(DARK), 0.1)
    assert lamp.wants(0.2) is Want.RESTORE


def test_start_after_a_kill_leaves_alone_what_a_person_has_changed_since() -> None:
    lamp = keeper(flashing=True)
    chosen = LampState(on=True, brightness=30, mired=250)
    say(lamp, chosen, 0.1)
    assert (lamp.calm, lamp.flashing, lamp.wants(RETRY_S)) == (chosen, False, None)


def test_start_after_a_kill_puts_a_lamp_back_that_does_not_say_how_it_is() -> None:
    lamp = keeper(flashing=True)
    lamp.asked(0.0)
    assert lamp.wants(RETRY_S) is Want.RESTORE


def test_kill_before_the_flash_was_written_down_is_seen_by_the_lamps_look() -> None:
    lamp = keeper(flashing=False)
    say(lamp, as_shown(RED), 0.1)
    assert (lamp.calm, lamp.wants(0.2)) == (EVENING, Want.RESTORE)


def test_lamp_that_was_red_by_choice_stays_red_at_the_start() -> None:
    lamp = keeper(calm=as_shown(RED))
    say(lamp, as_shown(RED), 0.1)
    assert not lamp.flashing


def test_lamp_that_says_nothing_for_five_seconds_after_a_command_does_not_answer() -> None:
    lamp = keeper()
    lamp.showed(RED, 10.0)
    lamp.showed(DARK, 10.5)
    silent = []
    for now_s in (10.0 + ANSWER_S - 0.1, 10.0 + ANSWER_S, 20.0):
        lamp.wants(now_s)
        silent.append(lamp.silent_since_s)
    say(lamp, EVENING, 21.0)
    assert [*silent, lamp.silent_since_s] == [None, 15.0, 15.0, None]


@pytest.mark.parametrize(("silent_s", "again_s"), [(20.0, RETRY_S), (90.0, ASK_EVERY_S)])
def test_silent_lamp_is_sent_back_again_often_at_first(silent_s: float, again_s: float) -> None:
    lamp = keeper()
    flash(lamp)
    lamp.showed(DARK, 11.0)
    lamp.wants(11.0 + ANSWER_S)
    told_s = 11.0 + ANSWER_S + silent_s
    lamp.restored(told_s)
    assert lamp.wants(told_s + again_s - 0.1) is not Want.RESTORE
    assert lamp.wants(told_s + again_s) is Want.RESTORE


def test_what_the_broker_remembers_is_no_answer() -> None:
    lamp = keeper()
    lamp.asked(0.0)
    say(lamp, EVENING, 0.1, live=False)
    lamp.wants(ANSWER_S)
    assert lamp.silent_since_s is not None


def test_idle_lamp_is_asked_every_minute() -> None:
    lamp = keeper()
    lamp.asked(0.0)
    say(lamp, EVENING, 0.1)
    assert lamp.wants(0.1 + ASK_EVERY_S - 0.1) is None
    assert lamp.wants(0.1 + ASK_EVERY_S) is Want.ASK


def test_flashing_lamp_is_not_asked() -> None:
    lamp = keeper()
    lamp.showed(RED, 10.0)
    say(lamp, as_shown(RED), 10.1)
    assert lamp.wants(10.0 + 2 * ASK_EVERY_S) is None


PERSONS = st.builds(
    LampState,
    on=st.booleans(),
    brightness=st.integers(0, 254),
    mired=st.integers(150, 500),
)


@given(PERSONS, st.lists(st.sampled_from([RED, DARK]), min_size=1, max_size=8))
def test_every_calm_state_survives_every_alert(calm: LampState, looks: list[Look]) -> None:
    lamp = keeper(calm=None, looks=())
    say(lamp, calm, 0.0)
    for second, look in enumerate(looks):
        lamp.showed(look, 10.0 + second)
        say(lamp, as_shown(look), 10.1 + second)
    lamp.restored(30.0)
    assert lamp.target == calm
    say(lamp, calm, 30.1)
    assert (lamp.calm, lamp.flashing) == (calm, False)


CANDLE = LampState(on=True, brightness=40, scene=29, scene_speed=100)


def test_scene_is_back_only_when_the_lamp_says_so() -> None:
    lamp = keeper(calm=None)
    say(lamp, CANDLE, 1.0)
    flash(lamp)
    lamp.restored(12.0)
    say(lamp, LampState(on=True, brightness=40, colour=as_shown(RED).colour), 12.1)
    assert lamp.flashing
    say(lamp, CANDLE, 18.0)
    assert (lamp.calm, lamp.flashing) == (CANDLE, False)


def test_scene_that_a_person_chose_during_an_alert_stays() -> None:
    lamp = keeper(calm=None)
    say(lamp, CANDLE, 1.0)
    flash(lamp)
    party = LampState(on=True, brightness=254, scene=4)
    say(lamp, party, 11.0)
    assert lamp.calm == party


def test_lamp_that_left_its_scene_keeps_nothing_of_it() -> None:
    lamp = keeper(calm=None)
    say(lamp, CANDLE, 1.0)
    say(lamp, EVENING, 2.0)
    assert lamp.calm == EVENING


def test_lamp_whose_last_will_speaks_is_silent_at_once() -> None:
    lamp = keeper()
    lamp.reported(LampReport(lamp_id="a", state=LampState(), live=False, gone=True), 7.0)
    assert (lamp.silent_since_s, lamp.calm) == (7.0, EVENING)
    say(lamp, EVENING, 9.0)
    assert lamp.silent_since_s is None


def test_sign_of_life_says_nothing_of_the_light() -> None:
    lamp = keeper(calm=None)
    lamp.asked(0.0)
    say(lamp, LampState(), 1.0)
    assert (lamp.calm, lamp.last) == (None, None)
    lamp.wants(ANSWER_S + 1.0)
    assert lamp.silent_since_s is None


def test_lamp_that_tells_changes_only_is_back_when_nothing_had_changed() -> None:
    lamp = keeper()
    say(lamp, EVENING, 1.0)
    lamp.showed(None, 10.0)
    lamp.restored(11.0)
    say(lamp, LampState(), 11.1)
    assert lamp.flashing
    assert lamp.wants(11.0 + RETRY_S) is None
    assert not lamp.flashing


def test_lamp_that_last_showed_an_alert_is_told_again_though_it_lives() -> None:
    lamp = keeper()
    flash(lamp)
    lamp.restored(12.0)
    say(lamp, LampState(), 12.1)
    assert lamp.wants(12.0 + RETRY_S) is Want.RESTORE
