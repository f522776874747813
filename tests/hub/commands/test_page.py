"""`soribit hub code`, and what a hub that opens its page says on a terminal and in a log."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.access.gate import gate_of
from tests.home_network import MAY_LOOK, our_address
from tests.hub.web.two_doors import HERE, Browser
from tests.real import ROOT, free_port, running_as, until

CODE = re.compile(r"\b(\d{4}) (\d{4})\b")
ADDRESS = "http://192.168.1.10:8765/"


def hub(*words: str) -> list[str]:
    return [sys.executable, "-m", "hub", *words]


def asked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        hub("code", *words), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def code_in(text: str) -> str:
    match = CODE.search(text)
    assert match, text
    return "".join(match.groups())


@pytest.fixture(autouse=True)
def _home(tmp_path: Path) -> None:
    """Be a home, as `soribit up` makes one."""
    (tmp_path / "hub.toml").touch()


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A state folder that another user owns."""
    folder = Path(tempfile.mkdtemp())
    (folder / "hub.toml").touch()
    os.chown(folder, 65534, 65534)
    yield folder
    shutil.rmtree(folder)


def test_a_running_hub_takes_the_code_that_the_command_printed(tmp_path: Path) -> None:
    done = asked("--state", str(tmp_path))
    assert done.returncode == 0
    assert gate_of(tmp_path).codes.take(code_in(done.stdout))


def test_it_says_what_to_do_with_the_code(tmp_path: Path) -> None:
    gate_of(tmp_path).folder.note_address(ADDRESS)
    said = asked("--state", str(tmp_path)).stdout
    assert CODE.sub("CODE", said) == (
        f"On a phone in this home open {ADDRESS} and type CODE\n"
        "The code is good for one browser and one hour.\n"
    )


def test_it_says_that_the_page_is_not_open_to_the_home_network(tmp_path: Path) -> None:
    with running_as(tmp_path / "hub.pid"):
        said = asked("--state", str(tmp_path)).stdout
    assert f"The hub of {tmp_path} has not opened its page to the home network" in said


def test_it_says_that_no_hub_runs(tmp_path: Path) -> None:
    assert f"The hub of {tmp_path} does not run now" in asked("--state", str(tmp_path)).stdout


def test_all_browsers_are_signed_out_when_asked(tmp_path: Path) -> None:
    key = gate_of(tmp_path).folder.key()
    asked("--state", str(tmp_path))
    assert gate_of(tmp_path).folder.key() == key
    said = asked("--state", str(tmp_path), "--sign-out-all").stdout
    assert said.startswith("Every browser is signed out.\n")
    assert gate_of(tmp_path).folder.key() != key


def test_a_folder_without_a_hub_is_one_sentence(tmp_path: Path) -> None:
    done = asked("--state", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "there is no home here yet" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can act for another user")
def test_what_root_asks_for_belongs_to_the_user_of_the_hub(elsewhere: Path) -> None:
    assert asked("--state", str(elsewhere), "--sign-out-all").returncode == 0
    made = [elsewhere / "page", *(elsewhere / "page").iterdir()]
    assert {path.name for path in made} == {"page", "key", "code", "lock"}
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(65534, 65534)}


@pytest.mark.parametrize("lan_address", ["0.0.0.0", "127.0.0.1", "8.8.8.8", "everywhere"])  # noqa: S104
def test_an_address_that_is_no_home_network_is_refused(lan_address: str, tmp_path: Path) -> None:
    words = hub("run", "--lan", lan_address, "--state", str(tmp_path))
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f"'{lan_address}' is no IPv4 address of a home network" in done.stderr


@MAY_LOOK
@pytest.mark.timeout(180)
def test_on_a_terminal_the_hub_prints_a_code_that_opens_its_page(tmp_path: Path) -> None:
    address = our_address()
    port = free_port()
    ours, theirs = pty.openpty()
    words = hub("run", "--lan", "--port", str(port), "--state", str(tmp_path))
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=ROOT, stdout=theirs, stderr=log)
    try:
        os.close(theirs)
        said = os.read(ours, 4096).decode()
        assert said.startswith(f"On a phone in this home open http://{address}:{port}/ and type ")
        assert gate_of(tmp_path).codes.take(code_in(said))
        assert CODE.search((tmp_path / "log").read_text()) is None
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        os.close(ours)
    assert gate_of(tmp_path).folder.address() == ""


@MAY_LOOK
@pytest.mark.timeout(180)
def test_in_a_service_no_code_is_made_and_the_log_names_the_command(tmp_path: Path) -> None:
    our_address()
    port = free_port()
    words = hub("run", "--lan", "--port", str(port), "--state", str(tmp_path))
    log = tmp_path / "log"
    with log.open("w") as file:
        process = subprocess.Popen(words, cwd=ROOT, stdout=file, stderr=file)
    try:
        until(lambda: "sudo soribit hub code" in log.read_text(), within_s=60, what="the hint")
        assert not (tmp_path / "page/code").exists()
        assert Browser(HERE, port).ask("GET", "/healthz").status in (200, 503)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
