import pytest

from contract.pulse import Pulse
from hub.heart import Heart


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def heart(said: list[str]) -> Heart:
    return Heart(Pulse(20.0, said.append))


def test_a_home_in_which_nothing_happens_is_alive(heart: Heart, said: list[str]) -> None:
    for now_s in range(0, 30, 5):
        heart.ticked(float(now_s), "")
    assert len(said) == 6


def test_a_hub_that_handles_no_message_any_more_gives_no_sign(
    heart: Heart, said: list[str]
) -> None:
    heart.ticked(0.0, "")
    for now_s in range(1, 60):
        heart.taken()
        heart.ticked(float(now_s), "")
    assert len(said) == 1


def test_one_node_that_the_hub_cannot_handle_does_not_restart_it(
    heart: Heart, said: list[str]
) -> None:
    for now_s in range(30):
        heart.taken()
        if now_s % 5 == 2:  # another node's sign of life
            heart.taken()
            heart.handled()
        heart.ticked(float(now_s), "")
    assert len(said) >= 5
