"""Real parts for tests: where one is missing, a test is skipped here and fails in CI."""

import fcntl
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from hub.lan import is_home

ROOT = Path(__file__).parents[1]
MUST_BE_REAL = bool(os.environ.get("CI") or os.environ.get("SORIBIT_REQUIRE_REAL"))


def need(present: object, what: str) -> None:
    """Go on only where a real part is at hand."""
    if not present and MUST_BE_REAL:
        pytest.fail(f"{what} is missing; CI must not skip what people rely on")
    if not present:
        pytest.skip(f"{what} is missing")


def until(condition: Callable[[], object], *, within_s: float = 20.0, what: str = "it") -> None:
    """Wait until a condition holds; the deadline is generous, as machines may be busy."""
    deadline_s = time.monotonic() + within_s
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline_s:
            pytest.fail(f"{what} did not happen within {within_s} s")
        pause.wait(0.02)


def home_address() -> str:
    """Return this machine's address in a private network; some machines for tests have none."""
    for entry in itertools.chain.from_iterable(psutil.net_if_addrs().values()):
        if entry.family == socket.AF_INET and is_home(entry.address):
            return str(entry.address)
    need(None, "an address in a private network")
    raise AssertionError


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Tell whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_as(pid_file: Path) -> Iterator[None]:
    """Be the hub or broker that a file names, and holds locked, as long as it runs."""
    with pid_file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield
