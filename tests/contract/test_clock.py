"""The two clocks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    clock = SystemClock()
    assert clock.mono_s() <= clock.mono_s()
    assert clock.wall_s() > 0
