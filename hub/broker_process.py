"""The running broker seen from outside: its process, where it listens, how it learns of changes."""

import logging
import signal
from collections.abc import Sequence
from pathlib import Path

from contract import private_file
from contract.errors import SoribitError, UnavailableError
from hub import broker_mosquitto, pid_file
from hub.broker_accounts import logins
from hub.settings import HubSettings

log = logging.getLogger(__name__)

FOLDER = "broker"
"""Below the state folder: all that the broker keeps."""

log = logging.getLogger(__name__)


def begin(state: Path, addresses: Sequence[str], port: int) -> None:
    """Note that this process is the broker of the home now, also after it becomes mosquitto.

    Raises:
        UnavailableError: Another process is.
    """
    folder = state / FOLDER
    pid_file.claim(_pid(state), name="broker")
    try:
        private_file.write(folder / "listens", "".join(f"{address}\n" for address in addresses))
        private_file.write(folder / "port", f"{port}\n")
    except OSError as error:
        log.warning("%s: %s; others may look for the broker in vain", folder, error.strerror)


def is_running(state: Path) -> bool:
    """Tell whether the broker of a home runs."""
    return pid_file.running(_pid(state)) is not None


def listens(state: Path) -> tuple[str, ...]:
    """Return the addresses at which the running broker listens, none where it does not run."""
    if not is_running(state):
        return ()
    return tuple((state / FOLDER / "listens").read_text(encoding="ascii").split())


def port(state: Path) -> int | None:
    """Return the TCP port of the running broker, None where it does not run."""
    if not is_running(state):
        return None
    return int((state / FOLDER / "port").read_text(encoding="ascii"))


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
    if not is_running(state):
        return False
    folder = state / FOLDER
    try:
        broker_mosquitto.write_accounts(folder, logins(settings))
    except OSError as error:
        told = f"{folder}: {error.strerror}; the broker keeps its former accounts: free some space"
        raise UnavailableError(told) from error
    return pid_file.tell(_pid(state), signal.SIGHUP)


def follow(state: Path, address: str) -> None:
    """Let the running broker listen at our address in the home network, if it does not yet."""
    try:
        addresses = listens(state)
        if addresses and address not in addresses and restart(state):
            log.info("the broker begins anew, to listen at %s too", address)
    except SoribitError as error:
        log.warning("the broker does not listen at %s: %s", address, error)


def restart(state: Path) -> bool:
    """End the running broker; who keeps it running, `soribit up` or systemd, starts it again.

    Returns:
        Whether one ran.

    Raises:
        InputError: The broker is another user's.
    """
    return pid_file.tell(_pid(state), signal.SIGTERM)


def _pid(state: Path) -> Path:
    return state / FOLDER / "pid"
