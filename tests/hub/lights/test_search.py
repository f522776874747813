import asyncio
from collections.abc import Sequence

import pytest

from hub.lights.address import address_of, host_and_port, serial_of
from hub.lights.search import Found, Search

NO_ADDRESSES = ["", "lamp.local", "1.2.3", "::1", "0.0.0.0", "224.0.0.1", "255.255.255.255"]  # noqa: S104


class Network:
    """Finds one lamp, and counts how often it is searched through."""

    searches = 0

    async def discover(self, for_s: float, *, broadcast: str = "") -> Sequence[Found]:  # noqa: ARG002
        self.searches += 1
        return [Found(serial="a8bb5006033d", address="192.168.1.7")]


def test_lamps_that_are_lost_together_share_a_search() -> None:
    async def both() -> list[dict[str, str]]:
        search = Search(network.discover)
        return list(await asyncio.gather(search.addresses(), search.addresses()))

    network = Network()
    assert asyncio.run(both()) == [{"a8bb5006033d": "192.168.1.7"}] * 2
    assert network.searches == 1


def test_next_search_waits_its_time() -> None:
    async def twice() -> None:
        search = Search(network.discover, every_s=3600.0)
        await search.addresses()
        await asyncio.wait_for(search.addresses(), 0.05)

    network = Network()
    with pytest.raises(TimeoutError):
        asyncio.run(twice())
    assert network.searches == 1


def test_search_is_made_anew_when_its_time_has_come() -> None:
    async def twice() -> None:
        search = Search(network.discover, every_s=0.0)
        await search.addresses()
        await search.addresses()

    network = Network()
    asyncio.run(twice())
    assert network.searches == 2


@pytest.mark.parametrize(
    ("text", "host", "port"), [("10.0.0.7", "10.0.0.7", 38899), ("10.0.0.7:8080", "10.0.0.7", 8080)]
)
def test_address_may_name_a_port(text: str, host: str, port: int) -> None:
    assert host_and_port(text, 38899) == (host, port)
    assert address_of(host, port, 38899) == text


@pytest.mark.parametrize(
    "text", [*NO_ADDRESSES, "1.2.3.4:0", "1.2.3.4:80", "1.2.3.4:x", "1.2.3.4:70000"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|octets|invalid literal|empty|one device"):
        host_and_port(text, 38899)


@pytest.mark.parametrize("text", ["A8BB5006033D", "a8:bb:50:06:03:3d", "a8-bb-50-06-03-3d"])
def test_serial_may_be_written_in_several_ways(text: str) -> None:
    assert serial_of(text) == "a8bb5006033d"


@pytest.mark.parametrize(
    "text", ["", "a8bb5006033", "a8bb5006033g", "a8bb5006033d0", "0" * 12, "f" * 12]
)
def test_what_is_no_serial_is_refused(text: str) -> None:
    assert serial_of(text) == ""
