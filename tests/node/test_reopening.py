"""A microphone in doubt is opened anew at once, then ever more rarely; one without never is."""

from node.reopening import LONGEST_S, Reopening


def openings(reopening: Reopening, seconds: int, *, from_s: int = 0) -> list[int]:
    """When a doubt that stays has it opened anew, asked every second."""
    times = range(from_s, from_s + seconds)
    return [now for now in times if reopening.is_due(float(now), doubted=True)]


def test_the_pauses_grow_from_one_minute_to_ten() -> None:
    times = openings(Reopening(), 4000)

    assert times[:5] == [0, 60, 180, 420, 900]
    assert times[5:] == [900 + int(LONGEST_S) * n for n in range(1, 6)]


def test_without_a_doubt_nothing_is_opened() -> None:
    reopening = Reopening()

    assert not any(reopening.is_due(float(now), doubted=False) for now in range(100))


def test_a_doubt_that_comes_back_later_begins_anew() -> None:
    reopening = Reopening()
    openings(reopening, 1000)

    reopening.is_due(1000.0, doubted=False)

    assert openings(reopening, 100, from_s=1001) == [1001, 1061]
