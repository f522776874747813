"""Commands about who belongs to the home: let nodes and devices in, throw them out."""

import argparse
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import get_args

from contract import private_file
from contract.errors import EXIT_OK, InputError
from contract.settings import is_loopback
from hub import broker, broker_process, hub_toml, lan, members
from hub.commands import spread
from hub.commands.given import Commands, Home, add_home, find, say
from hub.commands.owner import as_owner
from hub.commands.settings import refuse_faults_of_use
from hub.hub_toml import Change
from hub.settings import HubSettings

NODE_TOML = """\
# Settings of the node {node!r}; they hold its password.
# Put them into /etc/soribit/node.toml on the machine that listens in {room!r}:
#     sudo install -m 640 -g soribit node.toml /etc/soribit/node.toml

node_id = "{node}"

[broker]
host = "{host}"
port = {port}
password = "{password}"
"""


def add(commands: Commands) -> None:
    """Add the commands."""
    node = commands.add_parser("add-node", help="let a node in, and print its settings")
    node.add_argument("name", help="its id: a-z, 0-9, -")
    node.add_argument("--room", help="id of the room where it listens; else as the node")
    node.add_argument("--name", dest="title", metavar="NAME", help="what people call a new room")
    node.add_argument("--again", action="store_true", help="new settings for a node that is known")
    node.add_argument("--here", action="store_true", help="it runs on this machine")
    node.set_defaults(do=_add_node)
    device = commands.add_parser("add-device", help="let a lamp, bridge, wristband or display in")
    device.add_argument("name", help="its user name: a-z, 0-9, -")
    kinds = get_args(members.DeviceKind)
    device.add_argument("--kind", required=True, choices=kinds, help="what it is")
    device.add_argument("--topic", help="root of its topics, for zigbee2mqtt and lamp")
    device.set_defaults(do=_add_device)
    revoke = commands.add_parser("revoke", help="throw a node or a device out")
    revoke.add_argument("name")
    revoke.set_defaults(do=_revoke)
    reload = commands.add_parser("reload", help="let broker and hub read hub.toml again")
    reload.set_defaults(do=_reload)
    for command in (node, device, revoke, reload):
        add_home(command)


def _add_node(arguments: argparse.Namespace) -> int:
    home, name = find(arguments), arguments.name
    members.check_id(name, "node")
    members.check_id(arguments.room or name, "room")
    host, port = _meeting_point(home, here=arguments.here)
    settings, password = _let_in(
        home,
        name,
        lambda now, file: members.join_node(
            now,
            name,
            again=arguments.again,
            room=arguments.room,
            title=arguments.title,
            password_file=file,
        ),
    )
    room = members.room_of(settings, name)
    filled = {"node": name, "room": room, "host": host, "port": port, "password": password}
    _whisper(NODE_TOML.format(**filled))
    if not arguments.here:
        _warn_of_loopback(home, host)
    spread.to_broker(home, name)
    spread.to_hub(home)
    return EXIT_OK


def _add_device(arguments: argparse.Namespace) -> int:
    home, name, kind = find(arguments), arguments.name, arguments.kind
    members.check_id(name, "device")
    host, port = _meeting_point(home, here=False)
    _, password = _let_in(
        home,
        name,
        lambda now, file: members.join_device(
            now, name, kind=kind, topic=arguments.topic, password_file=file
        ),
    )
    _whisper(f"host      {host}\nport      {port}\nuser      {name}\npassword  {password}\n")
    _warn_of_loopback(home, host)
    spread.to_broker(home, name)
    return EXIT_OK


def _revoke(arguments: argparse.Namespace) -> int:
    home, name = find(arguments), arguments.name
    entry = home.settings.accounts.get(name)
    try:
        settings = hub_toml.edit(home.path, lambda now: members.leave(now, name))
    except InputError:
        if not entry:  # an earlier revoke may have been broken off before the broker knew
            spread.to_broker(home, name)
        raise
    spread.to_broker(home, name)
    if settings.rooms != home.settings.rooms:
        spread.to_hub(home)
    if entry and Path(entry.password_file) == _secret(home, name):
        with as_owner(home.state):
            _secret(home, name).unlink(missing_ok=True)
    say(f"{name} is out.")
    return EXIT_OK


def _reload(arguments: argparse.Namespace) -> int:
    home = find(arguments)
    refuse_faults_of_use(home.path, home.settings)
    _, addresses = _running_broker(home)
    open_too_far = not home.settings.lan and any(map(lan.is_home, addresses))
    spread.to_broker(home, move=open_too_far)
    spread.to_hub(home)
    return EXIT_OK


def _secret(home: Home, name: str) -> Path:
    return home.state / "secrets" / f"{name}.password"


def _let_in(
    home: Home, name: str, join: Callable[[HubSettings, str], Change]
) -> tuple[HubSettings, str]:
    """Write a member into hub.toml and give it a new password; returns the settings and that."""
    password = ""

    def change(settings: HubSettings) -> Change:
        nonlocal password
        known = settings.accounts.get(name)
        file = Path(known.password_file) if known else _secret(home, name)
        made = join(settings, str(file))
        try:
            password = _new_password(home, name, file)
        except OSError as error:
            reason = f"({error.strerror}); run this with sudo, or free some space"
            raise InputError(f"{file} cannot be written {reason}") from error
        return made

    return hub_toml.edit(home.path, change), password


def _new_password(home: Home, name: str, file: Path) -> str:
    if file != _secret(home, name):  # one that the owner named in hub.toml
        return private_file.make_password(file)
    with as_owner(home.state):
        return private_file.make_password(file)


def _meeting_point(home: Home, *, here: bool) -> tuple[str, int]:
    """Where a new member finds the broker.

    Raises:
        SoribitError: The broker is to be in the home network, and that is not there or ambiguous.
    """
    ours, settings = home.settings.broker, home.settings
    if broker.decide(ours) == "external":
        host, port = ours.host, ours.port
    else:
        running_port, addresses = _running_broker(home)
        port = running_port or ours.port
        opened = [each for each in addresses if lan.is_home(each)]
        host = lan.find(settings.lan) if settings.lan else (opened or [ours.host])[0]
        host = ours.host if here else host
    return host, port


def _running_broker(home: Home) -> tuple[int | None, tuple[str, ...]]:
    """The port and the addresses of the running broker, as it noted them."""
    with as_owner(home.state):
        return broker_process.port(home.state), broker_process.listens(home.state)


def _whisper(secret: str) -> None:
    """Print what holds a password; a file that it goes into is closed to others."""
    out = sys.stdout.fileno()
    with suppress(OSError):  # a stick knows no owners
        if stat.S_ISREG(os.fstat(out).st_mode):
            os.fchmod(out, 0o600)
    print(secret, end="", flush=True)


def _warn_of_loopback(home: Home, host: str) -> None:
    if is_loopback(host):
        say(
            f'{host} is this machine alone: for another one set lan = "auto" in {home.path}, '
            "run soribit hub reload, and write this machine's address in its place."
        )
