"""Where lamps are that are not where they were: one search at a time, at most one a minute."""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

EVERY_S = 60.0
EVERYBODY = "255.255.255.255"
"""The broadcast address of whatever network this machine is in."""
SEARCH_S = 2.0
"""Lamps answer a call into the network within a second; it is repeated, as it may get lost."""


class Found(Struct, frozen=True, kw_only=True):
    """A lamp that has answered a call into the network."""

    serial: str
    """What it has from its maker, 12 hexadecimal digits: its MAC address, or made like one."""
    address: str
    """IPv4, with a port where it is not the usual one."""
    name: str = ""
    """What its owner called it in the maker's app, where it says so."""


class Discover(Protocol):
    """What a driver searches with."""

    async def __call__(self, for_s: float, *, broadcast: str = EVERYBODY) -> Sequence[Found]:
        """Call into the network and gather answers for so many seconds."""


class Search:
    """Searches for the lost lamps of one family, for all of them at once."""

    def __init__(self, discover: Discover, *, every_s: float = EVERY_S) -> None:
        self._discover = discover
        self._every_s = every_s
        self._again_s = 0.0
        self._running: asyncio.Task[dict[str, str]] | None = None

    async def addresses(self) -> dict[str, str]:
        """Return the addresses that the next search finds, by serial; on the lamps' loop."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._search())
        return await asyncio.shield(self._running)

    async def _search(self) -> dict[str, str]:
        await asyncio.sleep(self._again_s - time.monotonic())
        self._again_s = time.monotonic() + self._every_s
        return {found.serial: found.address for found in await self._discover(SEARCH_S)}
