"""When nobody listened, whatever the clocks did meanwhile."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.clock import NOT_BEFORE_S
from hub.gaps import HOME, LEAST_S, LONGEST_S, Ear, Gaps, LastAlive
from hub.view import Gap, Why

WALL_S = 1_795_341_600.0
BOOT, OLD_BOOT = "this start", "an earlier start"
AWAKE = Ear(hears=True, until_s=None)


def begun(*rooms: str, now_s: float = 0.0) -> Gaps:
    numbers = itertools.count()
    return Gaps(rooms or ("kitchen",), now_s, lambda: f"{rooms}{now_s}-{next(numbers)}")


def turn(
    gaps: Gaps, now_s: float, *, wall_s: float | None = None, why: Why = "ear", **ears: Ear
) -> list[Gap]:
    wall_s = WALL_S + now_s if wall_s is None else wall_s
    return gaps.turn(ears, now_s=now_s, wall_s=wall_s, why=why)


def asleep(until_s: float | None = None) -> Ear:
    return Ear(hears=False, until_s=until_s)


def spans(gaps: list[Gap]) -> list[tuple[str, float | None, float | None]]:
    def since(at_s: float | None) -> float | None:
        return None if at_s is None else round(at_s - WALL_S, 3)

    return [(gap.room_id, since(gap.from_s), since(gap.to_s)) for gap in gaps]


def test_gap_reaches_from_the_last_sign_of_life_to_the_next() -> None:
    gaps = begun("kitchen", "nursery")
    turn(gaps, 1.0, kitchen=AWAKE, nursery=AWAKE)
    turn(gaps, 105.0, kitchen=AWAKE, nursery=AWAKE)
    assert turn(gaps, 116.0, kitchen=asleep(100.0), nursery=AWAKE) == []
    assert spans(turn(gaps, 130.0, kitchen=asleep(100.0), nursery=AWAKE)) == [
        ("kitchen", 100.0, None)
    ]
    assert spans(turn(gaps, 400.0, kitchen=AWAKE, nursery=AWAKE)) == [("kitchen", 100.0, 400.0)]
    assert [gap.is_open for gap in gaps.all()] == [False]


def test_whole_home_is_deaf_only_while_no_room_hears() -> None:
    gaps = begun("kitchen", "nursery")
    turn(gaps, 1.0, kitchen=AWAKE, nursery=AWAKE)
    turn(gaps, 60.0, kitchen=asleep(50.0), nursery=AWAKE)
    turn(gaps, 90.0, kitchen=asleep(50.0), nursery=asleep(80.0))
    turn(gaps, 200.0, kitchen=asleep(50.0), nursery=asleep(80.0))
    turn(gaps, 300.0, kitchen=asleep(50.0), nursery=AWAKE)
    assert spans(gaps.all()) == [
        ("kitchen", 50.0, None),
        ("nursery", 80.0, 300.0),
        (HOME, 80.0, 300.0),
    ]


def test_gap_that_is_on_is_told_once() -> None:
    gaps = begun()
    turn(gaps, 1.0, kitchen=AWAKE)
    turn(gaps, 20.0, kitchen=asleep(5.0))
    assert len(turn(gaps, 40.0, kitchen=asleep(5.0))) == 2
    assert turn(gaps, 41.0, kitchen=asleep(5.0)) == []


@pytest.mark.parametrize(("length_s", "told"), [(LEAST_S - 1.0, 0), (LEAST_S, 2)])
def test_short_gap_is_not_told(length_s: float, told: int) -> None:
    gaps = begun()
    turn(gaps, 1.0, kitchen=AWAKE)
    turn(gaps, 20.0, kitchen=asleep(5.0))
    turn(gaps, 5.0 + length_s, kitchen=AWAKE)
    assert len(gaps.all()) == told


def test_room_that_never_came_is_told_since_the_start() -> None:
    gaps = begun()
    assert spans(turn(gaps, 40.0, kitchen=asleep())) == [("kitchen", 0.0, None), (HOME, 0.0, None)]


def test_home_without_an_ear_tells_nothing() -> None:
    assert Gaps((), 0.0, str).turn({}, now_s=100.0, wall_s=WALL_S, why="ear") == []


def test_broker_that_is_away_is_the_reason() -> None:
    gaps = begun()
    turn(gaps, 10.0, kitchen=AWAKE)
    turn(gaps, 20.0, kitchen=asleep(5.0), why="broker")
    told = turn(gaps, 40.0, kitchen=asleep(5.0), why="ear")
    assert {gap.why for gap in told} == {"broker"}


def test_ear_that_does_not_come_back_with_the_broker_is_the_reason_itself() -> None:
    gaps = begun()
    turn(gaps, 10.0, kitchen=AWAKE)
    for now_s in range(20, 60, 10):
        turn(gaps, now_s, kitchen=asleep(5.0), why="broker")
    told = [turn(gaps, now_s, kitchen=asleep(5.0)) for now_s in (60.0, 70.0, 80.0, 81.0, 82.0)]
    assert [{gap.why for gap in news} for news in told] == [set(), set(), set(), {"ear"}, set()]


def test_hub_that_stood_still_is_the_reason() -> None:
    gaps = begun()
    turn(gaps, 1.0, kitchen=AWAKE)
    told = turn(gaps, 60.0, kitchen=asleep(1.0))
    assert {gap.why for gap in told} == {"hub"}


def test_after_a_power_cut_the_gap_begins_when_the_hub_was_last_alive() -> None:
    gaps = begun()
    gaps.recall([], LastAlive(boot_id=OLD_BOOT, mono_s=9e5, wall_s=WALL_S - 1860.0), BOOT)
    turn(gaps, 1.0, kitchen=asleep())
    turn(gaps, 10.0, kitchen=AWAKE)
    assert spans(gaps.all()) == [("kitchen", -1860.0, 10.0), (HOME, -1860.0, 10.0)]
    assert {gap.why for gap in gaps.all()} == {"power"}


def test_after_a_power_cut_with_the_clock_at_1970_the_end_is_dated_when_it_is_set() -> None:
    gaps = begun()
    gaps.recall([], LastAlive(boot_id=OLD_BOOT, mono_s=9e5, wall_s=WALL_S - 1860.0), BOOT)
    assert spans(turn(gaps, 1.0, wall_s=30.0, kitchen=asleep())) == [
        ("kitchen", -1860.0, None),
        (HOME, -1860.0, None),
    ]
    turn(gaps, 10.0, wall_s=40.0, kitchen=AWAKE)
    assert [(gap.to_s, gap.is_open) for gap in gaps.all()] == [(None, False), (None, False)]
    turn(gaps, 60.0, kitchen=AWAKE)
    assert spans(gaps.all()) == [("kitchen", -1860.0, 10.0), (HOME, -1860.0, 10.0)]


def test_hub_that_was_down_is_measured_by_the_clock_that_never_jumps() -> None:
    gaps = begun(now_s=1000.0)
    gaps.recall([], LastAlive(boot_id=BOOT, mono_s=400.0, wall_s=None), BOOT)
    turn(gaps, 1005.0, kitchen=AWAKE)
    assert spans(gaps.all()) == [("kitchen", 400.0, 1005.0), (HOME, 400.0, 1005.0)]
    assert {gap.why for gap in gaps.all()} == {"hub"}


def test_quick_restart_of_the_hub_is_not_told() -> None:
    gaps = begun(now_s=1000.0)
    gaps.recall([], LastAlive(boot_id=BOOT, mono_s=990.0, wall_s=WALL_S), BOOT)
    turn(gaps, 1005.0, kitchen=AWAKE)
    assert gaps.all() == []


def test_room_that_nobody_hears_after_a_quick_restart_is_deaf_itself() -> None:
    gaps = begun(now_s=1000.0)
    gaps.recall([], LastAlive(boot_id=BOOT, mono_s=995.0, wall_s=WALL_S), BOOT)
    for now_s in range(1000, 1041, 10):
        turn(gaps, float(now_s), kitchen=asleep())
    assert {gap.why for gap in gaps.all()} == {"ear"}


def test_gap_that_was_open_goes_on_over_the_restart() -> None:
    first = begun()
    turn(first, 1.0, kitchen=AWAKE)
    turn(first, 20.0, kitchen=asleep(5.0))
    turn(first, 90.0, kitchen=asleep(5.0))
    second = begun(now_s=200.0)
    second.recall(first.all(), LastAlive(boot_id=BOOT, mono_s=190.0, wall_s=WALL_S + 190.0), BOOT)
    told = turn(second, 230.0, kitchen=AWAKE)
    assert spans(told) == [("kitchen", 5.0, 230.0), (HOME, 5.0, 230.0)]
    assert {gap.gap_id for gap in told} == {gap.gap_id for gap in first.all()}


def test_memory_that_comes_late_still_tells_when_the_gap_began() -> None:
    gaps = begun("kitchen", "nursery", now_s=1000.0)
    turn(gaps, 1005.0, kitchen=AWAKE, nursery=asleep())
    gaps.recall([], LastAlive(boot_id=BOOT, mono_s=400.0, wall_s=None), BOOT)
    turn(gaps, 1010.0, kitchen=AWAKE, nursery=AWAKE)
    assert spans(gaps.all()) == [
        ("kitchen", 400.0, 1005.0),
        (HOME, 400.0, 1005.0),
        ("nursery", 400.0, 1010.0),
    ]


def test_open_gap_that_memory_brings_too_late_to_go_on_is_closed() -> None:
    old = Gap(gap_id="x", room_id="kitchen", why="ear", from_s=WALL_S, to_s=None, is_open=True)
    gaps = begun()
    turn(gaps, 40.0, kitchen=asleep())
    gaps.recall([old], None, BOOT)
    assert [(gap.gap_id, gap.is_open) for gap in turn(gaps, 41.0, kitchen=asleep())] == [
        ("x", False)
    ]
    assert [gap.room_id for gap in gaps.all() if gap.is_open] == ["kitchen", HOME]


def test_gap_of_a_room_that_is_gone_from_the_settings_does_not_stay_open() -> None:
    gone = Gap(gap_id="x", room_id="attic", why="ear", from_s=WALL_S, to_s=None, is_open=True)
    gaps = begun()
    gaps.recall([gone], None, BOOT)
    assert [(gap.gap_id, gap.is_open) for gap in turn(gaps, 1.0, kitchen=AWAKE)] == [("x", False)]


@pytest.mark.parametrize("alive_wall_s", [WALL_S + 86400.0, WALL_S - 2 * LONGEST_S, None])
def test_beginning_that_cannot_be_right_is_not_told(alive_wall_s: float | None) -> None:
    gaps = begun()
    gaps.recall([], LastAlive(boot_id=OLD_BOOT, mono_s=9e5, wall_s=alive_wall_s), BOOT)
    turn(gaps, 10.0, kitchen=AWAKE)
    assert spans(gaps.all()) == [("kitchen", None, 10.0), (HOME, None, 10.0)]


def test_what_the_store_holds_stays_bounded() -> None:
    gaps = begun()
    for round_s in range(0, 100_000, 100):
        turn(gaps, round_s + 1.0, kitchen=AWAKE)
        turn(gaps, round_s + 60.0, kitchen=asleep(round_s + 2.0))
    assert len(gaps.all()) <= 100


WALLS = st.sampled_from([0.0, 1e6, WALL_S, WALL_S - 3600.0, WALL_S + 3600.0, 2 * WALL_S])
"""What the wall clock may be set to at any time: 1970, summer time, 2083."""
STEPS = st.lists(
    st.tuples(st.floats(0.25, 300.0), st.booleans(), st.booleans(), WALLS | st.none()),
    min_size=1,
    max_size=40,
)


@given(
    steps=STEPS,
    alive=st.none()
    | st.builds(
        LastAlive,
        boot_id=st.sampled_from([BOOT, OLD_BOOT]),
        mono_s=st.floats(0.0, 2000.0),
        wall_s=st.none() | WALLS.filter(lambda wall_s: wall_s >= NOT_BEFORE_S),
    ),
)
def test_no_gap_is_negative_nor_lasts_for_decades(
    steps: list[tuple[float, bool, bool, float | None]], alive: LastAlive | None
) -> None:
    gaps = begun("kitchen", "nursery", now_s=1000.0)
    gaps.recall([], alive, BOOT)
    now_s, offset_s, stored = 1000.0, 0.0, dict[str, Gap]()
    for length_s, kitchen, nursery, set_to_s in steps:
        now_s += length_s
        offset_s = offset_s if set_to_s is None else set_to_s - now_s
        heard_s = now_s - 10.0
        ears = {"kitchen": Ear(kitchen, heard_s), "nursery": Ear(nursery, heard_s)}
        told = gaps.turn(ears, now_s=now_s, wall_s=now_s + offset_s, why="ear")
        stored |= {gap.gap_id: gap for gap in told}
    assert list(stored.values()) == sorted(
        gaps.all(), key=lambda gap: list(stored).index(gap.gap_id)
    )
    for gap in stored.values():
        assert gap.to_s is None or gap.to_s >= NOT_BEFORE_S
        assert not (gap.is_open and gap.to_s is not None)
        if gap.from_s is not None and gap.to_s is not None:
            assert 0.0 <= gap.to_s - gap.from_s <= LONGEST_S
    still = [gap.room_id for gap in stored.values() if gap.is_open]
    assert len(still) == len(set(still))
    assert (HOME in still) <= ("kitchen" in still and "nursery" in still)


@given(jumps=st.lists(WALLS, max_size=6))
def test_length_of_a_gap_is_that_of_the_clock_that_never_jumps(jumps: list[float]) -> None:
    gaps = begun()
    turn(gaps, 1.0, kitchen=AWAKE)
    for number, wall_s in enumerate(jumps):
        turn(gaps, 120.0 + number, wall_s=wall_s, kitchen=asleep(100.0))
    turn(gaps, 500.0, kitchen=asleep(100.0))
    turn(gaps, 1000.0, kitchen=AWAKE)
    assert spans(gaps.all()) == [("kitchen", 100.0, 1000.0), (HOME, 100.0, 1000.0)]
