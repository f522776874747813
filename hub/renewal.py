"""Begins the hub anew, in the same process, when SIGHUP says that its settings changed."""

import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from contract.errors import SoribitError
from contract.process import notify

log = logging.getLogger(__name__)


class Renewal:
    """Waits for SIGHUP, and ends the hub in order where its new settings have no fault.

    Attributes:
        stop: Set when the hub is to end, for good (SIGTERM, SIGINT) or to begin anew.
    """

    def __init__(self, check: Callable[[], object]) -> None:
        """Follow the signals from now on; for the main thread.

        Args:
            check: Reads the settings as they are now; raises what is wrong with them.
        """
        self.stop = threading.Event()
        self._for_good = False
        self._anew = False
        self._check = check
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        threading.Thread(target=self._follow, name="renewal", daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._end())
        signal.signal(signal.SIGHUP, lambda *_: self._asked.put(None))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})

    @property
    def wanted(self) -> bool:
        """Whether the hub is to begin anew once it has ended."""
        return self._anew and not self._for_good

    def _end(self) -> None:
        self._for_good = True
        notify("STOPPING=1")
        self.stop.set()

    def _follow(self) -> None:
        while not self._anew:
            self._asked.get()
            try:
                self._check()
            except SoribitError as error:
                log.error("the settings have faults, the hub goes on as it is: %s", error)
            except Exception:
                log.exception("the settings could not be looked at, the hub goes on as it is")
            else:
                log.info("the settings changed, the hub begins anew")
                self._anew = True
                self.stop.set()


def begin_anew() -> NoReturn:
    """Replace this program by itself; its process, and so all who watch it, stay the same."""
    logging.shutdown()  # what waits to be logged would be lost
    notify("WATCHDOG=1")  # the start takes seconds on a Raspberry Pi
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # one that comes now waits
    os.execve(sys.executable, sys.orig_argv, os.environ)  # noqa: S606  # our own command line
