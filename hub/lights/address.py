"""How a lamp without a bridge is named: where it is, and who it is."""

import ipaddress
from string import hexdigits

LOWEST_PORT = 1024
"""Below it are services of computers; lifx-async asks no lamp there."""
SERIAL_DIGITS = 12
"""A MAC address has as many; so has a LIFX serial."""


def host_and_port(address: str, usual_port: int) -> tuple[str, int]:
    """Return the two parts of an address.

    Args:
        address: IPv4, with a port behind a colon or without.
        usual_port: What stands for a missing port.

    Raises:
        ValueError: It is no such address.
    """
    host, colon, port = address.partition(":")
    number = int(port) if colon else usual_port
    if not may_be_lamp(number):
        raise ValueError(f"{port} is no port of a lamp")
    place = ipaddress.IPv4Address(host)
    if place.is_unspecified or place.is_multicast or place.is_reserved:
        raise ValueError(f"{host} is not the address of one device")
    return str(place), number


def may_be_lamp(port: int) -> bool:
    """Tell whether a lamp can listen at a port; who answers a search may say anything."""
    return LOWEST_PORT <= port < 1 << 16


def address_of(host: str, port: int, usual_port: int) -> str:
    """Return two parts as one address."""
    return host if port == usual_port else f"{host}:{port}"


def serial_of(text: str) -> str:
    """Return a serial as all of Soribit writes it; "" if it is none."""
    digits = text.lower().replace(":", "").replace("-", "")
    is_one = len(digits) == SERIAL_DIGITS and set(digits) <= set(hexdigits)
    return digits if is_one and set(digits) not in ({"0"}, {"f"}) else ""
