"""Commands that run until they are told to stop: the hub itself, and its broker."""

import argparse
import sys
from pathlib import Path

from contract import log
from contract import settings as files
from contract.errors import EXIT_OK, SoribitError
from hub import broker, broker_process, lan, pid_file
from hub.commands import page
from hub.commands.given import HUB_PID, Commands, add_home, read
from hub.commands.settings import refuse_faults_of_use
from hub.renewal import Renewal, begin_anew


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
            metavar="ADDRESS",
            help="listen in the home network too, at this address of ours; else it is found",
        )


def _run(arguments: argparse.Namespace) -> int:
    from hub import session  # noqa: PLC0415  # the broker needs neither Flask nor a database

    given = read(arguments)
    log.set_up("hub")
    renewal = Renewal(lambda: _refuse_faults(arguments))
    pid_file.claim(given.state / HUB_PID, name="hub")
    given = read(arguments)  # who changed them before our claim did not know of us

    guide = broker_process.Guide(given.state)

    def find() -> str:
        try:
            address = lan.find(given.settings.lan)
        except SoribitError:
            guide.lost()
            raise
        guide.found(address)
        return address

    def opened(_: str) -> None:
        if sys.stdout.isatty():  # a journal is no place for a code
            page.invite(given.state)

    with files.naming(given.path or "hub.toml"):
        code = session.run(given.settings, given.state, renewal.stop, find, opened)
    if renewal.wanted:
        begin_anew()
    return code


def _refuse_faults(arguments: argparse.Namespace) -> None:
    """Look at the settings as they are now, as if the hub were to start."""
    given = read(arguments)
    refuse_faults_of_use(given.path or Path("hub.toml"), given.settings)


def _broker(arguments: argparse.Namespace) -> int:
    given = read(arguments)
    log.set_up("broker")
    with files.naming(given.path or "hub.toml"):
        broker.run(given.settings, given.state, lambda: read(arguments).settings)
    return EXIT_OK
