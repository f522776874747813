"""The running broker seen from outside: its process, where it listens, how it learns of changes."""

import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from contract import private_file
from contract.errors import SoribitError, UnavailableError
from contract.process import is_started_again
from hub import broker_mosquitto, pid_file
from hub.broker_accounts import logins
from hub.settings import HubSettings

FOLDER = "broker"
"""Below the state folder: all that the broker keeps."""
BY_HAND = (
    "it was started by hand and nobody starts it again; end it, then run soribit broker once more"
)
"""Why a broker is not ended in order to listen elsewhere, and what to do."""

log = logging.getLogger(__name__)


def begin(state: Path, addresses: Sequence[str], port: int) -> None:
    """Note that this process is the broker of the home now, also after it becomes mosquitto.

    Raises:
        UnavailableError: Another process is.
    """
    folder = state / FOLDER
    pid_file.claim(_pid(state), name="broker")
    try:
        number = f"{os.getpid()}\n" if is_started_again() else ""
        private_file.write(folder / "started_again", number)
        # Last: who reads where we listen must know by then whether we may be ended.
        private_file.write(folder / "listens", "".join(f"{address}\n" for address in addresses))
        private_file.write(folder / "port", f"{port}\n")
    except OSError as error:
        log.warning("%s: %s; others may look for the broker in vain", folder, error.strerror)


class Guide:
    """Leads the running broker into the home network, once whenever that is found.

    One that cannot come, as its port is taken there or as it was told to stay, would end again
    and again: no alarm reaches the hub meanwhile. One that nobody starts again is not ended at all.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._led_to = ""

    def found(self, address: str) -> None:
        """Let the broker listen at our address in the home network, if it does not yet."""
        try:
            addresses = listens(self._state)
            if not addresses or address in (*addresses, self._led_to):
                return
            if restart(self._state):
                log.info("the broker begins anew, to listen at %s too", address)
            elif is_running(self._state):
                log.warning("the broker does not listen at %s: %s", address, BY_HAND)
            else:
                return
            self._led_to = address
        except SoribitError as error:
            log.warning("the broker does not listen at %s: %s", address, error)

    def lost(self) -> None:
        """Note that there is no home network now."""
        self._led_to = ""


def is_running(state: Path) -> bool:
    """Tell whether the broker of a home runs."""
    return pid_file.running(_pid(state)) is not None


def listens(state: Path) -> tuple[str, ...]:
    """Return the addresses at which the running broker listens, none where it does not run."""
    return tuple(_noted(state, "listens"))


def port(state: Path) -> int | None:
    """Return the TCP port of the running broker, None where it does not run."""
    return next((int(word) for word in _noted(state, "port") if word.isdecimal()), None)


def starts_again(state: Path) -> bool:
    """Tell whether somebody starts the running broker again when it ends.

    A note that a former one left, on a disk that was full since, does not count.
    """
    return str(pid_file.running(_pid(state))) in _noted(state, "started_again")


def reload(settings: HubSettings, state: Path) -> bool:
    """Let the running broker know the accounts of the settings at once.

    Who is not among them any more, or has another password, is put off; nobody else notices.

    Returns:
        Whether a broker runs.

    Raises:
        SettingsError: The accounts have faults; nothing is changed.
        InputError: The broker is another user's.
        UnavailableError: Its files cannot be written; nothing is changed.
    """
    if not pid_file.wait_heeds(_pid(state), signal.SIGHUP):  # or its start would write over ours
        return False
    folder = state / FOLDER
    try:
        broker_mosquitto.write_accounts(folder, logins(settings))
    except OSError as error:
        raise UnavailableError(
            f"{folder}: {error.strerror}; the broker keeps its former accounts: free some space, "
            "then run soribit hub reload"
        ) from error
    return pid_file.tell(_pid(state), signal.SIGHUP)


def restart(state: Path) -> bool:
    """End the running broker where somebody, `soribit up` or systemd, starts it again.

    Returns:
        Whether it begins anew; False where none runs, or where nobody would start it.

    Raises:
        InputError: The broker is another user's.
    """
    return starts_again(state) and pid_file.tell(_pid(state), signal.SIGTERM)


def _noted(state: Path, name: str) -> list[str]:
    """What the running broker noted of itself; nothing where it could not, or not yet.

    What is older than its number is what a former one noted.
    """
    if not is_running(state):
        return []
    note = state / FOLDER / name
    try:
        if note.stat().st_mtime_ns < _pid(state).stat().st_mtime_ns:
            return []
        return note.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return []


def _pid(state: Path) -> Path:
    return state / FOLDER / "pid"
