"""What every command of the hub is given: its settings, where they are from, the state folder."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from contract import settings as files
from contract.errors import InputError
from contract.places import SERVICE_STATE, SETTINGS_FOLDER, settings_file, state_folder
from hub.settings import HubSettings

Do = Callable[[argparse.Namespace], int]
"""Carries a command out and returns the exit code."""

HUB_PID = "hub.pid"
"""In the state folder: the number of the hub's process."""

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a family of commands adds its own."""


class Given(Struct, frozen=True):
    """A home that a command is about."""

    path: Path | None
    """Its hub.toml; None where there is none and all is as by default."""
    settings: HubSettings
    state: Path


class Home(Struct, frozen=True):
    """A home that a command changes."""

    path: Path
    """Its hub.toml."""
    settings: HubSettings
    state: Path


def add_home(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which home it is about."""
    parser.add_argument("--config", type=Path, help="settings; else those of this machine")
    parser.add_argument("--state", type=Path, help="state folder")


def read(arguments: argparse.Namespace) -> Given:
    """Read the settings of the home that a command is about; defaults where there is no home.

    Raises:
        SettingsError: They have faults.
    """
    found = _hub_toml(arguments)
    path = found if arguments.config or found.exists() else None
    settings = files.load(path, HubSettings) if path else HubSettings()
    if getattr(arguments, "port", None):
        settings = replace(settings, web=replace(settings.web, port=arguments.port))
    if getattr(arguments, "broker_port", None):
        settings = replace(settings, broker=replace(settings.broker, port=arguments.broker_port))
    if getattr(arguments, "lan", None):
        settings = _opened(settings, arguments.lan)
    return Given(path, settings, state_folder(arguments.state, settings.state))


def find(arguments: argparse.Namespace) -> Home:
    """Find the home of this machine, for a command that changes it.

    Raises:
        InputError: There is none.
        SettingsError: Its settings have faults.
    """
    path = _hub_toml(arguments)
    if not (arguments.config or path.exists()):
        raise InputError(
            f"there is no home here yet (no {SETTINGS_FOLDER}/hub.toml, no {path}); start "
            "one with soribit up, or name its settings with --config"
        )
    settings = files.load(path, HubSettings)
    is_service = path.parent == SETTINGS_FOLDER and SERVICE_STATE.is_dir()
    kept = settings.state or (SERVICE_STATE if is_service else None)
    return Home(path, settings, state_folder(arguments.state, kept))


def say(sentence: str) -> None:
    """Tell the person at the terminal; stdout is for what can be used as it is."""
    print(sentence, file=sys.stderr)


def speak_in_sentences() -> None:
    """Keep warnings of the parts off the terminal: what matters of them is said by us."""
    logging.basicConfig(level=logging.ERROR)


def _hub_toml(arguments: argparse.Namespace) -> Path:
    """The settings that are named, else the service's, else those that `soribit up` made."""
    named = settings_file("hub", arguments.config)
    return named or state_folder(arguments.state) / "hub.toml"


def _opened(settings: HubSettings, lan: str) -> HubSettings:
    try:
        return replace(settings, lan=lan)
    except ValueError as error:
        raise InputError(f"--lan: {error}") from error
