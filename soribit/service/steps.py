"""What can be done to a machine, one value a step. Pure."""

from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

ROOT = "root"


class Run(Struct, frozen=True, kw_only=True):
    """Run a program.

    Attributes:
        fault: What it means when it fails, and what to do then.
        yours: Whether a person's own settings are what it fails at.
        goes_on: Whether the steps after it are still worth doing when it fails.
        says: What a person reads before; "" for nothing, as in every step.
    """

    line: tuple[str, ...]
    fault: str
    yours: bool = False
    goes_on: bool = False
    says: str = ""


class Folder(Struct, frozen=True, kw_only=True):
    """Have a folder with this owner and mode."""

    path: Path
    mode: int
    owner: str = ROOT
    group: str = ROOT
    says: str = ""


class File(Struct, frozen=True, kw_only=True):
    """Write a file whole; it is for whom its folder is."""

    path: Path
    text: str
    mode: int = 0o644
    says: str = ""


class Secret(Struct, frozen=True, kw_only=True):
    """Make a random password, for the owner of its folder alone, where there is none yet."""

    path: Path
    says: str = ""


class Rename(Struct, frozen=True, kw_only=True):
    """Give a file or folder another name, which may be taken by a file."""

    path: Path
    to: Path
    says: str = ""


class Remove(Struct, frozen=True, kw_only=True):
    """Remove a file, or a folder with all that is in it; neither need be there."""

    path: Path
    says: str = ""


class Link(Struct, frozen=True, kw_only=True):
    """Make a symbolic link, over an older one."""

    path: Path
    to: Path
    says: str = ""


class Rehome(Struct, frozen=True, kw_only=True):
    """Let the commands of an environment name the folder that it will lie in."""

    folder: Path
    to: Path
    says: str = ""


Step: TypeAlias = Run | Folder | File | Secret | Rename | Remove | Link | Rehome
