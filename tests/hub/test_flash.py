import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import Urgency
from hub.flash import FLASHES, RHYTHMS, TROUBLE_COLOUR, Cue, Director, Rest, Scene, SightGroup
from hub.lights.port import DARK, Look

LAMPS = frozenset({"a", "b"})
PATTERN = {
    Urgency.EMERGENCY: "alarm",
    Urgency.ATTENTION: "two_pulses",
    Urgency.TROUBLE: "slow_violet",
}


def cue(
    cue_id: str = "smoke",
    urgency: Urgency = Urgency.EMERGENCY,
    colour: str = "#ff0000",
    lamps: frozenset[str] = LAMPS,
) -> Cue:
    return Cue(
        cue_id=cue_id,
        event_id=cue_id,
        urgency=urgency,
        colour=colour,
        rhythm=RHYTHMS[PATTERN[urgency]],
        lamps=lamps,
    )


def play_out(group: SightGroup, until_s: float) -> list[tuple[float, Scene]]:
    """Everything a group does by itself up to a time, each at the moment that it is due."""
    done: list[tuple[float, Scene]] = []
    while group.due_s <= until_s:
        at_s = group.due_s
        done += [(at_s, scene) for scene in group.advance(at_s)]
    return done


def lit(done: list[tuple[float, Scene]]) -> list[tuple[float, str]]:
    return [
        (round(at_s, 3), scene.look.colour)
        for at_s, scene in done
        if isinstance(scene.look, Look) and scene.look.brightness
    ]


def test_emergency_flashes_once_a_second_until_it_is_stopped() -> None:
    group = SightGroup()
    group.play(cue(), 0.0)
    assert lit(play_out(group, 4.9)) == [(float(second), "#ff0000") for second in range(5)]
    group.stop("smoke", 5.0)
    assert [scene.look for _, scene in play_out(group, 60.0)] == [Rest(over=True)]
    assert group.due_s == math.inf


def test_emergency_is_dark_for_half_of_each_second() -> None:
    group = SightGroup()
    group.play(cue(), 0.0)
    dark = [at_s for at_s, scene in play_out(group, 3.0) if scene.look == DARK]
    assert dark == [0.5, 1.5, 2.5]


def test_attention_is_two_slow_pulses_three_times_ten_seconds_apart() -> None:
    group = SightGroup()
    group.play(cue("bell", Urgency.ATTENTION, "#ffffff"), 0.0)
    done = play_out(group, 120.0)
    assert [at_s for at_s, _ in lit(done)] == [0.0, 1.5, 10.0, 11.5, 20.0, 21.5]
    rests = [(round(at_s, 3), s.look) for at_s, s in done if isinstance(s.look, Rest)]
    assert rests == [(2.4, Rest(over=False)), (12.4, Rest(over=False)), (22.4, Rest(over=True))]


def test_trouble_is_one_slow_violet_pulse() -> None:
    group = SightGroup()
    group.play(cue("trouble", Urgency.TROUBLE, TROUBLE_COLOUR), 0.0)
    assert lit(play_out(group, 60.0)) == [(0.0, TROUBLE_COLOUR)]


def test_emergency_takes_the_lamps_from_a_doorbell_at_once_and_keeps_them() -> None:
    group = SightGroup()
    group.play(cue("bell", Urgency.ATTENTION, "#ffffff"), 0.0)
    play_out(group, 0.2)
    group.play(cue(), 0.3)
    assert {colour for _, colour in lit(play_out(group, 30.0))} == {"#ff0000"}


def test_doorbell_comes_on_when_the_emergency_is_stopped_soon() -> None:
    group = SightGroup()
    group.play(cue(), 0.0)
    group.play(cue("bell", Urgency.ATTENTION, "#ffffff"), 1.0)
    play_out(group, 5.0)
    group.stop("smoke", 5.1)
    assert lit(play_out(group, 7.0))[0] == (5.1, "#ffffff")


def test_doorbell_of_long_ago_stays_off_the_lamps() -> None:
    group = SightGroup()
    group.play(cue(), 0.0)
    group.play(cue("bell", Urgency.ATTENTION, "#ffffff"), 1.0)
    play_out(group, 100.0)
    group.stop("smoke", 100.1)
    assert lit(play_out(group, 200.0)) == []


def test_two_emergencies_take_turns() -> None:
    group = SightGroup()
    group.play(cue("smoke", colour="#ff0000"), 0.0)
    group.play(cue("glass", colour="#ff00aa"), 0.2)
    colours = [colour for _, colour in lit(play_out(group, 8.0))]
    assert all(one != other for one, other in pairwise(colours))


def test_newer_cue_of_the_same_name_takes_the_place_of_the_older() -> None:
    group = SightGroup()
    group.play(cue("bell", Urgency.ATTENTION, "#111111"), 0.0)
    play_out(group, 5.0)
    group.play(cue("bell", Urgency.ATTENTION, "#222222"), 5.0)
    assert {colour for _, colour in lit(play_out(group, 60.0))} == {"#222222"}


def test_lamp_that_rests_is_released_when_its_alert_is_stopped() -> None:
    group = SightGroup()
    group.play(cue("bell", Urgency.ATTENTION), 0.0)
    play_out(group, 3.0)
    group.stop("bell", 3.5)
    assert [(s.lamps, s.look) for _, s in play_out(group, 60.0)] == [(LAMPS, Rest(over=True))]


def test_lamps_that_only_the_earlier_alert_had_go_back_when_the_next_one_begins() -> None:
    group = SightGroup()
    group.play(cue("smoke", lamps=frozenset({"a"})), 0.0)
    play_out(group, 0.1)
    group.play(cue("glass", lamps=frozenset({"b"})), 0.2)
    scenes = group.advance(0.2)
    assert [(set(scene.lamps), scene.look) for scene in scenes] == [
        ({"b"}, Look("#ff0000", 254)),
        ({"a"}, Rest(over=False)),
    ]


def test_first_step_of_an_alert_comes_without_waiting_in_every_sight_group() -> None:
    director = Director({"a": "upstairs", "b": "downstairs"})
    scenes = director.play(cue(), 7.0)
    assert {(*scene.lamps, scene.look) for scene in scenes} == {
        ("a", Look("#ff0000", 254)),
        ("b", Look("#ff0000", 254)),
    }


def test_alert_without_lamps_asks_for_nothing() -> None:
    director = Director({})
    assert director.play(cue(lamps=frozenset()), 0.0) == []
    assert director.due_s == math.inf


STORM = st.lists(
    st.tuples(
        st.floats(0.0, 1.5),  # time until then
        st.sampled_from(["play", "stop", "touch"]),
        st.sampled_from([Urgency.EMERGENCY, Urgency.ATTENTION, Urgency.TROUBLE]),
        st.sampled_from(["p", "q", "r", "s"]),
        st.sampled_from([LAMPS, frozenset({"a"}), frozenset({"b"})]),
    ),
    max_size=60,
)


class Storm:
    """Drives one group through a storm, its loop always a little late, and watches the lamps."""

    def __init__(self, late_s: float = 0.0) -> None:
        self.group = SightGroup()
        self.flashes_s: list[float] = []
        self.released: dict[str, bool] = {}
        self.now_s = 0.0
        self._late_s = late_s

    def wait(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while (at_s := max(self.now_s, self.group.due_s + self._late_s)) <= until_s:
            self.now_s = at_s
            self._see(self.group.advance(at_s))
        self.now_s = until_s

    def do(self, what: str, urgency: Urgency, name: str, lamps: frozenset[str]) -> None:
        if what == "play":
            self.group.play(cue(name, urgency, lamps=lamps), self.now_s)
        elif what == "stop":
            self.group.stop(name, self.now_s)
        elif self.group.spend(self.now_s):
            self.flashes_s.append(self.now_s)
        self._see(self.group.advance(self.now_s))

    def _see(self, scenes: list[Scene]) -> None:
        if any(scene.look != DARK for scene in scenes):
            self.flashes_s.append(self.now_s)
        for scene in scenes:
            over = isinstance(scene.look, Rest) and scene.look.over
            self.released.update(dict.fromkeys(scene.lamps, over))


@given(STORM, st.floats(0.0, 0.12))
def test_no_storm_of_alerts_makes_more_than_three_flashes_in_any_second(
    events: list[tuple[float, str, Urgency, str, frozenset[str]]], late_s: float
) -> None:
    storm = Storm(late_s)
    for wait_s, what, urgency, name, lamps in events:
        storm.wait(wait_s)
        storm.do(what, urgency, name, lamps)
    storm.wait(30.0)
    times = storm.flashes_s
    assert all(later - one > 1.0 for one, later in zip(times, times[FLASHES:], strict=False))


@given(STORM)
def test_after_any_storm_every_lamp_is_released(
    events: list[tuple[float, str, Urgency, str, frozenset[str]]],
) -> None:
    storm = Storm()
    for wait_s, what, urgency, name, lamps in events:
        storm.wait(wait_s)
        storm.do(what, urgency, name, lamps)
    for name in "pqrs":
        storm.do("stop", Urgency.TROUBLE, name, LAMPS)
    storm.wait(120.0)
    assert all(storm.released.values())
    assert storm.group.due_s == math.inf


@pytest.mark.parametrize("urgency", list(PATTERN))
def test_no_rhythm_alone_is_faster_than_one_flash_a_second(urgency: Urgency) -> None:
    group = SightGroup()
    group.play(cue(urgency=urgency), 0.0)
    times = [at_s for at_s, _ in lit(play_out(group, 60.0))]
    assert all(later - earlier >= 1.0 - 1e-6 for earlier, later in pairwise(times))
