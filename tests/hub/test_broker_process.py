"""How commands and hub lead a broker that runs; a process of ours plays the broker."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.process import STARTED_AGAIN
from contract.settings import load
from hub import broker_process
from hub.broker_process import Guide
from hub.settings import HubSettings
from tests.real import ROOT, until

BROKER = """
import os, signal, sys, time
from pathlib import Path
from hub import broker_process
state = Path(sys.argv[1])
broker_process.begin(state, sys.argv[2:], 1883)
"""
WAITS = "signal.signal(signal.SIGHUP, lambda *_: os._exit(7)); signal.pause()"
ENDS = f"signal.signal(signal.SIGTERM, lambda *_: os._exit(7)); {WAITS}"
SLOW = f"""
passwd = state / "broker" / "passwd"
until_s = time.monotonic() + 1.0
while not passwd.exists() and time.monotonic() < until_s:
    time.sleep(0.01)
passwd.write_text("of before")
{WAITS}
"""
HOME = """\
[accounts.hub]
role = "hub"
password_file = "{folder}/hub.password"
"""
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a process that passes as the broker, listening at these addresses."""
    made: list[subprocess.Popen[bytes]] = []

    def started(
        then: str, *addresses: str, kept_by: str = STARTED_AGAIN
    ) -> "subprocess.Popen[bytes]":
        line = [sys.executable, "-c", BROKER + then, str(tmp_path), *addresses]
        made.append(subprocess.Popen(line, cwd=ROOT, env={**os.environ, kept_by: "1"}))
        until(lambda: broker_process.port(tmp_path), what="the broker's notes")
        return made[-1]

    yield started
    for process in made:
        process.kill()
        process.wait()


def test_a_broker_is_led_into_the_home_network(tmp_path: Path, start: Start) -> None:
    broker = start(ENDS, "127.0.0.1")
    Guide(tmp_path).found("192.168.1.10")
    assert broker.wait(20) == 7


def test_a_broker_that_cannot_come_is_asked_once_and_not_ended_for_ever(
    tmp_path: Path, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    guide = Guide(tmp_path)
    first = start(ENDS, "127.0.0.1")
    guide.found("192.168.1.10")
    assert first.wait(20) == 7
    second = start(ENDS, "127.0.0.1")
    guide.found("192.168.1.10")
    assert caplog.text.count("the broker begins anew") == 1
    guide.lost()
    guide.found("192.168.1.10")
    assert second.wait(20) == 7


@pytest.mark.parametrize(
    ("kept_by", "is_led"), [(STARTED_AGAIN, True), ("NOTIFY_SOCKET", True), ("NOBODY", False)]
)
def test_a_broker_is_ended_only_where_somebody_starts_it_again(
    tmp_path: Path, start: Start, caplog: pytest.LogCaptureFixture, kept_by: str, is_led: bool
) -> None:
    broker, guide = start(ENDS, "127.0.0.1", kept_by=kept_by), Guide(tmp_path)
    assert broker_process.starts_again(tmp_path) is is_led
    for _ in range(2):
        guide.found("192.168.1.10")
    if is_led:
        assert broker.wait(20) == 7
    else:
        assert broker.poll() is None
    assert caplog.text.count("was started by hand") == int(not is_led)


def test_what_a_former_broker_noted_says_nothing_of_the_next(tmp_path: Path, start: Start) -> None:
    former = start(ENDS, "127.0.0.1")
    former.kill()
    former.wait()
    note = (tmp_path / "broker" / "started_again").read_text()
    start(ENDS, "127.0.0.1", kept_by="NOBODY")
    (tmp_path / "broker" / "started_again").write_text(note)
    os.utime(tmp_path / "broker" / "started_again")
    assert not broker_process.starts_again(tmp_path)


def test_notes_that_are_older_than_the_broker_are_a_former_ones(
    tmp_path: Path, start: Start
) -> None:
    start(WAITS, "127.0.0.1", "192.168.1.10")
    for name in ("listens", "port", "started_again"):
        os.utime(tmp_path / "broker" / name, (0.0, 0.0))
    assert broker_process.listens(tmp_path) == ()
    assert broker_process.port(tmp_path) is None
    assert not broker_process.starts_again(tmp_path)


def test_accounts_are_told_to_a_broker_that_has_started(tmp_path: Path, start: Start) -> None:
    (tmp_path / "hub.password").write_text("a secret")
    (tmp_path / "hub.toml").write_text(HOME.format(folder=tmp_path))
    broker = start(SLOW, "127.0.0.1")
    assert broker_process.reload(load(tmp_path / "hub.toml", HubSettings), tmp_path)
    assert broker.wait(20) == 7
    assert (tmp_path / "broker" / "passwd").read_text().startswith("hub:$7$")


def test_a_broker_without_notes_listens_nowhere_that_is_known(tmp_path: Path, start: Start) -> None:
    start(WAITS, "127.0.0.1")
    for name in ("listens", "port"):
        (tmp_path / "broker" / name).unlink()
    assert broker_process.is_running(tmp_path)
    assert broker_process.listens(tmp_path) == ()
    assert broker_process.port(tmp_path) is None
