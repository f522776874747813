"""A command about the history: can this program go on with it?"""

import argparse
import sys

from contract.errors import EXIT_OK, UnavailableError
from hub.commands.given import Commands, add_home, read

HISTORY = "hub.sqlite"


def add(commands: Commands) -> None:
    """Add the command."""
    check = commands.add_parser(
        "check-history", help="tell whether this version can go on with the history"
    )
    add_home(check)
    check.set_defaults(do=_check)


def _check(arguments: argparse.Namespace) -> int:
    from hub.store import inspection, schema  # noqa: PLC0415  # --help needs no database

    path = read(arguments).state / HISTORY
    try:
        present = inspection.schema(path)
    except UnavailableError as error:  # the hub goes on all the same, and says so
        print(error, file=sys.stderr)
        return EXIT_OK
    newest = schema.newest()
    if present is None:
        print(f"{path}: no history yet")
    elif present == newest:
        print(f"{path}: schema {present}, as this version writes it")
    else:
        print(f"{path}: schema {present}; at its start the hub copies it and makes it {newest}")
    return EXIT_OK
