"""Commands about who belongs to the home: let nodes and devices in, throw them out."""

import argparse
import signal
import sys
from pathlib import Path
from typing import get_args

from contract import private_file
from contract import settings as files
from contract.errors import EXIT_OK, InputError, SoribitError
from contract.settings import is_loopback
from hub import broker, broker_accounts, broker_process, hub_toml, lan, members, pid_file
from hub.broker_mosquitto import access_list
from hub.commands.given import HUB_PID, Commands, Home, add_home, find
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
    device = commands.add_parser("add-device", help="let a bridge, wristband or display in")
    device.add_argument("name", help="its user name: a-z, 0-9, -")
    kinds = get_args(members.DeviceKind)
    device.add_argument("--kind", required=True, choices=kinds, help="what it is")
    device.add_argument("--topic", default="zigbee2mqtt", help="base topic, for zigbee2mqtt")
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
    password = ""

    def change(settings: HubSettings) -> Change:
        nonlocal password
        known = members.is_node(settings, name)
        if known and not arguments.again:
            raise members.known_already(name)
        file = Path(settings.accounts[name].password_file) if known else _secret(home, name)
        made = members.join_node(
            settings,
            name,
            room=arguments.room,
            title=arguments.title,
            password_file=str(file),
        )
        password = _new_password(file)
        return made

    settings = hub_toml.edit(home.path, change)
    room = members.room_of(settings, name)
    filled = {"node": name, "room": room, "host": host, "port": port, "password": password}
    print(NODE_TOML.format(**filled), end="", flush=True)
    if not arguments.here:
        _warn_of_loopback(home, host)
    _spread(home, name)
    _tell_hub(home)
    return EXIT_OK


def _add_device(arguments: argparse.Namespace) -> int:
    home, name = find(arguments), arguments.name
    members.check_id(name, "device")
    host, port = _meeting_point(home, here=False)
    password = ""

    def change(settings: HubSettings) -> Change:
        nonlocal password
        file = _secret(home, name)
        made = members.join_device(
            settings, name, kind=arguments.kind, topic=arguments.topic, password_file=str(file)
        )
        password = _new_password(file)
        return made

    hub_toml.edit(home.path, change)
    print(f"host      {host}\nport      {port}\nuser      {name}\npassword  {password}", flush=True)
    _warn_of_loopback(home, host)
    _spread(home, name)
    return EXIT_OK


def _revoke(arguments: argparse.Namespace) -> int:
    home, name = find(arguments), arguments.name
    entry = home.settings.accounts.get(name)
    settings = hub_toml.edit(home.path, lambda now: members.leave(now, name))
    _spread(home, name)
    if settings.rooms != home.settings.rooms:
        _tell_hub(home)
    if entry and Path(entry.password_file) == _secret(home, name):
        _secret(home, name).unlink(missing_ok=True)
    _say(f"{name} is out.")
    return EXIT_OK


def _reload(arguments: argparse.Namespace) -> int:
    home = find(arguments)
    refuse_faults_of_use(home.path, home.settings)
    open_too_far = not home.settings.lan and any(
        map(lan.is_home, broker_process.listens(home.state))
    )
    _spread(home, "", move=open_too_far)
    _tell_hub(home)
    return EXIT_OK


def _secret(home: Home, name: str) -> Path:
    return home.state / "secrets" / f"{name}.password"


def _new_password(file: Path) -> str:
    try:
        return private_file.make_password(file)
    except OSError as error:
        told = (
            f"{file} cannot be written ({error.strerror}); run this with sudo, or free some space"
        )
        raise InputError(told) from error


def _meeting_point(home: Home, *, here: bool) -> tuple[str, int]:
    """Where a new member finds the broker.

    Raises:
        SoribitError: The broker is to be in the home network, and that is not there or ambiguous.
    """
    ours, settings = home.settings.broker, home.settings
    if broker.decide(ours) == "external":
        host, port = ours.host, ours.port
    else:
        port = broker_process.port(home.state) or ours.port
        opened = [each for each in broker_process.listens(home.state) if lan.is_home(each)]
        host = lan.find(settings.lan) if settings.lan else (opened or [ours.host])[0]
        host = ours.host if here else host
    return host, port


def _warn_of_loopback(home: Home, host: str) -> None:
    if is_loopback(host):
        _say(
            f'{host} is this machine alone: for another one set lan = "auto" in {home.path}, '
            "run soribit hub reload, and write this machine's address in its place."
        )


def _spread(home: Home, name: str, *, move: bool = False) -> None:
    """Let the broker know what has changed about one account, or listen elsewhere.

    The settings are read once more: another command may have changed them meanwhile.
    """
    with hub_toml.alone(home.path):
        settings = files.load(home.path, HubSettings)
        if broker.decide(settings.broker) == "external":
            _say(_by_hand(settings, name))
        elif move or _is_to_move(settings, home.state):
            broker_process.restart(home.state)
            _say("The broker starts again, to listen where the settings say.")
        elif not broker_process.reload(settings, home.state):
            _say("The broker does not run now; it will read this when it starts.")


def _tell_hub(home: Home) -> None:
    if pid_file.tell(home.state / HUB_PID, signal.SIGHUP):
        _say("The hub begins anew, with the new settings.")


def _is_to_move(settings: HubSettings, state: Path) -> bool:
    """Whether the running broker does not listen where it is to be found."""
    addresses = broker_process.listens(state)
    if not settings.lan or not addresses:
        return False
    try:
        return lan.find(settings.lan) not in addresses
    except SoribitError:
        return False


def _by_hand(settings: HubSettings, name: str) -> str:
    """What the owner of an external broker is to do there."""
    entry = settings.accounts.get(name)
    if not name:
        return "Your broker is not ours; it is left as it is."
    if entry is None:
        return f"Your broker is not ours: remove the account {name!r} there, and its rights."
    lamps = [f"{root}/#" for root in broker_accounts.lamp_roots(settings)]
    rights = access_list([broker_accounts.login(name, entry, "", lamps)])
    return (
        f"Your broker is not ours: add this account there with the password above, and these "
        f"rights (in mosquitto's form):\n\n{rights}"
    )


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
