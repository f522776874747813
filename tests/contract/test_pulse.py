from contract.pulse import Pulse


def test_first_beat_says_ready_and_later_ones_that_we_live() -> None:
    said: list[str] = []
    pulse = Pulse(20.0, said.append)
    for now_s in (100.0, 105.0, 110.0):
        pulse.beat(now_s, "kitchen: hears")
    assert said == [
        "READY=1\nSTATUS=kitchen: hears",
        "WATCHDOG=1\nSTATUS=kitchen: hears",
        "WATCHDOG=1\nSTATUS=kitchen: hears",
    ]


def test_beat_comes_every_quarter_of_the_time_and_no_oftener() -> None:
    said: list[str] = []
    pulse = Pulse(20.0, said.append)
    given = [now_s for now_s in range(41) if pulse.beat(float(now_s), "")]
    assert given == list(range(0, 41, 5))
    assert len(said) == len(given)


def test_without_a_watchdog_it_is_said_once_that_we_are_ready() -> None:
    said: list[str] = []
    pulse = Pulse(0.0, said.append)
    assert [pulse.beat(now_s, "") for now_s in (0.0, 1e9)] == [True, False]
