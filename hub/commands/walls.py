"""Commands about what accounts may do: the lines for a broker of one's own, and a trial."""

import argparse

from contract import settings as files
from contract.errors import EXIT_OK, EXIT_OUR_FAULT, InputError
from hub import broker, broker_check, broker_mosquitto
from hub.broker_accounts import logins
from hub.commands.given import Commands, add_home, find, speak_in_sentences


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
    home = find(arguments)
    with files.naming(home.path):
        print(broker_mosquitto.access_list(logins(home.settings)), end="")
    return EXIT_OK


def _check(arguments: argparse.Namespace) -> int:
    speak_in_sentences()
    home = find(arguments)
    with files.naming(home.path):
        if broker.decide(home.settings.broker) != "external":
            raise InputError(
                "Soribit's own broker takes one connection an account, so the trial would throw "
                "hub and nodes out; it is for a broker of your own, with [broker] kind = external"
            )
        known = logins(home.settings)
        nodes = [name for name, entry in home.settings.accounts.items() if entry.role == "node"]
        findings = broker_check.check(home.settings.account(), nodes, known)
    for finding in findings:
        print(f"{finding.username}: {finding.fault}")
    if findings:
        print("soribit hub acl prints the rights that each account needs, and no more.")
        return EXIT_OUR_FAULT
    print(f"{len(nodes)} nodes tried: each is heard, none can speak as another.")
    return EXIT_OK
