import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from contract.process import (
    STARTED_AGAIN,
    is_started_again,
    notify,
    version,
    watchdog_s,
)
from tests.real import ROOT
from tests.systemd import Systemd


def test_release_is_told() -> None:
    assert version()[0].isdigit() or version() == "unreleased"


def test_checkout_that_was_never_installed_has_a_name_too() -> None:
    code = (
        f"import sys; sys.path = [{str(ROOT)!r}, *sys.path];"
        "from contract.process import version; print(version())"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "unreleased\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_sets_the_event_and_kills_nothing(number: signal.Signals) -> None:
    code = (
        "import os; from contract.process import stop_event; stop = stop_event();"
        f"os.kill(os.getpid(), {number:d}); print(stop.wait(30))"
    )
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


@pytest.mark.parametrize("name", ["{folder}/notify", "@soribit-test-{pid}"])
def test_systemd_is_told_by_path_and_by_abstract_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Systemd(name.format(folder=tmp_path, pid=os.getpid()))) as systemd:
        monkeypatch.setenv("NOTIFY_SOCKET", systemd.address)
        assert notify("READY=1")
        assert systemd.said() == ["READY=1"]


@pytest.mark.parametrize(
    "address", ["", "/nowhere/at/all", "relative", "@", "/" + "x" * 200, "@" + "x" * 200]
)
def test_nobody_who_listens_is_no_fault(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert notify("READY=1") is bool(address)


def test_full_socket_delays_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Systemd(f"{tmp_path}/notify")) as systemd:
        monkeypatch.setenv("NOTIFY_SOCKET", systemd.address)
        for _ in range(3000):  # more than any queue of datagrams here
            notify("WATCHDOG=1")
        assert systemd.said()


@pytest.mark.parametrize(
    ("environment", "wanted_s"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "20000000"}, 20.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "7"}, 20.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "8"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_watchdog_is_as_systemd_says(environment: dict[str, str], wanted_s: float) -> None:
    assert watchdog_s(environment, pid=7) == wanted_s


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"NOTIFY_SOCKET": ""}, False),
        ({"NOTIFY_SOCKET": "@systemd"}, True),
        ({STARTED_AGAIN: "1"}, True),
    ],
)
def test_process_knows_whether_somebody_starts_it_again(
    environment: dict[str, str], expected: bool
) -> None:
    assert is_started_again(environment) is expected
