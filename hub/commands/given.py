"""What every command of the hub is given: its settings, where they are from, the state folder."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from contract import settings as files
from contract.places import settings_file, state_folder
from hub.settings import HubSettings

Do = Callable[[argparse.Namespace], int]
"""Carries a command out and returns the exit code."""

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a family of commands adds its own."""


class Given(Struct, frozen=True):
    """A home that a command is about."""

    path: Path | None
    """Its hub.toml; None where there is none and all is as by default."""
    settings: HubSettings
    state: Path


def add_home(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which home it is about."""
    parser.add_argument("--config", type=Path, help="settings; else /etc/soribit/hub.toml")
    parser.add_argument("--state", type=Path, help="state folder")


def read(arguments: argparse.Namespace) -> Given:
    """Read the settings of the home that a command is about.

    Raises:
        SettingsError: They have faults.
    """
    path = settings_file("hub", arguments.config)
    settings = files.load(path, HubSettings) if path else HubSettings()
    if getattr(arguments, "port", None):
        settings = replace(settings, web=replace(settings.web, port=arguments.port))
    if getattr(arguments, "broker_port", None):
        settings = replace(settings, broker=replace(settings.broker, port=arguments.broker_port))
    if getattr(arguments, "lan", None):
        settings = replace(settings, lan=arguments.lan)
    return Given(path, settings, state_folder(arguments.state, settings.state))
