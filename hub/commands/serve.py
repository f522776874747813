"""Commands that run until they are told to stop: the hub itself, and its broker."""

import argparse
import sys

from contract import log
from contract import settings as files
from contract.errors import EXIT_OK
from hub import broker
from hub.commands import page
from hub.commands.given import Commands, add_home, read
from hub.lan import is_home


def add(commands: Commands) -> None:
    """Add the commands."""
    run = commands.add_parser("run", prog="soribit hub", help="decide, alert and show")
    run.add_argument("--port", type=int, help="TCP port of the dashboard, instead of [web] port")
    run.set_defaults(do=_run)
    serve = commands.add_parser("broker", prog="soribit broker", help="run the MQTT broker")
    serve.set_defaults(do=_broker)
    for command in (run, serve):
        add_home(command)
        command.add_argument("--broker-port", type=int, help="instead of [broker] port")
        command.add_argument(
            "--lan",
            nargs="?",
            const="auto",
            type=_home_network,
            metavar="ADDRESS",
            help="listen in the home network too, at this address of ours; else it is found",
        )


def _run(arguments: argparse.Namespace) -> int:
    from hub import service  # noqa: PLC0415  # the broker needs neither Flask nor a database

    given = read(arguments)
    log.set_up("hub")

    def invite(_: str) -> None:
        if sys.stdout.isatty():  # a journal is no place for a code
            page.invite(given.state)

    with files.naming(given.path or "hub.toml"):
        return service.run(given.settings, given.state, opened=invite)


def _broker(arguments: argparse.Namespace) -> int:
    given = read(arguments)
    log.set_up("broker")
    with files.naming(given.path or "hub.toml"):
        broker.run(given.settings, given.state)
    return EXIT_OK


def _home_network(text: str) -> str:
    """Read --lan; argparse says what is wrong with it."""
    if text != "auto" and not is_home(text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no IPv4 address of a home network")
    return text
