"""A lamp that is reached without a bridge: commands in step, questions with a deadline."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from contract.errors import UnavailableError
from hub.flash import FLASHES
from hub.lights.loop import LampLoop
from hub.lights.port import DEADLINE_S, STEP_S, LampReport, LampState, Look, Report
from hub.lights.search import Search

log = logging.getLogger(__name__)


class Bulb(Protocol):
    """One bulb through its library; all calls on the lamps' loop, their deadlines are the caller's.

    Every call raises UnavailableError when it is known that the bulb was not reached, or that
    another one is at its address now; that one is never commanded.

    Attributes:
        serial: Who it is.
        address: Where it is looked for.
    """

    serial: str
    address: str

    async def ask(self) -> LampState:
        """Ask how it is."""

    async def show(self, look: Look) -> None:
        """Take on a look as well as it can."""

    async def restore(self, state: LampState) -> None:
        """Go back to an earlier state."""

    async def move(self, address: str) -> None:
        """Look for it elsewhere from now on."""

    async def close(self) -> None:
        """Let go of its sockets."""


class DirectLamp:
    """One bulb as a lamp.

    A command goes out within a step or not at all: sent again later it would be a flash of its
    own. How the bulb then is, is asked beside the worker, so a bulb that is slow to answer misses
    no step.
    """

    limit_per_s = 2 * FLASHES
    """Three lit steps and three dark ones are the most that the flash budget asks for."""
    needs_broker = False

    def __init__(
        self, lamp_id: str, bulb: Bulb, *, loop: LampLoop, search: Search, report: Report
    ) -> None:
        """Begin; nothing is sent yet.

        Args:
            lamp_id: Whose reports these are.
            bulb: The bulb.
            loop: Where it lives.
            search: Knows where it is when it does not answer.
            report: Where it says how it is.
        """
        self.fault = ""
        self._lamp_id = lamp_id
        self._bulb = bulb
        self._loop = loop
        self._search = search
        self._report = report
        self._asks_again = False
        self._closed = False
        self._asking: asyncio.Task[None] | None = None
        self._seeking: asyncio.Task[None] | None = None

    def show(self, look: Look) -> None:
        """Take on a look at once, without a fade."""
        command = partial(self._bulb.show, look)
        self._loop.call(partial(self._command, command), within_s=DEADLINE_S)

    def restore(self, state: LampState) -> None:
        """Go back to an earlier state."""
        command = partial(self._bulb.restore, state)
        self._loop.call(partial(self._command, command), within_s=DEADLINE_S)

    def ask(self) -> None:
        """Ask the bulb how it is; the answer comes in as a report."""
        self._loop.call(self._ask, within_s=DEADLINE_S)

    async def close(self) -> None:
        """Let go of the bulb for good, questions on their way included; on the lamps' loop."""
        self._closed = True
        under_way = [task for task in (self._asking, self._seeking) if task]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._bulb.close()

    async def _command(self, command: Callable[[], Awaitable[None]]) -> None:
        if self._closed:
            raise UnavailableError(f"lamp {self._lamp_id} is left alone now")
        try:
            async with asyncio.timeout(STEP_S):
                await command()
        except TimeoutError as error:
            raise UnavailableError(f"no answer within {1000 * STEP_S:.0f} ms") from error
        finally:
            await self._ask()

    async def _ask(self) -> None:
        if self._closed:
            return
        self._asks_again = True
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_until_known())

    async def _ask_until_known(self) -> None:
        """Ask, and once more where a command went out meanwhile."""
        while self._asks_again:
            self._asks_again = False
            self.fault = await self._answer()
            if self.fault and (self._seeking is None or self._seeking.done()):
                self._seeking = asyncio.create_task(self._seek())

    async def _answer(self) -> str:
        """Hand on what the bulb answers; returns why it does not, "" if it does."""
        address = self._bulb.address
        try:
            async with asyncio.timeout(DEADLINE_S):
                state = await self._bulb.ask()
        except TimeoutError:
            return f"does not answer at {address}; check that it has power"
        except UnavailableError as error:
            return str(error)
        except Exception:  # the top of a task: a library may stumble over any answer
            log.exception("lamp %s cannot be asked", self._lamp_id)
            return f"says at {address} what no lamp says; see the log"
        self._report(LampReport(lamp_id=self._lamp_id, state=state, live=True))
        return ""

    async def _seek(self) -> None:
        """Ask the whole home for the bulb: it may have another address now."""
        try:
            address = (await self._search.addresses()).get(self._bulb.serial)
            if address and address != self._bulb.address:
                log.info("lamp %s is now at %s", self._lamp_id, address)
                await self._bulb.move(address)
        except Exception:  # the top of a task, as above
            log.exception("lamp %s cannot be searched for", self._lamp_id)
            return
        if address:
            await self._ask()
