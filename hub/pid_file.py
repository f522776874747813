"""Which process is ours: a file with its number, locked for as long as that process lives."""

import fcntl
import logging
import os
import signal
import time
from pathlib import Path

from contract import private_file
from contract.errors import InputError, UnavailableError

FORMER_S = 5.0
"""A former process that was told to end needs 2 s at most."""
READY_S = 20.0
"""A Raspberry Pi takes some seconds to start a hub; before that, SIGHUP would end it."""
PAUSE_S = 0.05

log = logging.getLogger(__name__)


def claim(path: Path, *, name: str) -> None:
    """Write our number into a file and hold it locked until we end, through every exec.

    A disk that cannot be written costs us live settings, never the start: it is logged.

    Args:
        path: The file.
        name: What we are, for the error's text.

    Raises:
        UnavailableError: Another process holds it.
    """
    try:
        private_file.make_folder(path.parent)
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        log.warning("%s: %s; changed settings need a restart by hand", path, error.strerror)
        return
    until_s = time.monotonic() + FORMER_S
    while not _lock(held, fcntl.LOCK_EX):
        number = _number(path)
        if number == os.getpid():  # we hold it already: this program has replaced itself
            os.close(held)
            return
        if time.monotonic() > until_s:
            os.close(held)
            raise UnavailableError(f"{name}: it runs already (process {number}, {path}); end that")
        time.sleep(PAUSE_S)
    os.set_inheritable(held, True)  # noqa: FBT003  # Python's own form
    try:
        os.ftruncate(held, 0)
        os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        log.warning("%s: %s; changed settings need a restart by hand", path, error.strerror)


def running(path: Path) -> int | None:
    """Return the number of the process that holds a file, None where none does.

    Raises:
        InputError: The file is another user's.
    """
    try:
        asked = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise InputError(f"{path} is another user's; run this with sudo") from error
    try:
        return None if _lock(asked, fcntl.LOCK_SH) else _number(path)
    finally:
        os.close(asked)


def tell(path: Path, number: signal.Signals) -> bool:
    """Send a signal to the process that holds a file, as soon as that process heeds it.

    Returns:
        Whether there was one.

    Raises:
        InputError: The process is another user's.
        UnavailableError: It does not get ready for the signal.
    """
    process = wait_heeds(path, number)
    if not process:
        return False
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise InputError(f"process {process} is another user's; run this with sudo") from error
    return True


def wait_heeds(path: Path, number: signal.Signals) -> int | None:
    """Wait until the process that holds a file heeds a signal: it has started by then.

    Returns:
        Its number, None where there is none.

    Raises:
        InputError: The file is another user's.
        UnavailableError: It does not get ready for the signal.
    """
    until_s = time.monotonic() + READY_S
    while (process := running(path)) and not _heeds(process, number):
        if time.monotonic() > until_s:
            raise UnavailableError(f"process {process} is not ready after {READY_S:.0f} s")
        time.sleep(PAUSE_S)
    return process


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _heeds(process: int, number: signal.Signals) -> bool:
    """Whether a process catches a signal, as the kernel knows it."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    caught = next((line.split()[1] for line in lines if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (number - 1) & 1)
