"""When there is something to hear."""

from hypothesis import given
from hypothesis import strategies as st

from node.gate import OPEN_DB, STAYS_OPEN_S, Gate


def test_a_quiet_room_is_shut_from_the_beginning() -> None:
    assert not Gate().is_open(-75.0, -76.0, 0.5)


def test_what_rises_over_the_floor_opens_it_and_an_alarms_pause_does_not_shut_it() -> None:
    gate = Gate()

    assert gate.is_open(-68.0, -76.0, 1.0)
    assert gate.is_open(-76.0, -76.0, 1.0 + STAYS_OPEN_S)
    assert not gate.is_open(-76.0, -76.0, 1.5 + STAYS_OPEN_S)


@given(loudest_db=st.floats(OPEN_DB, 0.0), floor_db=st.floats(-120.0, 0.0))
def test_no_noise_floor_shuts_it_on_what_an_alarm_may_be(
    loudest_db: float, floor_db: float
) -> None:
    assert Gate().is_open(loudest_db, floor_db, 0.0)
