"""A node whose disk is full, read-only or away goes on hearing and sending, and says so."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.messages import Phase
from tests.brokers import RunningBroker
from tests.node.peer import NODE, Hub
from tests.real import ROOT, need, until
from tests.tones import TINY_BUNDLE, short_alarm, write

Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


class Card:
    """An SD card of a megabyte, which only the processes of one test see."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mount = f"mount -t tmpfs -o size=1m card {folder} && echo there && exec sleep 600"
        self._holder = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", mount],  # noqa: S607
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout
        mounted = self._holder.stdout.readline() == b"there\n"
        if not mounted:
            self.close()
        need(mounted, "mounting a file system (as root)")
        self.enter = ["nsenter", "-t", str(self._holder.pid), "-m", f"--wd={ROOT}", "--"]
        """What lets a command see the card."""

    def fill(self) -> None:
        """Leave no byte."""
        self._do(f"dd if=/dev/zero of={self.folder}/music bs=4k 2>&1 || true")

    def free(self) -> None:
        """Make room again."""
        self._do(f"rm {self.folder}/music")

    def protect(self) -> None:
        """Make it read-only, as a worn-out card makes itself."""
        self._do(f"mount -o remount,ro {self.folder}")

    def unprotect(self) -> None:
        """Make it writable again."""
        self._do(f"mount -o remount,rw {self.folder}")

    def close(self) -> None:
        self._holder.terminate()
        self._holder.wait(10)
        assert self._holder.stdout
        self._holder.stdout.close()

    def _do(self, command: str) -> None:
        subprocess.run([*self.enter, "sh", "-c", command], check=True, capture_output=True)


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    need(shutil.which("unshare") and shutil.which("nsenter"), "unshare and nsenter")
    made = Card(tmp_path / "card")
    yield made
    made.close()


@pytest.fixture
def start(mosquitto: RunningBroker, tmp_path: Path) -> Iterator[Start]:
    """Start a node in whose room an alarm sounds every 4 s."""
    running: list[Process] = []
    sound = write(tmp_path / "alarm.wav", short_alarm())
    config = tmp_path / "node.toml"
    config.write_text(
        f'node_id = "{NODE}"\n[broker]\nport = {mosquitto.port}\n'
        f'password_file = "{mosquitto.config.parent}/{NODE}.password"\n'
        f'[audio]\nsource = "file"\nloop = true\npause_s = 0\nfiles = ["{sound}"]\n'
        "[thresholds.smoke_alarm]\nhold_s = 0.5\n"
    )

    def started(state: Path, *, within: list[str] | None = None, log: str = "") -> Process:
        command = [sys.executable, "-m", "node", "run", "--config", str(config)]
        command += ["--state", str(state), "--model", str(TINY_BUNDLE)]
        with Path(log or tmp_path / "node.log").open("ab") as stderr:
            running.append(subprocess.Popen([*(within or []), *command], cwd=ROOT, stderr=stderr))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.wait(10)


def alarms(hub: Hub) -> int:
    """Return how many different alarms the hub has heard of."""
    return len({each.event_id for each in hub.events() if each.phase is Phase.BEGAN})


def goes_on(hub: Hub) -> None:
    """Wait for one more alarm, and for a sign of life after it."""
    before = alarms(hub)
    until(lambda: alarms(hub) > before, within_s=60, what="the next alarm")
    lives = len(hub.healths())
    until(lambda: len(hub.healths()) > lives, within_s=60, what="a sign of life")


def test_a_card_that_fills_up_is_told_and_used_again_when_there_is_room(
    hub: Hub, start: Start, card: Card
) -> None:
    node = start(card.folder / "state", within=card.enter)
    goes_on(hub)
    assert hub.troubles() == set()

    card.fill()
    until(lambda: hub.troubles() == {"cannot_store"}, within_s=60, what="the trouble")
    goes_on(hub)
    waiting = {each.event_id for each in hub.events()}
    card.free()
    until(lambda: hub.troubles() == set(), within_s=60, what="its end")

    node.kill()
    node.wait(10)
    hub.got.clear()
    start(card.folder / "state", within=card.enter)
    until(
        lambda: waiting <= {each.event_id for each in hub.events()}, within_s=60, what="all of it"
    )


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_a_card_that_cannot_be_written_at_start_is_told_and_used_later(
    hub: Hub, start: Start, card: Card, fault: str
) -> None:
    (card.fill if fault == "full" else card.protect)()
    start(card.folder / "state", within=card.enter)
    until(lambda: hub.troubles() == {"cannot_store"}, within_s=60, what="the trouble")
    goes_on(hub)

    (card.free if fault == "full" else card.unprotect)()

    until(lambda: hub.troubles() == set(), within_s=60, what="its end")


def test_a_card_that_makes_itself_read_only_is_told_and_used_later(
    hub: Hub, start: Start, card: Card
) -> None:
    start(card.folder / "state", within=card.enter)
    goes_on(hub)
    card.fill()  # the system refuses to protect a file that is open for writing: this closes it
    until(lambda: hub.troubles() == {"cannot_store"}, within_s=60, what="the trouble")
    card.protect()
    goes_on(hub)
    assert hub.troubles() == {"cannot_store"}

    card.unprotect()
    card.free()

    until(lambda: hub.troubles() == set(), within_s=60, what="its end")


def test_a_state_folder_that_cannot_be_made_is_told(hub: Hub, start: Start) -> None:
    start(Path("/proc/soribit/state"))

    until(lambda: hub.troubles() == {"cannot_store"}, within_s=60, what="the trouble")
    goes_on(hub)


def test_a_log_that_cannot_be_written_stops_nothing(hub: Hub, start: Start, tmp_path: Path) -> None:
    node = start(tmp_path / "state", log="/dev/full")
    goes_on(hub)

    node.send_signal(signal.SIGTERM)

    assert node.wait(20) == 0
