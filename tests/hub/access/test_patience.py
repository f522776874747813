import pytest

from hub.access.patience import ADDRESSES, FORGOTTEN_S, FREE_TRIES, LONGEST_WAIT_S, Patience

PHONE = "192.168.1.20"


def tried(patience: Patience, times: int, now_s: float = 0.0) -> float:
    """Try so often, each time as soon as it is allowed; returns the time."""
    for _ in range(times):
        now_s += patience.wait_s(PHONE, now_s)
        assert patience.begin(PHONE, now_s) == 0
    return now_s


def test_five_tries_are_free() -> None:
    assert tried(Patience(), FREE_TRIES) == 0


def test_then_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    patience = Patience()
    now_s = tried(patience, FREE_TRIES)
    waits = []
    for _ in range(9):
        waits.append(patience.wait_s(PHONE, now_s))
        now_s = tried(patience, 1, now_s)
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900, 900]


def test_a_try_that_had_to_wait_is_not_counted() -> None:
    patience = Patience()
    tried(patience, FREE_TRIES)
    for _ in range(50):
        assert patience.begin(PHONE, 1.0) == 14.0


def test_other_addresses_wait_for_nobody() -> None:
    patience = Patience()
    tried(patience, FREE_TRIES)
    assert patience.begin("192.168.1.21", 0.0) == 0


def test_the_right_code_forgives() -> None:
    patience = Patience()
    tried(patience, FREE_TRIES)
    patience.forgive(PHONE)
    assert patience.wait_s(PHONE, 0.0) == 0


def test_an_hour_later_all_is_forgotten() -> None:
    patience = Patience()
    now_s = tried(patience, FREE_TRIES + 3)
    assert tried(patience, FREE_TRIES, now_s + FORGOTTEN_S) == now_s + FORGOTTEN_S


def test_nobody_is_locked_out_for_good() -> None:
    patience = Patience()
    now_s = tried(patience, 2000)
    assert patience.wait_s(PHONE, now_s) == pytest.approx(LONGEST_WAIT_S)


def test_many_addresses_take_no_more_memory_than_a_few() -> None:
    patience = Patience()
    for number in range(10 * ADDRESSES):
        patience.begin(f"10.0.{number >> 8}.{number & 255}", 0.0)
    assert len(patience._tries) == ADDRESSES
