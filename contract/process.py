"""What a process of Soribit asks of its surroundings: its release, its end, who watches it."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata

STARTED_AGAIN = "SORIBIT_STARTED_AGAIN"
"""In the environment of a process: whoever runs it starts it again when it ends."""


def version() -> str:
    """Return the installed release, "unreleased" in a checkout that was never installed."""
    try:
        return metadata.version("soribit")
    except metadata.PackageNotFoundError:
        return "unreleased"


def advice(extras: str) -> str:
    """Return what to type to get what is not installed; a bare pip is another environment's.

    Args:
        extras: Of our package: "wiz", "wiz,lifx".
    """
    return f"run: {sys.executable} -m pip install 'soribit[{extras}]'"


def stop_event() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set from now on; for the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def is_started_again(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether somebody, systemd or `soribit up`, starts this process again when it ends.

    Args:
        environment: The process's own.
    """
    return any(environment.get(name) for name in ("NOTIFY_SOCKET", STARTED_AGAIN))


def notify(state: str) -> bool:
    """Tell systemd how we are, if it wants to know; never waits, never raises.

    Args:
        state: As sd_notify(3) takes it, "READY=1".

    Returns:
        Whether systemd, or who stands in for it, wants to know.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # in the abstract namespace
        address = f"\0{address[1:]}"
    with suppress(OSError, ValueError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.settimeout(0.0)
        out.sendto(state.encode(), address)
    return True


def watchdog_s(environment: Mapping[str, str] = os.environ, *, pid: int | None = None) -> float:
    """Return after how long without a sign of life systemd starts us again; 0.0: never.

    Args:
        environment: What systemd told us.
        pid: Our process id: another's watchdog is none of our business.
    """
    whose = environment.get("WATCHDOG_PID", "")
    if whose and whose != str(pid or os.getpid()):
        return 0.0
    wait_us = environment.get("WATCHDOG_USEC", "")
    return int(wait_us) / 1e6 if wait_us.isdecimal() else 0.0
