"""What people are told about scores that rise and fall."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Phase
from node.bundle import Threshold
from node.detection import Detection
from node.detector import POSSIBLE_PER_HOUR, Detector
from node.groups import Pattern

SOUNDS = ("background", "dog", "cat", "smoke_alarm", "co_alarm")
HOP_S = 0.5
RULE = Threshold(on=0.6, off=0.4, hold_s=1.0)


def new_detector(**rules: Threshold) -> Detector:
    thresholds = dict.fromkeys(SOUNDS, RULE) | rules
    return Detector(SOUNDS, thresholds, emergencies=("smoke_alarm", "co_alarm"), hop_s=HOP_S)


def run(
    detector: Detector, steps: Sequence[dict[str, float]], from_s: float = 0.0
) -> list[Detection]:
    """Step through scores, two a second; a sound without a score has 0."""
    told: list[Detection] = []
    for index, scores in enumerate(steps):
        values = np.array([scores.get(sound, 0.0) for sound in SOUNDS], np.float32)
        told += detector.step(values, from_s + index * HOP_S, level_db=-30.0, floor_db=-60.0)
    return told


def pattern(sound: str, at_s: float, *, certain: bool = True) -> Pattern:
    """A rhythm that began four seconds before it was recognised."""
    return Pattern(sound, 0.95, at_s - 4.0, at_s, 3100.0, hold_s=8.0, certain=certain)


def hear(
    detector: Detector, at_s: float, *patterns: Pattern, **scores: float
) -> list[tuple[str, str, str]]:
    """One step: sound, phase and who heard it."""
    values = np.array([scores.get(sound, 0.0) for sound in SOUNDS], np.float32)
    told = detector.step(values, at_s, -30.0, -60.0, patterns)
    return [(each.sound, str(each.phase), str(each.heard_by)) for each in told]


def phases(told: Sequence[Detection]) -> list[tuple[str, str, float]]:
    return [(each.sound, str(each.phase), each.at_s) for each in told]


QUIET: dict[str, float] = {"background": 1.0}


def test_a_sound_begins_once_and_ends_when_it_was_last_heard() -> None:
    told = run(new_detector(), [QUIET, *[{"dog": 0.8}] * 4, *[QUIET] * 5])

    assert phases(told) == [("dog", "began", 1.0), ("dog", "ended", 2.5)]
    began, ended = told
    assert ended.key == began.key
    assert ended.duration_s == 1.5
    assert began.level_db == -30.0
    assert began.over_floor_db == 30.0


def test_the_end_carries_the_highest_score() -> None:
    told = run(new_detector(), [*[{"dog": 0.7}] * 2, *[{"dog": 0.85}] * 2, *[QUIET] * 5])

    assert told[1].score == pytest.approx(0.85)


def test_one_doubtful_window_is_not_enough() -> None:
    told = run(new_detector(), [QUIET, {"dog": 0.8}, QUIET, QUIET])

    assert [str(each.phase) for each in told] == ["possible"]


def test_a_single_certain_window_counts_at_once() -> None:
    told = run(new_detector(), [QUIET, {"dog": 0.95}, QUIET, QUIET])

    assert phases(told)[0] == ("dog", "began", 0.5)


def test_at_long_steps_a_single_window_is_all_there_is() -> None:
    detector = new_detector()
    scores = np.array([0.0, 0.7, 0.0, 0.0, 0.0], np.float32)
    detector.step(np.zeros(5, np.float32), 0.0, -30.0, -60.0)

    assert [each.sound for each in detector.step(scores, 1.6, -30.0, -60.0)] == ["dog"]


def test_after_a_gap_without_any_sound_the_same_sound_begins_anew() -> None:
    detector = new_detector()
    before = run(detector, [{"smoke_alarm": 0.8}] * 4)

    after = run(detector, [{"smoke_alarm": 0.8}] * 2, from_s=60.0)

    assert phases(before) == [("smoke_alarm", "began", 0.0)]
    assert phases(after) == [("smoke_alarm", "ended", 1.5), ("smoke_alarm", "began", 60.0)]


def test_a_sound_goes_on_over_a_gap_that_its_own_pauses_could_be() -> None:
    detector = new_detector()
    run(detector, [{"smoke_alarm": 0.8}] * 4)

    assert run(detector, [{"smoke_alarm": 0.8}], from_s=2.5) == []


def test_the_pauses_of_a_t4_alarm_do_not_cut_it() -> None:
    detector = new_detector(co_alarm=Threshold(on=0.6, off=0.4, hold_s=6.0))
    group = [*[{"co_alarm": 0.95}] * 4, *[QUIET] * 8]

    told = run(detector, [*group * 5, *[QUIET] * 13])

    assert [str(each.phase) for each in told] == ["began", "ended"]


def test_a_sound_must_last_as_long_as_its_rule_says() -> None:
    rule = Threshold(on=0.6, off=0.4, hold_s=1.0, shortest_s=2.0)
    heard = [{"dog": 0.99}]

    assert run(new_detector(dog=rule), [*heard * 3, *[QUIET] * 4])[0].phase is Phase.POSSIBLE
    assert phases(run(new_detector(dog=rule), heard * 4)) == [("dog", "began", 1.5)]


def test_a_faint_sound_that_must_last_is_told_later() -> None:
    rule = Threshold(on=0.6, off=0.4, hold_s=1.0, shortest_s=2.0)

    (told,) = run(new_detector(dog=rule), [{"dog": 0.7}] * 30)

    assert told.phase is Phase.BEGAN
    assert told.at_s > 4.0


def test_a_sound_that_must_come_again_may_go_on_for_hours() -> None:
    alarm = msgspec.structs.replace(RULE, again_s=(4.5, 7.0))

    assert "began" not in {
        p for _, p, _ in phases(run(new_detector(dog=alarm), [{"dog": 0.9}] * 9999))
    }


def test_between_off_and_on_a_sound_goes_on_but_does_not_begin() -> None:
    assert run(new_detector(), [{"dog": 0.5}] * 10) == []
    told = run(new_detector(), [*[{"dog": 0.8}] * 2, *[{"dog": 0.5}] * 10])
    assert phases(told) == [("dog", "began", 0.0)]


def test_background_is_never_told() -> None:
    assert run(new_detector(), [{"background": 1.0}] * 10) == []


def test_one_noise_does_not_begin_under_two_names() -> None:
    told = run(new_detector(), [QUIET, *[{"dog": 0.8, "cat": 0.7}] * 10])

    assert phases(told) == [("dog", "began", 1.0)]
    assert [other.sound for other in told[0].others] == ["cat"]


def test_an_emergency_begins_whatever_is_likelier() -> None:
    told = run(new_detector(), [QUIET, *[{"dog": 0.8, "smoke_alarm": 0.7, "co_alarm": 0.65}] * 3])

    assert [each.sound for each in told] == ["smoke_alarm", "co_alarm", "dog"]


def test_a_sound_that_rises_later_begins_beside_one_that_goes_on() -> None:
    barking = [{"dog": 0.9}] * 8
    both = [{"dog": 0.9, "cat": 0.7}] * 4

    assert phases(run(new_detector(), [*barking, *both])) == [
        ("dog", "began", 0.0),
        ("cat", "began", 4.5),
    ]


def test_what_sounds_now_is_known_by_how_it_began() -> None:
    detector = new_detector()
    (began,) = run(detector, [{"dog": 0.95}])

    assert [(each.sound, each.key, each.at_s) for each in detector.sounding] == [
        ("dog", began.key, 0.0)
    ]
    run(detector, [QUIET] * 5, from_s=0.5)
    assert detector.sounding == ()


def test_after_the_last_sound_all_that_is_on_ends() -> None:
    detector = new_detector()
    run(detector, [{"dog": 0.95}, {"dog": 0.95}])

    (ended,) = detector.finish()

    assert (ended.sound, ended.phase, ended.at_s) == ("dog", Phase.ENDED, 0.5)
    assert detector.sounding == ()


def test_a_peak_above_half_the_threshold_may_have_been() -> None:
    told = run(new_detector(), [QUIET, *[{"dog": 0.4}] * 2, *[{"dog": 0.5}] * 2, QUIET, QUIET])

    assert phases(told) == [("dog", "possible", 2.0)]
    assert told[0].score == pytest.approx(0.5)


def test_what_began_is_not_also_possible() -> None:
    told = run(new_detector(), [{"dog": 0.4}, {"dog": 0.4}, *[{"dog": 0.9}] * 3, *[QUIET] * 6])

    assert [str(each.phase) for each in told] == ["began", "ended"]


def test_possible_is_told_twenty_times_an_hour_and_no_more() -> None:
    peak = [*[{"dog": 0.5}] * 2, *[QUIET] * 3]
    detector = new_detector()

    told = run(detector, peak * 30)
    later = run(detector, peak, from_s=4000.0)

    assert len(told) == POSSIBLE_PER_HOUR
    assert len(later) == 1


SCORES = st.lists(
    st.fixed_dictionaries({sound: st.floats(0, 1, width=32) for sound in SOUNDS}), max_size=60
)


@given(SCORES)
def test_every_beginning_has_one_end_in_whatever_order_scores_come(
    steps: list[dict[str, float]],
) -> None:
    detector = new_detector()

    told = [*run(detector, steps), *detector.finish()]

    on: dict[str, Detection] = {}
    for each in told:
        assert each.sound != "background"
        assert 0.0 <= each.score <= 1.0
        assert len(each.others) <= 3
        if each.phase is Phase.BEGAN:
            assert each.sound not in on
            on[each.sound] = each
        elif each.phase is Phase.ENDED:
            began = on.pop(each.sound)
            assert each.key == began.key
            assert each.duration_s == each.at_s - began.at_s >= 0.0
    assert on == {}


@given(SCORES)
def test_in_one_step_one_sound_begins_beside_emergencies(steps: list[dict[str, float]]) -> None:
    detector = new_detector()

    for index, scores in enumerate(steps):
        told = run(detector, [scores], from_s=index * HOP_S)
        began = [each.sound for each in told if each.phase is Phase.BEGAN]
        assert len([sound for sound in began if sound in ("dog", "cat")]) <= 1


def test_a_rhythm_begins_a_sound_that_the_network_does_not_hear() -> None:
    detector = new_detector()

    assert hear(detector, 5.0, pattern("co_alarm", 5.0)) == [("co_alarm", "began", "rhythm")]
    assert hear(detector, 11.0, pattern("co_alarm", 11.0)) == []
    assert hear(detector, 18.5) == []
    assert hear(detector, 19.5) == [("co_alarm", "ended", "rhythm")]


def test_the_end_says_that_both_heard_it() -> None:
    detector = new_detector()

    assert hear(detector, 1.0, smoke_alarm=0.95) == [("smoke_alarm", "began", "network")]
    assert hear(detector, 1.5, pattern("smoke_alarm", 1.5), smoke_alarm=0.95) == []
    assert hear(detector, 10.0) == [("smoke_alarm", "ended", "both")]


def test_a_rhythm_ends_what_the_network_made_of_its_beeps_and_keeps_it_away() -> None:
    detector = new_detector()

    assert hear(detector, 3.0, smoke_alarm=0.95) == [("smoke_alarm", "began", "network")]
    assert hear(detector, 4.0, pattern("co_alarm", 4.0), smoke_alarm=0.95) == [
        ("smoke_alarm", "ended", "network"),
        ("co_alarm", "began", "rhythm"),
    ]
    assert hear(detector, 4.5, smoke_alarm=0.95) == []
    assert hear(detector, 5.0, dog=0.95) == [("dog", "began", "network")]


def test_what_began_before_the_rhythm_goes_on() -> None:
    detector = new_detector(smoke_alarm=msgspec.structs.replace(RULE, hold_s=9.0))

    hear(detector, 1.0, smoke_alarm=0.95)
    assert hear(detector, 9.0, pattern("co_alarm", 9.0)) == [("co_alarm", "began", "rhythm")]


def test_the_first_beeps_may_be_an_alarm() -> None:
    detector = new_detector()

    hint = pattern("smoke_alarm", 2.0, certain=False)
    assert hear(detector, 2.0, hint) == [("smoke_alarm", "possible", "rhythm")]
    hear(detector, 4.0, pattern("smoke_alarm", 4.0))
    assert hear(detector, 4.5, hint) == []


def test_an_emergency_that_must_last_is_possible_at_once() -> None:
    detector = new_detector(smoke_alarm=msgspec.structs.replace(RULE, shortest_s=2.0))
    told = run(detector, [QUIET] * 5 + [{"smoke_alarm": 0.995}] * 6)

    assert phases(told) == [("smoke_alarm", "possible", 2.5), ("smoke_alarm", "began", 4.0)]


def test_noise_may_take_some_of_the_time_that_a_sound_must_last() -> None:
    lasting = msgspec.structs.replace(RULE, shortest_s=4.0, off=0.1)
    steps = [{"dog": 0.95}] * 4 + [{"dog": 0.2}] + [{"dog": 0.95}] * 5
    often = [{"dog": 0.95}, {"dog": 0.2}] * 5

    assert "began" in {phase for _, phase, _ in phases(run(new_detector(dog=lasting), steps))}
    assert "began" not in {phase for _, phase, _ in phases(run(new_detector(dog=lasting), often))}


@pytest.mark.parametrize(("pause", "began"), [(5, False), (10, True), (15, False)])
def test_a_sound_may_have_to_come_again_after_its_own_pause(pause: int, *, began: bool) -> None:
    alarm = msgspec.structs.replace(RULE, again_s=(4.5, 7.0))
    burst = [{"co_alarm": 0.95}] * 2

    told = run(new_detector(co_alarm=alarm), [*burst, *[QUIET] * pause, *burst])

    assert ("co_alarm", "began") in {(s, p) for s, p, _ in phases(told)} or not began
    assert began or ("co_alarm", "began") not in {(s, p) for s, p, _ in phases(told)}


def test_every_alarm_of_a_run_is_possible_at_once() -> None:
    detector = new_detector(smoke_alarm=msgspec.structs.replace(RULE, shortest_s=2.0))
    alarm = [QUIET] * 9 + [{"smoke_alarm": 0.95, "dog": 0.97}] * 6

    told = phases(run(detector, [*alarm, *alarm, *alarm]))

    assert [p for s, p, _ in told if s == "smoke_alarm"] == ["possible", "began", "ended"] * 2 + [
        "possible",
        "began",
    ]


def test_a_co_alarm_hides_no_fire() -> None:
    detector = new_detector(smoke_alarm=msgspec.structs.replace(RULE, shortest_s=8.0))
    told = []
    for step in range(60):
        rhythm = [pattern("co_alarm", step / 2)] if step % 12 == 0 else []
        told += hear(detector, step / 2, *rhythm, smoke_alarm=0.97)

    assert ("co_alarm", "began", "rhythm") in told
    assert ("smoke_alarm", "began", "network") in told


def test_one_hint_a_group_is_enough() -> None:
    detector = new_detector()
    hints = [pattern("co_alarm", at_s, certain=False) for at_s in (2.0, 2.5)]

    assert len([*hear(detector, 2.0, hints[0], hints[0]), *hear(detector, 2.5, hints[1])]) == 1
