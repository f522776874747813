"""What a person reads at the end of an installation. Pure."""

import tomllib
from collections.abc import Iterator

from soribit.service.places import HUB_TOML, OLD, SETTINGS, STATE
from soribit.service.units import USER
from soribit.service.wish import USUAL_BROKER_PORT, USUAL_PAGE_PORT, Found, Wish


def closing(wish: Wish, found: Found) -> Iterator[str]:
    """Say what runs, where the page is, and what to do next."""
    yield ""
    yield "Soribit runs, and starts with this machine."
    if wish.kind != "node":
        yield from _page(wish, found)
    if wish.kind != "hub":
        yield "See which microphones are connected: sudo soribit devices"
    if wish.kind != "node":
        yield f"Add a lamp: docs/lights.md; settings are in {HUB_TOML}"
        yield "Add a room: sudo soribit hub add-node NAME"
    yield "See how it is: systemctl status 'soribit-*'; what it says: journalctl -u 'soribit-*'"
    if found.runs_before:
        yield f"The former release is kept as {OLD}."


def farewell(*, purge: bool) -> Iterator[str]:
    """Say what is left."""
    yield ""
    if purge:
        yield "Soribit is gone, with its settings and its history."
    else:
        yield f"Soribit is gone. Settings and history are left: {SETTINGS} and {STATE}."
        yield f"To remove them too: sudo rm -r {SETTINGS} {STATE} && sudo userdel {USER}"
    yield "Debian's packages are left as they are (mosquitto, libportaudio2, python3-venv)."


def _page(wish: Wish, found: Found) -> Iterator[str]:
    lan, port = wish.lan, found.page_port
    if found.hub_toml is not None:
        lan, port = _of_owner(found.hub_toml)
        if wish.lan and wish.lan != lan:
            yield f'{HUB_TOML} is yours and was left alone: write lan = "{wish.lan}" into it'
    elif found.broker_port != USUAL_BROKER_PORT:
        yield (
            f"Port {USUAL_BROKER_PORT} was taken, so nodes and lamps use broker port "
            f"{found.broker_port}; {HUB_TOML} says so too."
        )
    yield f"The page, on this machine: http://127.0.0.1:{port}/"
    address = found.address if lan == "auto" else lan
    if address:
        yield f"On a phone in this home: http://{address}:{port}/"
        yield "The page asks a phone for a code: sudo soribit hub code"


def _of_owner(hub_toml: str) -> tuple[str, int]:
    """Return where an owner's page is; its faults have been named before."""
    home = tomllib.loads(hub_toml)
    return str(home.get("lan", "")), int(home.get("web", {}).get("port", USUAL_PAGE_PORT))
