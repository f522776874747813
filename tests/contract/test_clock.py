"""The two clocks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import clock
from contract.clock import SystemClock, from_rfc3339, rfc3339
from contract.messages import INSTANT, HubStatus, decode, encode


@given(st.floats(min_value=0, max_value=4e9))
def test_an_instant_survives_its_text_to_the_millisecond(wall_s: float) -> None:
    assert from_rfc3339(rfc3339(wall_s)) == pytest.approx(wall_s, abs=0.002)


def test_the_epoch_is_written_in_utc() -> None:
    assert rfc3339(0.0) == "1970-01-01T00:00:00.000Z"


@given(st.floats(allow_nan=False))
def test_whatever_a_clock_shows_an_instant_is_one_that_a_message_may_carry(wall_s: float) -> None:
    status = HubStatus(state="online", version=rfc3339(wall_s))

    assert re.fullmatch(INSTANT, rfc3339(wall_s))
    assert decode(HubStatus, encode(status), source="test") == status


def test_monotonic_time_grows() -> None:
    running = SystemClock()
    assert running.mono_s() <= running.mono_s()
    assert running.wall_s() > 0


@pytest.mark.parametrize(
    ("mono_s", "wall_s", "settled"),
    [(9000.0, 30.0, False), (20.0, 1.8e9, False), (9000.0, 1.8e9, True)],
    ids=["1970", "a saved time just after the start", "set"],
)
def test_clock_is_believed_when_it_is_set_and_the_machine_has_run(
    mono_s: float, wall_s: float, settled: bool
) -> None:
    assert clock.is_settled(mono_s, wall_s) is settled


def test_start_of_the_machine_has_one_name() -> None:
    assert clock.boot_id() == clock.boot_id() != ""
