"""What every process of Soribit asks of its surroundings: which release it is, when to end."""

import signal
import threading
from importlib import metadata


def version() -> str:
    """Return the installed release, "unreleased" in a checkout that was never installed."""
    try:
        return metadata.version("soribit")
    except metadata.PackageNotFoundError:
        return "unreleased"


def stop_event() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set from now on; for the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
