import signal
import subprocess
import sys

import pytest

from contract.process import version
from tests.real import ROOT


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
