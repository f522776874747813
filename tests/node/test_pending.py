"""The order, the pace and the bounds of what waits for the hub."""

from hypothesis import given
from hypothesis import strategies as st

from node.pending import (
    AGAIN_MAX_S,
    AT_ONCE,
    MOST_EVENTS,
    MOST_UNSTORED,
    PACE_PER_S,
    Letter,
    Pending,
)


def letter(name: str, *, rank: int = 1, stored: bool = True) -> Letter:
    return Letter(name, rank, name.encode(), stored)


def holding(*letters: Letter) -> Pending:
    pending = Pending()
    for each in letters:
        pending.add(each)
    return pending


def names(letters: list[Letter]) -> list[str]:
    return [each.event_id for each in letters]


def test_emergencies_go_first_and_then_the_oldest() -> None:
    pending = holding(
        letter("maybe", rank=5), letter("dog"), letter("fire", rank=0), letter("bell")
    )

    assert names(pending.due(100.0)) == ["fire", "dog", "bell", "maybe"]


def test_without_an_answer_a_letter_goes_again_ever_more_seldom() -> None:
    pending, now_s, gaps = holding(letter("dog")), 100.0, []
    for _ in range(7):
        (due,) = pending.due(now_s)
        pending.sent(due, now_s)
        next_s = pending.next_due_s()
        assert next_s is not None
        assert pending.due(next_s - 0.01) == []
        gaps.append(next_s - now_s)
        now_s = next_s

    assert gaps == [2.0, 4.0, 8.0, 16.0, AGAIN_MAX_S, AGAIN_MAX_S, AGAIN_MAX_S]


def test_when_the_hub_is_back_everything_is_due_at_once() -> None:
    pending = holding(letter("dog"))
    (bark,) = pending.due(100.0)
    pending.sent(bark, 100.0)

    pending.wake()

    assert names(pending.due(100.1)) == ["dog"]


def test_an_acknowledged_letter_never_goes_again() -> None:
    pending = holding(letter("dog"), letter("cat"))

    pending.remove(["dog", "nobody"])

    assert names(pending.due(100.0)) == ["cat"]
    assert len(pending) == 1


@given(st.lists(st.floats(0.01, 5.0), min_size=1, max_size=40))
def test_a_backlog_never_goes_faster_than_the_hub_takes_it(pauses: list[float]) -> None:
    pending = holding(*(letter(f"{n}") for n in range(1000)))
    now_s, sent_at = 100.0, []
    for pause_s in pauses:
        now_s += pause_s
        for due in pending.due(now_s):
            pending.sent(due, now_s)
            sent_at.append(now_s)

    for start_s in sent_at:
        within = [at_s for at_s in sent_at if start_s <= at_s <= start_s + 10.0]
        assert len(within) <= AT_ONCE + 10.0 * PACE_PER_S + 1


def test_beyond_the_bound_the_least_urgent_and_of_these_the_oldest_go() -> None:
    pending = holding(
        letter("fire", rank=0),
        *(letter(f"dog {n}") for n in range(MOST_EVENTS - 2)),
        letter("old maybe", rank=5),
        letter("new maybe", rank=5),
        letter("bell"),
    )

    assert pending.surplus() == ["old maybe", "new maybe"][: len(pending) - MOST_EVENTS]


def test_without_a_disk_a_thousand_are_kept() -> None:
    unstored = (letter(f"dog {n}", stored=False) for n in range(MOST_UNSTORED + 3))
    pending = holding(letter("on disk"), *unstored, letter("fire", rank=0, stored=False))

    assert pending.surplus() == ["dog 0", "dog 1", "dog 2", "dog 3"]
