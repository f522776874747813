import pytest

from contract.clock import NOT_BEFORE_S
from hub.access.stay import SIGNED_IN_S, forgotten_s, is_over

NOW_S = NOT_BEFORE_S + 10 * SIGNED_IN_S
DECADES_S = 56 * SIGNED_IN_S


def test_a_sign_in_lasts_a_year() -> None:
    assert not is_over(NOW_S, NOW_S + SIGNED_IN_S)
    assert is_over(NOW_S, NOW_S + SIGNED_IN_S + 1.0)
    assert forgotten_s(NOW_S) == NOW_S + SIGNED_IN_S


@pytest.mark.parametrize(("signed_s", "now_s"), [(60.0, NOW_S), (NOW_S, 60.0), (60.0, 3600.0)])
def test_a_clock_that_jumps_by_decades_ends_no_sign_in(signed_s: float, now_s: float) -> None:
    assert not is_over(signed_s, now_s)


def test_a_browser_does_not_forget_what_was_signed_in_1970() -> None:
    assert forgotten_s(60.0) > 60.0 + DECADES_S + SIGNED_IN_S
