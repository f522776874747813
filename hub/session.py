"""A whole run of the hub: its loop and its page, from start to end."""

import gc
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from contract.clock import SystemClock
from contract.errors import EXIT_OK
from contract.process import stop_event
from hub import broker, lan
from hub.announce import link_of_hub
from hub.service import Hub
from hub.settings import HubSettings

SWITCH_S = 0.0005
"""A lamp's worker waits this long for the loop to let it run, not Python's 5 ms."""


def run(
    settings: HubSettings,
    state: Path,
    stop: threading.Event | None = None,
    find: Callable[[], str] | None = None,
    opened: Callable[[str], None] = lambda _: None,
) -> int:
    """Be the hub until SIGTERM, SIGINT or `stop`.

    Args:
        settings: The household's own.
        state: Folder for the database.
        stop: Set to end it; without it, signals do.
        find: Returns our address in the home network where `lan` is set; else `hub.lan` does.
        opened: Told each address at which the page is open to the home network from now on.

    Returns:
        The exit code.

    Raises:
        SettingsError: The broker's password cannot be read.
        UnavailableError: The page's port is taken.
    """
    from hub.web.page import page_of  # noqa: PLC0415  0.5 s that only a hub needs

    link = link_of_hub(settings.account())
    hub = Hub(settings, link, state, SystemClock(), broker=broker.decide(settings.broker))
    find = find or (lambda: lan.find(settings.lan))
    pages = page_of(hub.home, settings, state, find=find, opened=opened)
    ended = stop or stop_event()
    pages.start()
    hub.start()
    _keep_pace()
    ended.wait()
    hub.stop()
    pages.stop()
    return EXIT_OK


def _keep_pace() -> None:
    """Keep Python from pausing an alarm: looking through all libraries for garbage took 60 ms."""
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
