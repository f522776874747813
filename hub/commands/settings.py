"""Commands about the settings file: print every key, look for faults."""

import argparse
from pathlib import Path

from contract import settings as files
from contract.errors import EXIT_OK, SettingsError
from hub import broker, broker_accounts
from hub.commands.given import Commands
from hub.lights.lamps import missing
from hub.settings import HubSettings


def add(commands: Commands) -> None:
    """Add the commands."""
    show = commands.add_parser("print-config", help="print every setting of hub.toml")
    show.set_defaults(do=_print)
    check = commands.add_parser("check-config", help="look for faults in a hub.toml")
    check.add_argument("config", type=Path)
    check.set_defaults(do=_check)


def _print(_: argparse.Namespace) -> int:
    print(files.commented(HubSettings), end="")
    return EXIT_OK


def _check(arguments: argparse.Namespace) -> int:
    settings = files.load(arguments.config, HubSettings)
    refuse_faults_of_use(arguments.config, settings)
    print(f"{arguments.config}: no faults found")
    return EXIT_OK


def refuse_faults_of_use(path: Path, settings: HubSettings) -> None:
    """Try what `run` and `broker` will need, and name all that is missing at once.

    Raises:
        SettingsError: Something is missing.
    """

    def accounts() -> None:
        if broker.decide(settings.broker) != "external" and settings.accounts:
            broker_accounts.logins(settings)

    faults = missing(settings.lights)
    for attempt in (settings.account, accounts):
        try:
            attempt()
        except SettingsError as error:
            faults += error.faults
    if faults:
        with files.naming(path):
            raise SettingsError(faults)
