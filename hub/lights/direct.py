"""A lamp that is reached without a bridge: commands in step, questions with a deadline."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from msgspec import Struct

from contract.errors import UnavailableError
from hub.flash import FLASHES
from hub.lights.loop import LampLoop
from hub.lights.port import DEADLINE_S, STEP_S, LampReport, LampState, Look, Report
from hub.lights.search import Search

log = logging.getLogger(__name__)


class Answer(Struct, frozen=True):
    """What a bulb says when it is asked."""

    serial: str
    """Who it is."""
    state: LampState


class Bulb(Protocol):
    """One bulb through its library; all calls on the lamps' loop, their deadlines are the caller's.

    Every call raises UnavailableError when the library says that the bulb was not reached.

    Attributes:
        address: Where it is asked for.
        proof_s: How long an answer proves that it, and no other, is at its address.
    """

    address: str
    proof_s: float

    async def ask(self) -> Answer:
        """Ask who it is and how it is."""

    async def show(self, look: Look) -> None:
        """Take on a look as well as it can; it has answered before."""

    async def restore(self, state: LampState) -> None:
        """Go back to an earlier state; it has answered before."""

    async def move(self, address: str) -> None:
        """Look for it elsewhere from now on."""

    async def close(self) -> None:
        """Let go of its sockets; what still comes in for them is lost."""


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
        self,
        bulb: Bulb,
        loop: LampLoop,
        search: Search,
        report: Report,
        *,
        lamp_id: str,
        serial: str,
    ) -> None:
        self.fault = ""
        self._bulb = bulb
        self._loop = loop
        self._search = search
        self._report = report
        self._lamp_id = lamp_id
        self._serial = serial
        self._proven_s = -math.inf
        self._asks_again = False
        self._asking: asyncio.Task[None] | None = None
        self._seeking: asyncio.Task[None] | None = None

    def show(self, look: Look) -> None:
        """Take on a look at once, without a fade."""
        self._loop.call(partial(self._command, partial(self._bulb.show, look)), within_s=DEADLINE_S)

    def restore(self, state: LampState) -> None:
        """Go back to an earlier state."""
        command = partial(self._bulb.restore, state)
        self._loop.call(partial(self._command, command), within_s=DEADLINE_S)

    def ask(self) -> None:
        """Ask the bulb how it is; the answer comes in as a report."""
        self._loop.call(self._ask, within_s=DEADLINE_S)

    async def close(self) -> None:
        """Let go of the bulb; on the lamps' loop."""
        await self._bulb.close()

    async def _command(self, command: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(STEP_S):
                if time.monotonic() - self._proven_s > self._bulb.proof_s:
                    await self._take_answer()
                await command()
        except TimeoutError as error:
            raise UnavailableError(f"no answer within {1000 * STEP_S:.0f} ms") from error
        finally:
            await self._ask()

    async def _ask(self) -> None:
        self._asks_again = True
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_until_known())

    async def _ask_until_known(self) -> None:
        """Ask, and once more where a command went out meanwhile."""
        while self._asks_again:
            self._asks_again = False
            try:
                async with asyncio.timeout(DEADLINE_S):
                    await self._take_answer()
            except TimeoutError:
                await self._lost(f"does not answer at {self._bulb.address}; has it power?")
            except UnavailableError as error:
                await self._lost(str(error))
            except Exception as error:  # the top of a task: a library may stumble over any answer
                log.exception("lamp %s cannot be asked", self._lamp_id)
                await self._lost(f"{self._bulb.address} says what no lamp says: {error!r:.60}")

    async def _take_answer(self) -> None:
        answer = await self._bulb.ask()
        if answer.serial != self._serial:
            self._proven_s = -math.inf
            raise UnavailableError(
                f"another lamp, {answer.serial}, is now at {self._bulb.address}; {self._serial} "
                "is searched for"
            )
        self._proven_s = time.monotonic()
        self.fault = ""
        self._report(LampReport(lamp_id=self._lamp_id, state=answer.state, live=True))

    async def _lost(self, why: str) -> None:
        self.fault = why
        await self._bulb.close()
        if self._seeking is None or self._seeking.done():
            self._seeking = asyncio.create_task(self._seek())

    async def _seek(self) -> None:
        """Ask the whole home for the bulb: its address may be another one now."""
        try:
            address = (await self._search.addresses()).get(self._serial)
        except Exception:  # the top of a task, as above
            log.exception("lamps cannot be searched for")
            return
        if address and address != self._bulb.address:
            log.info("lamp %s has moved from %s to %s", self._lamp_id, self._bulb.address, address)
            self._proven_s = -math.inf
            await self._bulb.move(address)
        if address:
            await self._ask()
