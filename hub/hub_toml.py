"""Changes hub.toml as its owner would: comments, order, owner and mode stay as they were."""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import tomlkit
from tomlkit.exceptions import TOMLKitError

from contract import private_file
from contract.errors import InputError, SettingsError, UnavailableError
from contract.settings import check, naming, parse, text_of
from hub import lock
from hub.settings import HubSettings

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value]"
Table: TypeAlias = dict[str, Value]
Change: TypeAlias = Callable[[Table], None]

WAIT_S = 30.0
"""Who holds it waits 20 s at most for a broker that starts (hub/pid_file)."""


def edit(path: Path, change: Callable[[HubSettings], Change]) -> HubSettings:
    """Change a hub.toml; a second command that does the same waits meanwhile.

    Args:
        path: The file.
        change: Looks at the settings as they are, refuses by an error, or returns what is to be
            changed in them; that must change nothing where it was done already.

    Returns:
        The settings as they are now.

    Raises:
        SettingsError: The file has faults, or would have some, or has an uncommon form.
        InputError: It cannot be written.
        UnavailableError: Another command does not end.
    """
    path = path.resolve()  # a link stays one
    with naming(path), alone(path):
        text = text_of(path)
        _refuse_anothers(path)
        made = change(parse(text, HubSettings))
        wanted = tomllib.loads(text)
        made(wanted)
        settings = check(wanted, HubSettings)
        _replace(path, _changed(text, made, wanted, settings))
        return settings


@contextmanager
def alone(path: Path, *, within_s: float = WAIT_S) -> Iterator[None]:
    """Let one command at a time change a hub.toml, or pass on what stands in it.

    Args:
        path: The file.
        within_s: How long to wait for another command.

    Raises:
        InputError: Its folder cannot be read.
        UnavailableError: Another command does not end.
    """
    with _as_input(path):
        folder = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        if not lock.take(folder, within_s=within_s):
            process = lock.holder(folder)
            who = f"process {process}" if process else "another command"
            raise UnavailableError(
                f"{path}: waited {within_s:g} s for {who}, which works on it; let that end, or "
                "end it, then run this again"
            )
        yield
    finally:
        os.close(folder)


def _changed(text: str, change: Change, wanted: Table, settings: HubSettings) -> str:
    """The text that says the settings now; each way is tried, none is trusted."""
    for draft in (_with_tables(text, wanted), text):
        try:
            document = tomlkit.parse(draft)
            change(document)
            changed = tomlkit.dumps(document)
            if parse(changed, HubSettings) == settings:
                return changed
        except (TOMLKitError, SettingsError):
            continue
    raise SettingsError(["its form is not one that a command can change; edit it by hand"])


def _with_tables(text: str, wanted: Table) -> str:
    """Add whole tables at the end, and take others out; comments stay where they speak."""
    now = _names(tomllib.loads(text))
    then = _names(wanted)
    for section, name in now.keys() - then.keys():
        text = _without(text, f"{section}.{name}")
    new = [
        f"\n[{section}.{name}]\n{tomlkit.dumps(table)}"
        for (section, name), table in then.items()
        if (section, name) not in now
    ]
    return "".join([text.rstrip("\n"), "\n" if text.strip() else "", *new]) if new else text


def _names(home: Table) -> dict[tuple[str, str], Table]:
    """Every table that has a name of the owner's: accounts, rooms, lights."""
    return {
        (section, name): table
        for section, tables in home.items()
        if isinstance(tables, dict)
        for name, table in tables.items()
        if isinstance(table, dict)
    }


def _without(text: str, table: str) -> str:
    """Take out a table from its head to its last value; what follows may speak of the next one."""
    key = r"\s*\.\s*".join(f'"?{re.escape(part)}"?' for part in table.split("."))
    head = re.compile(rf"^\s*\[\s*{key}\s*\]")
    lines = text.splitlines(keepends=True)
    first = next((place for place, line in enumerate(lines) if head.match(line)), None)
    if first is None:
        return text
    last = first
    for place in range(first + 1, len(lines)):
        line = lines[place].strip()
        if line.startswith("["):
            break
        if line and not line.startswith("#"):
            last = place
    return "".join([*lines[:first], *lines[last + 1 :]])


def _replace(path: Path, text: str) -> None:
    with _as_input(path):
        private_file.write(path, text, mode=stat.S_IMODE(path.stat().st_mode))


def _refuse_anothers(path: Path) -> None:
    """What we write would be ours, and its owner could not write it any more."""
    if os.geteuid() not in (0, path.stat().st_uid):
        raise InputError(f"{path} is another user's; run this with sudo")


@contextmanager
def _as_input(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        told = f"{path} cannot be changed ({error.strerror}); are the rights and the disk well?"
        raise InputError(told) from error
