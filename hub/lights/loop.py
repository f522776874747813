"""The one asyncio thread on which all lamps live whose libraries are asynchronous."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from typing import TypeVar

from contract.errors import UnavailableError

END_S = 1.0

T = TypeVar("T")

log = logging.getLogger(__name__)


class LampLoop:
    """Runs coroutines for threads that are not asynchronous."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_strayed)
        self._thread = threading.Thread(target=self._run, name="lamps", daemon=True)

    def start(self) -> None:
        """Begin to run."""
        self._thread.start()

    def stop(self) -> None:
        """Cancel what runs, and end; it cannot start again."""
        if self._thread.ident is None:
            self._loop.close()
        elif self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(END_S)

    def call(self, work: Callable[[], Coroutine[object, object, T]], *, within_s: float) -> T:
        """Run a coroutine and wait for what it returns; from any other thread.

        Args:
            work: Makes the coroutine.
            within_s: It is cancelled after that.

        Raises:
            UnavailableError: It did not end in time, or the loop has ended.
        """
        if not self._thread.is_alive():
            raise UnavailableError("the lamps' thread has ended")
        running = asyncio.run_coroutine_threadsafe(work(), self._loop)
        try:
            return running.result(within_s)
        except (TimeoutError, CancelledError) as error:
            running.cancel()
            raise UnavailableError(f"no answer within {within_s:g} s") from error

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()


def _strayed(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """A library stumbled over a datagram, or an error came when nobody waited for it any more."""
    fault = context.get("exception") or context.get("message")
    log.warning("a lamp's library failed", extra={"fault": repr(fault)})
