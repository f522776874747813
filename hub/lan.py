"""Which address of this machine is the one in the home network."""

import ipaddress
import socket
from collections.abc import Collection, Mapping

import psutil

from contract.errors import InputError, UnavailableError

ANYWHERE = ("192.0.2.1", 9)
"""TEST-NET-1 (RFC 5737): asked only for the way there; nothing is ever sent."""


def home_address(
    lan: str,
    *,
    there: Collection[str],
    preferred: str | None,
    tunnels: Collection[str] = (),
) -> str:
    """Return the address in the home network on which others can reach us.

    Args:
        lan: "auto", or the address that the owner named.
        there: The IPv4 addresses that this machine has now.
        preferred: The one that it speaks to other networks from, None where it reaches none.
        tunnels: Those that lead to one far end, as a VPN's do: no home, unless the owner names it.

    Raises:
        InputError: Several would do, and the owner must choose.
        UnavailableError: There is none now; there may be when the network is up.
    """
    if lan != "auto":
        if lan in there:
            return lan
        raise UnavailableError(
            f"lan = {lan!r} is not an address of this machine now; it has {_listed(there)}"
        )
    fitting = [address for address in there if is_home(address) and address not in tunnels]
    if preferred in fitting:
        return str(preferred)
    if len(fitting) > 1:
        raise InputError(
            f"lan: several home networks are there, {_listed(fitting)}; name one of them"
        )
    if not fitting:
        raise UnavailableError("lan: this machine has no address in a home network now")
    return fitting[0]


def is_home(address: str) -> bool:
    """Tell whether an IPv4 address belongs to a private network, and not to this machine alone."""
    try:
        known = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return known.is_private and not (known.is_loopback or known.is_unspecified)


def find(lan: str) -> str:
    """Return what `home_address` says of this machine as it is now.

    Raises:
        InputError: Several would do, and the owner must choose.
        UnavailableError: There is none now.
    """
    there = _addresses()
    return home_address(lan, there=there, preferred=_preferred(), tunnels=_tunnels(there))


def _addresses() -> dict[str, str]:
    """Each IPv4 address of ours, and its interface."""
    return {
        entry.address: name
        for name, entries in psutil.net_if_addrs().items()
        for entry in entries
        if entry.family == socket.AF_INET
    }


def _tunnels(addresses: Mapping[str, str]) -> list[str]:
    interfaces = psutil.net_if_stats()
    return [
        address
        for address, name in addresses.items()
        if name in interfaces and "pointopoint" in interfaces[name].flags.split(",")
    ]


def _preferred() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ANYWHERE)
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _listed(addresses: Collection[str]) -> str:
    return ", ".join(addresses) or "none"
