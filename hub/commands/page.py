"""Commands about the page: a code that lets one phone in, and signing all of them out."""

import argparse
from pathlib import Path

from contract.errors import EXIT_OK, InputError
from hub import pid_file
from hub.access.folder import PageFolder
from hub.access.gate import gate_of
from hub.commands.given import HUB_PID, Commands, add_home, find
from hub.commands.owner import as_owner


def add(commands: Commands) -> None:
    """Add the command."""
    code = commands.add_parser("code", help="show a code with which one phone opens the page")
    code.add_argument(
        "--sign-out-all", action="store_true", help="first sign out every browser of the home"
    )
    add_home(code)
    code.set_defaults(do=_code)


def invite(state: Path) -> None:
    """Make a code and print what to do with it.

    Raises:
        UnavailableError: It cannot be kept.
    """
    gate = gate_of(state)
    code = gate.codes.make()
    address = gate.folder.address()
    where = f"On a phone in this home open {address}" if address else "On the phone open the page"
    print(f"{where} and type {code[:4]} {code[4:]}", flush=True)
    print("The code is good for one browser and one hour.", flush=True)
    if not address:
        print(_closed(state), flush=True)


def _code(arguments: argparse.Namespace) -> int:
    state = find(arguments).state
    if not state.is_dir():
        raise InputError(f"{state} is no folder of a hub; --state must name it")
    with as_owner(state):
        if arguments.sign_out_all:
            PageFolder(state).sign_out_all()
            print("Every browser is signed out.", flush=True)
        invite(state)
    return EXIT_OK


def _closed(state: Path) -> str:
    """Why no phone finds the page now."""
    if not pid_file.running(state / HUB_PID):
        return f"The hub of {state} does not run now; start it."
    return (
        f"The hub of {state} has not opened its page to the home network; start it with "
        '--lan, or set lan = "auto" in hub.toml.'
    )
