"""`soribit service install` and `soribit service remove`."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from contract.errors import EXIT_OK, InputError, UnavailableError
from soribit.service import look, machine, plan, words
from soribit.service.wish import Wish

CHECKOUT = Path(__file__).parents[2]

Say = Callable[[str], None]


def main(arguments: Sequence[str], *, version: str, say: Say) -> int:
    """Install, upgrade or remove; every step is said.

    Args:
        arguments: The command line after `service`.
        version: Ours.
        say: Shows one line to the person at the terminal.

    Raises:
        InputError: It cannot be done here, or not so; nothing has been done.
        UnavailableError: A step failed; what it says names the way on.
    """
    given = _parser().parse_args(arguments)
    look.refuse_wrong_place()
    os.umask(0o022)
    try:
        if given.do == "remove":
            _remove(say, purge=given.purge)
        else:
            _install(given, version, say)
    except KeyboardInterrupt as error:
        raise UnavailableError("interrupted; run the same command again") from error
    return EXIT_OK


def _install(given: argparse.Namespace, version: str, say: Say) -> None:
    interpreter = look.python()
    found = look.look(given.kind, interpreter)
    with _package(given.wheel, version) as package:
        wish = Wish(
            kind=given.kind,
            package=package,
            node_id=given.node_id,
            room=given.room,
            settings=given.settings and _text(given.settings),
            lan=given.lan,
        )
        machine.do(plan.install(wish, found), say)
    for line in words.closing(wish, found):
        say(line)


def _remove(say: Say, *, purge: bool) -> None:
    found = look.look("home", sys.executable)
    machine.do(plan.remove(found, purge=purge), say)
    for line in words.farewell(purge=purge):
        say(line)


@contextmanager
def _package(wheel: Path | None, version: str) -> Iterator[str]:
    """What pip shall install: the wheel given, one of this checkout, or our own release."""
    if wheel:
        if not wheel.is_file():
            raise InputError(f"--wheel {wheel} is not a file; `make wheel` makes one")
        yield str(wheel.absolute())
    elif (CHECKOUT / "pyproject.toml").exists():
        with tempfile.TemporaryDirectory() as folder:
            yield _built(Path(folder))
    else:
        yield f"soribit=={version}"


def _built(folder: Path) -> str:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    done = subprocess.run(  # noqa: S603  # our own sources
        [*build, str(folder), str(CHECKOUT)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UnavailableError(f"no wheel could be built of {CHECKOUT}: {done.stderr.strip()}")
    return str(next(folder.glob("soribit-*.whl")))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"--settings {path} cannot be read ({error}); check the path") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soribit service", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="do", metavar="command")
    install = commands.add_parser("install", help="install, or upgrade what is installed")
    install.add_argument(
        "kind", choices=["home", "hub", "node"], help="home: broker, hub and a node of its own"
    )
    install.add_argument("--wheel", type=Path, metavar="F", help="what to install")
    install.add_argument("--node-id", default="", metavar="N", help="home: id of the node here")
    install.add_argument("--room", default="", metavar="R", help="home: name of the room here")
    install.add_argument(
        "--settings", type=Path, metavar="F", help="the node.toml that the hub printed"
    )
    install.add_argument(
        "--lan",
        nargs="?",
        const="auto",
        default="",
        metavar="ADDRESS",
        help="open broker and page to the home network, in a fresh hub.toml",
    )
    remove = commands.add_parser("remove", help="undo it; settings and history stay")
    remove.add_argument("--purge", action="store_true", help="remove settings and history too")
    return parser
