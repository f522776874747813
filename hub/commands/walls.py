"""Commands about what accounts may do: the lines for a broker of one's own, and a trial."""

import argparse

from contract import settings as files
from contract.errors import EXIT_OK, EXIT_OUR_FAULT
from hub import broker_check, broker_mosquitto
from hub.broker_accounts import logins
from hub.commands.given import Commands, add_home, read


def add(commands: Commands) -> None:
    """Add the commands."""
    show = commands.add_parser(
        "acl", help="print what each account may do, as mosquitto's acl_file"
    )
    show.set_defaults(do=_show)
    check = commands.add_parser(
        "check-broker", help="try whether a node can speak as another at the broker"
    )
    check.set_defaults(do=_check)
    for command in (show, check):
        add_home(command)


def _show(arguments: argparse.Namespace) -> int:
    given = read(arguments)
    with files.naming(given.path or "hub.toml"):
        print(broker_mosquitto.access_list(logins(given.settings)), end="")
    return EXIT_OK


def _check(arguments: argparse.Namespace) -> int:
    given = read(arguments)
    with files.naming(given.path or "hub.toml"):
        known = logins(given.settings)
        nodes = [name for name, entry in given.settings.accounts.items() if entry.role == "node"]
        findings = broker_check.check(given.settings.account(), nodes, known)
    for finding in findings:
        print(f"{finding.username}: {finding.fault}")
    if findings:
        print("soribit hub acl prints the rights that each account needs, and no more.")
        return EXIT_OUR_FAULT
    print(f"{len(nodes)} nodes tried: each is heard, none can speak as another.")
    return EXIT_OK
