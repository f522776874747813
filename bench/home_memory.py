"""What a home needs in memory: broker, hub and one node, as `soribit up --demo` runs them."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from msgspec import Struct

from bench.stack import free_port
from bench.table import Table

READY_S = 60.0
EVENTS_S = 60.0
GOAL_MB = 250.0
MB = 1 << 20
PARTS = {"broker": "mosquitto", "hub": "hub run", "node": "kitchen.toml"}
"""By what each part's command line holds; the demo's second node and its lamps stay out."""


class Memory(Struct, frozen=True):
    """What one process holds, in MB.

    Attributes:
        rss_mb: All of its pages that are in memory.
        pss_mb: The same, a page that several share counted by its share: these add up truly.
    """

    rss_mb: float
    pss_mb: float


def measure() -> Table:
    """Run the demo's home, open its page, let events pass for a minute and look."""
    with _home() as (home, page):
        _await_page(page)
        time.sleep(EVENTS_S)
        events = len(json.loads(_get(f"{page}api/v1/events"))["events"])
        held = {name: _memory(home, words) for name, words in PARTS.items()}
    rss_mb = sum(each.rss_mb for each in held.values())
    pss_mb = sum(each.pss_mb for each in held.values())
    rows = [(name, f"{each.rss_mb:.1f}", f"{each.pss_mb:.1f}") for name, each in held.items()]
    return Table(
        title="What a home needs in memory",
        command="make bench ARGS=home_memory",
        columns=("process", "RSS MB", "PSS MB"),
        rows=(*rows, ("**together**", f"{rss_mb:.1f}", f"{pss_mb:.1f}")),
        notes=(
            f"`soribit up --demo` with mosquitto, {EVENTS_S:.0f} s after its page was opened; "
            f"{events} events stood in the history then. PSS counts what processes share once.",
            f"Goal: together <= {GOAL_MB:.0f} MB.",
        ),
    )


@contextmanager
def _home() -> Iterator[tuple[psutil.Process, str]]:
    """Run a home; yields its first process and the address of its page."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = [sys.executable, "-m", "soribit", "up", "--demo", "--broker", "mosquitto"]
        command += ["--state", folder, "--port", str(port)]
        with (
            (Path(folder) / "up.log").open("wb") as log,
            subprocess.Popen(command, stdout=log, stderr=log) as up,
        ):
            try:
                yield psutil.Process(up.pid), f"http://127.0.0.1:{port}/"
            finally:
                up.terminate()


def _await_page(page: str) -> None:
    """Open the page, as soon as it is there.

    Raises:
        TimeoutError: It does not come.
    """
    deadline_s = time.monotonic() + READY_S
    while time.monotonic() < deadline_s:
        try:
            _get(page)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"{page} does not answer within {READY_S:.0f} s")


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  # our own page
        content: bytes = answer.read()
    return content


def _memory(home: psutil.Process, words: str) -> Memory:
    """What the one child holds whose command line has these words."""
    (found,) = (each for each in home.children() if words in " ".join(each.cmdline()))
    held = found.memory_full_info()
    return Memory(held.rss / MB, held.pss / MB)
