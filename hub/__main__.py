"""The hub's command line: python -m hub run | broker | print-config | check-config."""

import argparse
import sys
from pathlib import Path

from msgspec.structs import replace

from contract import log
from contract import settings as files
from contract.errors import (
    EXIT_OK,
    EXIT_OUR_FAULT,
    EXIT_YOUR_INPUT,
    InputError,
    SettingsError,
    SoribitError,
)
from contract.places import settings_file, state_folder
from hub import broker, broker_accounts
from hub.settings import HubSettings


def main() -> int:
    """Do what the command line asks for; an intended error is one sentence, never a traceback."""
    arguments = _parser().parse_args()
    try:
        return _do(arguments)
    except SoribitError as error:
        print(error, file=sys.stderr)
        return EXIT_YOUR_INPUT if isinstance(error, InputError) else EXIT_OUR_FAULT


def _do(arguments: argparse.Namespace) -> int:
    if arguments.command == "print-config":
        print(files.commented(HubSettings), end="")
        return EXIT_OK
    settings = _settings(arguments)
    if arguments.command == "check-config":
        _refuse_faults_of_use(arguments.config, settings)
        print(f"{arguments.config}: no faults found")
        return EXIT_OK
    state = state_folder(arguments.state, settings.state)
    log.set_up(arguments.command if arguments.command == "broker" else "hub")
    with files.naming(_path(arguments) or "hub.toml"):
        return _run(arguments.command, settings, state)


def _run(command: str, settings: HubSettings, state: Path) -> int:
    if command == "broker":
        broker.run(settings, state)
        return EXIT_OK
    from hub import service  # noqa: PLC0415  # the broker needs neither Flask nor a database

    return service.run(settings, state)


def _refuse_faults_of_use(path: Path, settings: HubSettings) -> None:
    """Try what `run` and `broker` will need, and name all that is missing at once."""

    def accounts() -> None:
        if broker.decide(settings.broker) != "external" and settings.accounts:
            broker_accounts.logins(settings)

    faults: list[str] = []
    for attempt in (settings.account, accounts):
        try:
            attempt()
        except SettingsError as error:
            faults += error.faults
    if faults:
        with files.naming(path):
            raise SettingsError(faults)


def _path(arguments: argparse.Namespace) -> Path | None:
    return settings_file("hub", arguments.config)


def _settings(arguments: argparse.Namespace) -> HubSettings:
    path = _path(arguments)
    settings = files.load(path, HubSettings) if path else HubSettings()
    if getattr(arguments, "port", None):
        settings = replace(settings, web=replace(settings.web, port=arguments.port))
    if getattr(arguments, "broker_port", None):
        settings = replace(settings, broker=replace(settings.broker, port=arguments.broker_port))
    return settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soribit hub", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("print-config", help="print every setting of hub.toml with its meaning")
    check = commands.add_parser("check-config", help="look for faults in a hub.toml")
    check.add_argument("config", type=Path)
    run = commands.add_parser("run", prog="soribit hub", help="decide, alert and show")
    run.add_argument("--port", type=int, help="TCP port of the dashboard, instead of [web] port")
    broker = commands.add_parser("broker", prog="soribit broker", help="run the MQTT broker")
    for command in (run, broker):
        command.add_argument("--config", type=Path, help="settings; else /etc/soribit/hub.toml")
        command.add_argument("--state", type=Path, help="state folder")
        command.add_argument("--broker-port", type=int, help="instead of [broker] port")
    return parser


if __name__ == "__main__":
    sys.exit(main())
