"""The settings files of a fresh installation; one that is there already is its owner's. Pure."""

import ipaddress
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Template

from msgspec import Struct

from contract.errors import InputError
from soribit.home import TEMPLATES
from soribit.service.places import HUB_TOML, NODE_TOML, SECRETS, STATE
from soribit.service.steps import File, Secret, Step
from soribit.service.wish import USUAL_BROKER_PORT, Found, Wish, fit

TITLE_LENGTH = 40
"""As long as a room's name may be."""


class Fresh(Struct, frozen=True):
    """Files to write, and accounts that need a password."""

    texts: dict[Path, str]
    accounts: tuple[str, ...] = ()


def fresh(wish: Wish, found: Found) -> Fresh:
    """Return what is to be written; nothing that is there is touched.

    Raises:
        InputError: Something is missing that only a person can give, or would be overwritten.
    """
    node_id = _node_id(wish, found)
    hub, node = _hub(wish, found, node_id), _node(wish, found, node_id)
    texts = {path: text for path, text in ((HUB_TOML, hub), (NODE_TOML, node)) if text}
    accounts = (*(["hub"] if hub else []), *([node_id] if hub and _has_room(wish) else []))
    return Fresh(texts, accounts)


def write(files: Fresh) -> Iterator[Step]:
    """Return the steps that write them."""
    for account in files.accounts:
        yield Secret(path=SECRETS / f"{account}.password")
    for path, text in files.texts.items():
        yield File(path=path, text=text, mode=0o640, says=f"Writing {path}")


def has_other_broker(found: Found) -> bool:
    """Tell whether an owner's hub.toml does without mosquitto here."""
    try:
        kind = tomllib.loads(found.hub_toml or "").get("broker", {}).get("kind", "auto")
    except (ValueError, AttributeError, RecursionError):
        return False  # its faults are named when the new environment is tried
    return kind in ("external", "amqtt")


def _node_id(wish: Wish, found: Found) -> str:
    named = wish.node_id
    if named == "hub" or (named and not re.fullmatch(r"[a-z0-9-]{1,32}", named)):
        raise InputError(
            f"--node-id {named[:40]!r} cannot be a node's id; give 1 to 32 of a-z, 0-9 and -, "
            "and not hub, which is the hub's own account"
        )
    return named or fit(found.hostname.partition(".")[0]) or "home"


def _hub(wish: Wish, found: Found, node_id: str) -> str:
    """Return a fresh hub.toml; "" where none is wanted or one is there."""
    if wish.kind == "node" or found.hub_toml is not None:
        return ""
    room = ""
    if _has_room(wish):
        title = wish.room or node_id.replace("-", " ").capitalize()
        if len(title) > TITLE_LENGTH:
            raise InputError(f"--room {title[:40]!r}... is too long for a name; give 40 at most")
        named = json.dumps(title, ensure_ascii=False)  # which is a string of TOML too
        room_id = fit(title) or node_id
        room = _filled("service-room", node_id=node_id, room_id=room_id, room_name=named)
    if wish.lan not in ("", "auto") and not _is_home(wish.lan):
        raise InputError(f"--lan {wish.lan[:40]} is no IPv4 address of a home network")
    ports = {"port": str(found.broker_port), "web_port": str(found.page_port)}
    return _filled("service-hub", room=room, lan=wish.lan, **ports)


def _has_room(wish: Wish) -> bool:
    """Whether the node here gets its account without being asked."""
    return wish.kind == "home" and wish.settings is None


def _node(wish: Wish, found: Found, node_id: str) -> str:
    """Return a fresh node.toml; "" where none is wanted or one is there."""
    if wish.kind == "hub":
        return ""
    if wish.settings is not None:
        if found.node_toml not in (None, wish.settings):
            raise _in_the_way("holds other settings")
        return "" if found.node_toml else wish.settings
    if found.node_toml is not None:
        if wish.kind == "home" and found.hub_toml is None:
            raise _in_the_way("is that of another home")
        return ""
    if wish.kind == "node":
        raise InputError(
            "a node needs the settings that its hub gives it; on the hub: sudo soribit hub "
            "add-node NAME > node.toml; then here, with that file: sudo soribit service install "
            "node --settings node.toml"
        )
    port, password = found.broker_port, str(SECRETS / f"{node_id}.password")
    if found.hub_toml is not None:
        port, password = _account(found.hub_toml, node_id)
    return _filled("service-node", node_id=node_id, port=str(port), password_file=password)


def _account(hub_toml: str, node_id: str) -> tuple[int, str]:
    """Return port and password file of a node that an owner's hub.toml knows."""
    try:
        home = tomllib.loads(hub_toml)
        account = home["accounts"][node_id]
        port = home.get("broker", {}).get("port", USUAL_BROKER_PORT)
        return int(port), str(account["password_file"])
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{HUB_TOML} is not TOML: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{HUB_TOML} is there already and has no account for node {node_id!r}; make one: sudo "
            f"soribit hub add-node {node_id} > node.toml; then add --settings node.toml here"
        ) from error


def _is_home(address: str) -> bool:
    try:
        known = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return known.is_private and not known.is_loopback


def _in_the_way(why: str) -> InputError:
    return InputError(f"{NODE_TOML} {why}; move it away first: sudo mv {NODE_TOML} {NODE_TOML}.was")


def _filled(template: str, **values: str) -> str:
    text = Template((TEMPLATES / f"{template}.toml").read_text(encoding="utf-8"))
    return text.substitute(values, state=STATE)
