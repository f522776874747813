"""soribit: one command for all parts of Soribit that are installed."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from contract.errors import (
    EXIT_OK,
    EXIT_OUR_FAULT,
    EXIT_YOUR_INPUT,
    InputError,
    SoribitError,
)
from contract.process import stop_event, version
from soribit import commands, parts


def main() -> int:
    """Do what the command line asks for; an intended error is one sentence, never a traceback."""
    try:
        return _do(sys.argv[1:])
    except SoribitError as error:
        print(error, file=sys.stderr)
        return EXIT_YOUR_INPUT if isinstance(error, InputError) else EXIT_OUR_FAULT


def _do(words: Sequence[str]) -> int:
    name, rest = (words[0], list(words[1:])) if words else ("--help", [])
    if name in {"--help", "-h", "help"}:
        print(commands.usage(version()))
        return EXIT_OK if words else EXIT_YOUR_INPUT
    if name == "--version":
        print(f"soribit {version()}")
        return EXIT_OK
    command = commands.find(name)
    if command.part:
        parts.require(command.part)
    if name in OWN:
        return OWN[name](rest)
    return _become(command.part, *commands.part_arguments(command, rest))


def _become(part: str, *arguments: str) -> int:
    """Replace this process by the part: signals and exit codes are then its own."""
    line = parts.command_line(part, *arguments)
    os.execve(line[0], line, parts.environment(part))  # noqa: S606  # our own interpreter


def _check_config(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="soribit check-config")
    parser.add_argument("file", type=Path, help="a hub.toml or node.toml")
    parser.add_argument("--kind", choices=["hub", "node"], help="whose it is; else by its keys")
    given = parser.parse_args(words)
    kind = given.kind or commands.kind_of_settings(given.file)
    parts.require(kind)
    return _become(kind, "check-config", str(given.file))


def _up(words: Sequence[str]) -> int:
    from soribit import up  # noqa: PLC0415  # `soribit --help` shall be quick

    return up.main(words, version=version(), say=_say)


def _bulb(words: Sequence[str]) -> int:
    from contract import log  # noqa: PLC0415
    from contract.settings import BrokerSettings  # noqa: PLC0415
    from soribit import bulb  # noqa: PLC0415
    from soribit.lamps.kinds import KINDS  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="soribit bulb", description=bulb.__doc__)
    parser.add_argument("--topic", default="zigbee2mqtt/lamp", help="its topic, as in hub.toml")
    parser.add_argument("--kind", default="zigbee2mqtt", choices=KINDS, help="its family")
    parser.add_argument("--host", default="127.0.0.1", help="the broker")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--username", help="its account; else the last part of the topic")
    parser.add_argument("--password-file", default="", help="file that holds the password")
    parser.add_argument("--state", type=Path, help="file that keeps what it shows over a restart")
    parser.add_argument("--log", type=Path, help="file that gets a JSON line for each command")
    given = parser.parse_args(words)
    username = given.username or given.topic.rpartition("/")[2]
    broker = BrokerSettings(
        host=given.host, port=given.port, username=username, password_file=given.password_file
    )
    log.set_up(f"bulb {username}")
    account = broker.account(default_username=username)
    lamp = KINDS[given.kind](given.topic)
    bulb.serve(account, lamp, state=given.state, journal=given.log, stop=stop_event())
    return EXIT_OK


def _service(words: Sequence[str]) -> int:
    from soribit.service import command  # noqa: PLC0415

    return command.main(words, version=version(), say=_say)


def _say(line: str) -> None:
    print(line, flush=True)


OWN = {"up": _up, "service": _service, "bulb": _bulb, "check-config": _check_config}
"""Commands that are done here, in this process."""


if __name__ == "__main__":
    sys.exit(main())
