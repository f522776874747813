import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clocks import NodeClocks
from tests.hub.make import BOOT, OLD_BOOT, START, at, event, health


def clocks(*beats: tuple[float, float]) -> NodeClocks:
    """A node's clock after signs of life: when it was made, and how long it travelled."""
    known = NodeClocks()
    for made, delay in beats:
        known.alive("oven", health(made), START.mono_s + made + delay)
    return known


def age_s(
    known: NodeClocks, now: float, heard: float, *, boot_id: str = BOOT, clock_ok: bool = False
) -> float:
    sound = event(heard=heard, boot_id=boot_id, clock_ok=clock_ok)
    moment = at(now)
    return known.age_s("oven", sound, now_s=moment.mono_s, wall_s=moment.wall_s)


def test_age_is_true_however_long_the_event_waited() -> None:
    assert age_s(clocks((0.0, 0.0)), 300.0, 0.0) == pytest.approx(300.0)


def test_quickest_sign_of_life_tells_the_clock_best() -> None:
    known = clocks((0.0, 3.0), (5.0, 0.01), (10.0, 2.0))
    assert age_s(known, 20.0, 12.0) == pytest.approx(8.0, abs=0.05)


def test_clock_follows_a_node_whose_machine_was_asleep() -> None:
    known = clocks((0.0, 0.0))
    known.alive("oven", health(5.0), START.mono_s + 3605.0)
    assert age_s(known, 3606.0, 6.0) == pytest.approx(0.0, abs=0.1)


def test_unknown_boot_of_an_unknown_node_is_fresh() -> None:
    assert age_s(clocks(), 300.0, 0.0) == 0.0


def test_unknown_boot_goes_by_the_wall_clocks_where_both_are_set() -> None:
    assert age_s(clocks(), 300.0, 0.0, clock_ok=True) == pytest.approx(300.0, abs=0.01)


def test_earlier_boot_without_a_wall_clock_is_endlessly_old() -> None:
    assert age_s(clocks((0.0, 0.0)), 1.0, 0.0, boot_id=OLD_BOOT) == math.inf


def test_earlier_boot_goes_by_the_wall_clock() -> None:
    age = age_s(clocks((0.0, 0.0)), 30.0, 0.0, boot_id=OLD_BOOT, clock_ok=True)
    assert age == pytest.approx(30.0, abs=0.01)


@pytest.mark.parametrize(("known", "age"), [(clocks((0.0, 0.0)), math.inf), (clocks(), 0.0)])
def test_wall_clock_of_a_hub_that_a_node_shows_to_be_behind_judges_nothing(
    known: NodeClocks, age: float
) -> None:
    sound = event(heard=0.0, boot_id=OLD_BOOT, clock_ok=True)
    wall_s = START.wall_s - 600.0
    assert known.age_s("oven", sound, now_s=20.0, wall_s=wall_s) == age
    assert known.age_s("oven", sound, now_s=START.mono_s + 1.0, wall_s=wall_s) == 0.0


@pytest.mark.parametrize(
    ("mono_s", "behind_s", "heard_s"),
    [(20.0, 1860.0, 0.0), (20.0, START.wall_s - 60.0, 0.0), (2000.0, 1860.0, -1860.0)],
    ids=["a time saved before the power cut", "1970", "a clock long set: the node is wrong"],
)
def test_event_of_an_earlier_boot_is_dated_by_its_node_where_our_clock_is_not_set(
    mono_s: float, behind_s: float, heard_s: float
) -> None:
    sound = event(heard=0.0, boot_id=OLD_BOOT, clock_ok=True)
    wall_s = START.wall_s - behind_s
    when = clocks((0.0, 0.0)).when("oven", sound, now_s=mono_s, wall_s=wall_s)
    assert when.is_dated
    assert when.heard_s == pytest.approx(START.wall_s + heard_s)


def test_event_of_the_present_boot_is_dated_by_how_long_ago_it_was() -> None:
    sound, now = event(heard=0.0, clock_ok=True), at(300.0)
    when = clocks((0.0, 0.0)).when("oven", sound, now_s=now.mono_s, wall_s=now.wall_s - 60.0)
    assert not when.is_dated
    assert when.heard_s == pytest.approx(START.wall_s - 60.0)


def test_wall_clock_of_a_hub_that_never_had_the_time_judges_nothing() -> None:
    sound = event(heard=0.0, clock_ok=True)
    assert NodeClocks().age_s("oven", sound, now_s=START.mono_s, wall_s=86_400.0) == 0.0


@given(
    st.lists(st.floats(0.0, 2.0), min_size=1, max_size=30),
    st.floats(-100e-6, 100e-6),
)
def test_drift_and_delay_never_make_a_sound_of_now_late(
    delays_s: list[float], drift: float
) -> None:
    known, now = NodeClocks(), 0.0
    for beat, delay_s in enumerate(delays_s):
        now = 5.0 * beat
        known.alive("oven", health(now * (1 + drift)), START.mono_s + now + delay_s)
    heard = now * (1 + drift)
    assert age_s(known, now, heard) <= 0.1
