"""What a person wants installed, and what the machine is like: all that a plan depends on."""

import re
from typing import Literal

from msgspec import Struct

Kind = Literal["home", "hub", "node"]

PARTS: dict[Kind, tuple[str, ...]] = {
    "home": ("broker", "hub", "node"),
    "hub": ("broker", "hub"),
    "node": ("node",),
}
USUAL_BROKER_PORT, USUAL_PAGE_PORT = 1883, 8765
ID_LENGTH = 32
"""As long as a node's id may be."""


class Wish(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    kind: Kind
    package: str
    """What pip shall install: the path of a wheel, or soribit==<release>."""
    node_id: str = ""
    room: str = ""
    settings: str | None = None
    """The node.toml that the hub printed, read; None: none was given."""
    lan: str = ""


class Found(Struct, frozen=True, kw_only=True):
    """The machine as it is."""

    systemd: int
    hostname: str
    python: str
    """The interpreter that will run Soribit."""
    version: str
    """Its version, "3.11"."""
    missing: frozenset[str] = frozenset()
    """Debian's packages that are wanted and are not there."""
    has_apt: bool = True
    has_user: bool = False
    has_group: bool = False
    parts: frozenset[str] = frozenset()
    """Parts that have a unit already."""
    runs_before: bool = False
    """Whether there is an environment to replace."""
    hub_toml: str | None = None
    """What these files hold, None: there is no such file."""
    node_toml: str | None = None
    broker_port: int = USUAL_BROKER_PORT
    """The first port from the usual one on that nobody uses."""
    page_port: int = USUAL_PAGE_PORT
    address: str = ""
    """Of this machine in its network; "" where it is in none."""
    command_is_ours: bool = True
    """Whether /usr/local/bin/soribit may be made: it is free, or leads to us."""


def fit(name: str) -> str:
    """Return a node's id made of any name: "Wohnzimmer Pi" -> "wohnzimmer-pi"; "" where none is."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower())[:ID_LENGTH].strip("-")
    return "" if plain == "hub" else plain
