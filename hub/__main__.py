"""The hub's command line: python -m hub COMMAND; every family of commands has a file."""

import argparse
import sys

from contract.errors import EXIT_OUR_FAULT, EXIT_YOUR_INPUT, InputError, SoribitError
from hub.commands import accounts, backup, history, lamps, page, serve, settings, walls
from hub.commands.given import Do

FAMILIES = (serve, accounts, backup, page, lamps, walls, settings, history)


def main() -> int:
    """Do what the command line asks for; an intended error is one sentence, never a traceback."""
    arguments = _parser().parse_args()
    do: Do = arguments.do
    try:
        return do(arguments)
    except SoribitError as error:
        print(error, file=sys.stderr)
        return EXIT_YOUR_INPUT if isinstance(error, InputError) else EXIT_OUR_FAULT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soribit hub", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for family in FAMILIES:
        family.add(commands)
    others = ", ".join(name for name in commands.choices if name not in {"run", "broker"})
    commands.choices["run"].epilog = f"soribit hub also does, each with --help: {others}."
    return parser


if __name__ == "__main__":
    sys.exit(main())
