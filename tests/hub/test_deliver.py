import threading
import time
from collections.abc import Callable, Iterator

import pytest

from contract.errors import UnavailableError
from hub.deliver import Job, Workers
from tests.real import until


@pytest.fixture
def workers() -> Iterator[Workers]:
    running = Workers({"hall": 1000, "attic": 1000}, time.monotonic)
    running.start()
    yield running
    running.stop()


def job(do: Callable[[], None], before_s: float | None = None) -> Job:
    return Job(do, "show", before_s=before_s)


def wait(event: threading.Event) -> None:
    event.wait(30.0)


def refuse() -> None:
    raise UnavailableError("the broker is away")


def test_job_is_done(workers: Workers) -> None:
    done = threading.Event()
    workers.send("hall", job(done.set))
    assert done.wait(10.0)
    until(lambda: workers.tally().done == 1)


def test_target_that_hangs_delays_no_other(workers: Workers) -> None:
    hang, other = threading.Event(), threading.Event()
    workers.send("attic", job(lambda: wait(hang)))
    workers.send("hall", job(other.set))
    assert other.wait(10.0)
    assert not hang.is_set()
    hang.set()


def test_only_the_latest_waiting_job_is_done(workers: Workers) -> None:
    begun, go_on, did = threading.Event(), threading.Event(), []

    def first() -> None:
        begun.set()
        wait(go_on)

    workers.send("hall", job(first))
    assert begun.wait(10.0)
    for number in range(50):
        workers.send("hall", job(lambda number=number: did.append(number)))  # type: ignore[misc]
    go_on.set()
    until(lambda: workers.tally().done == 2)
    assert did == [49]


def test_step_that_comes_too_late_is_skipped(workers: Workers) -> None:
    late = threading.Event()
    workers.send("hall", job(late.set, before_s=time.monotonic() - 1.0))
    until(lambda: workers.tally().skipped == 1)
    assert not late.is_set()


def test_target_that_fails_is_counted_and_tried_again_with_the_next_job(workers: Workers) -> None:
    workers.send("hall", job(refuse))
    until(lambda: workers.tally().failed == 1)
    done = threading.Event()
    workers.send("hall", job(done.set))
    assert done.wait(10.0)


def test_job_that_waits_is_done_before_the_end(workers: Workers) -> None:
    done = threading.Event()
    workers.send("hall", job(done.set))
    workers.stop()
    workers.join(20.0)
    assert done.is_set()


def test_target_gets_no_more_in_a_second_than_it_takes() -> None:
    workers = Workers({"hall": 2}, time.monotonic)
    workers.start()
    begun_s: list[float] = []
    for _ in range(5):
        before = len(begun_s)
        workers.send("hall", job(lambda: begun_s.append(time.monotonic())))
        until(lambda before=before: len(begun_s) > before)  # type: ignore[misc]
    workers.stop()
    assert begun_s[2] - begun_s[0] >= 0.99
    assert begun_s[4] - begun_s[2] >= 0.99


def test_step_that_its_target_cannot_take_in_time_is_skipped() -> None:
    workers = Workers({"hall": 1}, time.monotonic)
    workers.start()
    late = threading.Event()
    workers.send("hall", job(lambda: None))
    until(lambda: workers.tally().done == 1)
    workers.send("hall", job(late.set, before_s=time.monotonic() + 0.15))
    until(lambda: workers.tally().skipped == 1)
    workers.stop()
    assert not late.is_set()
