import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.errors import UnavailableError
from hub import pid_file
from tests.real import ROOT, until

Process = subprocess.Popen[str]
CLAIMS = (
    "import os, signal, sys; from pathlib import Path; from hub import pid_file;"
    "pid = Path(sys.argv[1]);"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "hub.pid"


@pytest.fixture
def holder(path: Path) -> Iterator[Process]:
    """A process that holds the file, and that has replaced itself by another program meanwhile."""
    code = (
        f"{CLAIMS} pid_file.claim(pid, name='hub');"
        "os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(100)'])"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, text=True)
    until(lambda: pid_file.running(path), what="the claim")
    yield process
    process.kill()
    process.wait()


def test_a_process_that_became_another_program_is_still_known(path: Path, holder: Process) -> None:
    assert pid_file.running(path) == holder.pid == int(path.read_text())


def test_the_number_of_a_process_that_was_killed_is_nobodys(path: Path, holder: Process) -> None:
    holder.kill()
    holder.wait()
    assert path.exists()
    assert pid_file.running(path) is None
    assert not pid_file.tell(path, signal.SIGTERM)


def test_what_runs_already_is_named_with_its_process(path: Path, holder: Process) -> None:
    with pytest.raises(UnavailableError, match=f"hub: it runs already .process {holder.pid}"):
        pid_file.claim(path, name="hub")


def test_a_program_that_begins_anew_holds_its_file_already(path: Path) -> None:
    code = (
        f"{CLAIMS} pid_file.claim(pid, name='hub');"
        "len(sys.argv) == 3 or os.execv(sys.executable, [*sys.orig_argv, 'again']);"
        "print(pid_file.running(pid) == os.getpid())"
    )
    line = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_signal_waits_for_who_is_not_ready_for_it(path: Path) -> None:
    code = (
        f"{CLAIMS} pid_file.claim(pid, name='hub'); sys.stdin.readline();"
        "signal.signal(signal.SIGHUP, lambda *_: print('heard', flush=True)); signal.pause()"
    )
    line = [sys.executable, "-c", code, str(path)]
    asked = [sys.executable, "-c", f"{CLAIMS} print(pid_file.tell(pid, 1))", str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        until(lambda: pid_file.running(path), what="the claim")
        with subprocess.Popen(asked, cwd=ROOT, stdout=pipe, text=True) as teller:
            assert process.poll() is None
            print(file=process.stdin, flush=True)
            assert teller.communicate(timeout=30)[0] == "True\n"
        assert process.communicate(timeout=30)[0] == "heard\n"


def test_a_disk_that_cannot_be_written_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("in the way")
    pid_file.claim(tmp_path / "state" / "hub.pid", name="hub")
    assert "need a restart by hand" in caplog.text
