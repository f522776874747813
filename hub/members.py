"""Who belongs to the home: how nodes and devices come into its settings, and how they leave."""

import re
from typing import Literal

from contract.errors import InputError
from hub.hub_toml import Change, Table, Value
from hub.settings import HubSettings

DeviceKind = Literal["zigbee2mqtt", "lamp", "homeassistant", "wristband", "display"]
_ID = re.compile(r"[a-z0-9-]{1,32}")


def check_id(word: str, what: str) -> None:
    """Refuse what cannot be an id.

    Raises:
        InputError: It cannot.
    """
    if not _ID.fullmatch(word):
        fit = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")[:32]
        hint = f", for example {fit}" if fit else ""
        raise InputError(f"{what} {word[:40]!r}: use 1 to 32 of a-z, 0-9 and -{hint}")


def room_of(settings: HubSettings, node: str) -> str | None:
    """Return the id of the room in which a node listens."""
    return next((id_ for id_, room in settings.rooms.items() if node in room.nodes), None)


def hub_name(settings: HubSettings) -> str:
    """Return the user name of the hub itself."""
    return settings.broker.username or "hub"


def join_node(
    settings: HubSettings,
    node: str,
    *,
    room: str | None = None,
    title: str | None = None,
    again: bool = False,
    password_file: str,
) -> Change:
    """Return the change that lets a node in.

    Args:
        settings: The home as it is.
        node: The node's id.
        room: Where it listens; None: where it is listed already, else a room of its own name.
        title: What people call a new room; None: its id in words.
        again: Whether it may be known already.
        password_file: Where its password is.

    Raises:
        InputError: It is known or listens elsewhere already, the name is not a node's, or the
            room has another name.
    """
    _refuse_known(settings, node, again=again)
    listed = room_of(settings, node)
    where = room or listed or node
    if listed not in (None, where):
        raise InputError(f"{node!r} listens in room {listed!r} already; change that in hub.toml")
    there = settings.rooms.get(where)
    if there and title not in (None, there.name):
        raise InputError(
            f"room {where!r} is called {there.name!r} already; change that in hub.toml"
        )

    def change(home: Table) -> None:
        entry: Table = {"role": "node", "password_file": password_file}
        _table(home, "accounts").setdefault(node, entry)
        _table(home, "rooms").setdefault(where, {"name": title or _in_words(where)})
        nodes = _list(_table(_table(home, "rooms"), where), "nodes")
        if node not in nodes:
            nodes.append(node)

    return change


def join_device(
    settings: HubSettings, name: str, *, kind: DeviceKind, topic: str | None, password_file: str
) -> Change:
    """Return the change that lets a device in.

    Args:
        settings: The home as it is.
        name: The device's user name.
        kind: What it is.
        topic: The root of its topics, for zigbee2mqtt and lamp; None: zigbee2mqtt, or the name.
        password_file: Where its password is.

    Raises:
        InputError: The name is taken.
    """
    if name in settings.accounts or name == hub_name(settings):
        raise InputError(f"there is an account {name!r} already; choose another name, or revoke it")
    entry: Table = {"role": kind, "password_file": password_file}
    if kind in ("zigbee2mqtt", "lamp"):
        entry["topic"] = topic or (kind if kind == "zigbee2mqtt" else name)

    def change(home: Table) -> None:
        _table(home, "accounts").setdefault(name, entry)

    return change


def leave(settings: HubSettings, name: str) -> Change:
    """Return the change that throws a node or a device out; a room that is empty then stays.

    Raises:
        InputError: Nobody of that name is there, or it is the hub itself.
    """
    entry, room = settings.accounts.get(name), room_of(settings, name)
    if name == hub_name(settings) or (entry and entry.role == "hub"):
        raise InputError(f"{name!r} is the hub's own account; without it nothing would alert")
    if entry is None and room is None:
        known = ", ".join(_others(settings)) or "none"
        raise InputError(f"there is no node or device {name[:40]!r}; known here: {known}")

    def change(home: Table) -> None:
        _table(home, "accounts").pop(name, None)
        if room and name in (nodes := _list(_table(_table(home, "rooms"), room), "nodes")):
            nodes.remove(name)

    return change


def _refuse_known(settings: HubSettings, node: str, *, again: bool) -> None:
    entry = settings.accounts.get(node)
    if node == hub_name(settings) or (entry and entry.role != "node"):
        role = entry.role if entry else "hub"
        raise InputError(f"{node!r} is the account of a {role}; give the node another name")
    if entry and not again:
        raise InputError(
            f"node {node!r} is known already; --again makes new settings, and ends the old ones"
        )


def _others(settings: HubSettings) -> list[str]:
    return [name for name, entry in settings.accounts.items() if entry.role != "hub"]


def _in_words(id_: str) -> str:
    return id_.replace("-", " ").strip().capitalize() or id_


def _table(table: Table, key: str) -> Table:
    inner = table.setdefault(key, {})
    if not isinstance(inner, dict):  # the settings were read as such before
        raise TypeError(key)
    return inner


def _list(table: Table, key: str) -> list[Value]:
    inner = table.setdefault(key, [])
    if not isinstance(inner, list):
        raise TypeError(key)
    return inner
