import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from soribit.children import BACK_OFF_S, LOG_BYTES, SOUND_AFTER_S, Child, end
from tests.real import ROOT, free_port, listens, until


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Child]:
    """A child that ends at once, with exit code 2."""
    child = Child("child", "soribit", "no-such-command", log=tmp_path / "child.log")
    child.start(0.0)
    yield child
    end([child])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Child]:
    port = free_port()
    child = Child("server", "http.server", str(port), log=tmp_path / "server.log")
    child.start(0.0)
    until(lambda: listens(port), what="the child")
    yield child
    end([child])


def ended(child: Child) -> Child:
    until(lambda: child.ended() is not None, what="the child's end")
    return child


def test_child_that_keeps_ending_starts_again_after_ever_longer_pauses(failing: Child) -> None:
    now_s, pauses = 0.0, []
    for pause_s in BACK_OFF_S:
        pauses.append(float(ended(failing).tend(now_s).partition("again in ")[2].partition(" ")[0]))
        now_s += pause_s
        failing.tend(now_s)
    assert tuple(pauses) == BACK_OFF_S


def test_child_that_never_recovers_is_not_told_of_for_ever(failing: Child) -> None:
    now_s = 0.0
    for _ in BACK_OFF_S:
        assert ended(failing).tend(now_s)
        now_s += BACK_OFF_S[-1]
        failing.tend(now_s)
    assert ended(failing).tend(now_s) == ""
    failing.tend(now_s + BACK_OFF_S[-1])
    assert "no command" in ended(failing).words()


def test_child_that_ran_well_for_a_while_starts_again_soon(failing: Child) -> None:
    ended(failing).tend(0.0)
    failing.tend(1.0)
    assert "again in 1 s" in ended(failing).tend(1.0 + SOUND_AFTER_S + 1.0)


def test_child_is_not_started_before_its_pause_is_over(failing: Child) -> None:
    ended(failing).tend(0.0)
    assert failing.tend(0.9) == ""
    assert failing.ended() is not None


def test_end_of_a_child_is_told_with_its_reason_and_its_log(failing: Child) -> None:
    told = ended(failing).tend(0.0)
    assert told == f"child ended (exit code 2), starts again in 1 s; see {failing.log}"


def test_child_keeps_what_it_said(failing: Child) -> None:
    assert "there is no command" in ended(failing).words()


def test_log_that_grew_too_long_begins_anew(server: Child) -> None:
    assert server.log
    with server.log.open("ab") as file:
        file.truncate(LOG_BYTES + 1)
    server.tend(0.0)
    assert server.log.stat().st_size == 0


def test_log_that_somebody_took_away_ends_nobody(failing: Child) -> None:
    assert failing.log
    failing.log.unlink()
    failing.log.parent.rmdir()
    assert ended(failing).tend(0.0)
    failing.tend(BACK_OFF_S[0])
    assert "no command" in ended(failing).words()


def test_child_that_runs_is_left_alone(server: Child) -> None:
    assert server.tend(1e9) == ""
    assert server.ended() is None


def test_end_ends_also_who_does_not_listen(server: Child) -> None:
    children = psutil.Process().children()  # a browser of other tests may be among them
    (process,) = (child for child in children if "http.server" in child.cmdline())
    process.suspend()
    until(lambda: process.status() == psutil.STATUS_STOPPED, what="the stop")
    end([server])
    assert server.ended() == -signal.SIGKILL


def test_no_child_outlives_a_killed_parent() -> None:
    port = free_port()
    code = (
        "import sys, time; from soribit.children import Child;"
        f"Child('server', 'http.server', '{port}', log=None).start(0.0); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    until(lambda: listens(port), what="the child")
    (child,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait(10)
    until(lambda: not child.is_running() or child.status() == "zombie", what="the child's end")
