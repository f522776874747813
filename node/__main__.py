"""The node's commands: run (or its self-test), listen, devices, print-config, check-config."""

import argparse
import logging
import math
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from contract.errors import EXIT_OK, EXIT_OUR_FAULT, EXIT_YOUR_INPUT, InputError, SoribitError

# Read when numpy is first imported: with threads the same sums cost ten times as much (measured).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

SHORTEST_LOOK_S = 1.0
"""A meter that ends before its first picture would say that there is no microphone."""

# Each command imports what it needs itself: `devices` works without a TFLite runtime,
# `check-config` without anything but the contract.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every foreseeable fault is one line on stderr each, and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = chosen.command
    try:
        return command(chosen)
    except InputError as error:
        _complain(str(error))
        return EXIT_YOUR_INPUT
    except SoribitError as error:
        _complain(str(error))
        return EXIT_OUR_FAULT
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OUR_FAULT
    except KeyboardInterrupt:
        return EXIT_OUR_FAULT


def _run(chosen: argparse.Namespace) -> int:
    if chosen.self_test:
        return _self_test(chosen)
    from contract import log, places  # noqa: PLC0415
    from contract.settings import naming  # noqa: PLC0415
    from node import service, settings  # noqa: PLC0415

    file = places.settings_file("node", chosen.config)
    read = settings.read(file)
    log.set_up(f"node {read.node_id}")
    try:
        with naming(file or "node.toml"):
            service.run(read, chosen.state, chosen.model)
    except SoribitError:
        raise
    except Exception:
        logging.getLogger(__name__).exception("the node stopped by a fault of its own")
        return EXIT_OUR_FAULT
    return EXIT_OK


def _self_test(chosen: argparse.Namespace) -> int:
    from contract import places  # noqa: PLC0415
    from contract.clock import SystemClock  # noqa: PLC0415
    from node import self_test, settings  # noqa: PLC0415
    from node.microphone import PortAudio  # noqa: PLC0415

    audio = settings.read(places.settings_file("node", chosen.config)).audio
    if audio.source != "microphone":
        raise InputError(f"audio.source is {audio.source!r}: there is no microphone to test")
    verdict = self_test.run(PortAudio(audio.device), SystemClock())
    print(verdict.sentence)
    return EXIT_OK if verdict.is_well else EXIT_OUR_FAULT


def _listen(chosen: argparse.Namespace) -> int:
    from contract.places import state_folder  # noqa: PLC0415
    from node import bundle, listen  # noqa: PLC0415
    from node.classifier import open_first  # noqa: PLC0415
    from node.ear import Ear  # noqa: PLC0415

    classifier, refused = open_first(bundle.find(chosen.model, state_folder()))
    if refused:
        _complain(f"{refused}; using {classifier.bundle.folder}")
    all_heard = listen.listen(
        chosen.files,
        lambda: Ear(classifier, chosen.hop),
        listen.as_json if chosen.json else listen.as_line,
        lambda line: print(line, flush=True),
        _complain,
    )
    return EXIT_OK if all_heard else EXIT_YOUR_INPUT


def _devices(chosen: argparse.Namespace) -> int:
    from node import devices  # noqa: PLC0415

    live = sys.stdout.isatty() or chosen.seconds is not None
    if chosen.list or not live:
        found = devices.listed()
        for line in found:
            print(line)
    else:
        found = _watched(chosen)
    if not found:
        _complain("no microphone is connected")
    return EXIT_OK


def _watched(chosen: argparse.Namespace) -> list[str]:
    """Show how loud the microphones hear; without a terminal, the last picture alone."""
    from contract.clock import SystemClock  # noqa: PLC0415
    from contract.process import stop_event  # noqa: PLC0415
    from node import devices, gauge  # noqa: PLC0415

    clock, shown, live = SystemClock(), list[str](), sys.stdout.isatty()

    def show(lines: list[str]) -> None:
        if live:
            size = shutil.get_terminal_size()
            lines = lines[: size.lines - 1]
            drawn = gauge.drawn(lines, columns=size.columns, over=len(shown))
            print(drawn, end="", flush=True)
        shown[:] = lines

    for_s = math.inf if chosen.seconds is None else chosen.seconds
    devices.watch(_wanted(chosen.config), show, stop_event(), clock, for_s)
    for line in [] if live else shown:
        print(line)
    return shown


def _wanted(config: Path | None) -> str | None:
    """The microphone that the settings name; None where there are none, or not to be read."""
    from contract import places  # noqa: PLC0415
    from node import settings  # noqa: PLC0415

    try:
        file = places.settings_file("node", config)
        return settings.read(file).audio.device if file else None
    except InputError as error:
        _complain(str(error))
        return None


def _print_config(_chosen: argparse.Namespace) -> int:
    from contract.settings import commented  # noqa: PLC0415
    from node.settings import NodeSettings  # noqa: PLC0415

    print(commented(NodeSettings), end="")
    return EXIT_OK


def _check_config(chosen: argparse.Namespace) -> int:
    from node import settings  # noqa: PLC0415

    settings.read(chosen.file)
    print(f"{chosen.file}: no faults found")
    return EXIT_OK


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _seconds(text: str) -> float:
    """Read a length of time of the command line; argparse says what is wrong with it."""
    with suppress(ValueError):
        if (seconds := float(text)) >= SHORTEST_LOOK_S:
            return seconds
    told = f"{text!r} is no length of time; give {SHORTEST_LOOK_S:.0f} or more seconds"
    raise argparse.ArgumentTypeError(told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soribit node", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", type=Path, metavar="DIR", help="folder of the model bundle")

    run = commands.add_parser(
        "run", parents=[model], prog="soribit node", help="listen in a room and report"
    )
    run.add_argument("--config", type=Path, metavar="F", help="settings, node.toml")
    run.add_argument("--state", type=Path, metavar="DIR", help="folder for the outbox")
    run.add_argument(
        "--self-test", action="store_true", help="play a chirp, say how well it is heard, and end"
    )
    run.set_defaults(command=_run)

    listen = commands.add_parser(
        "listen",
        parents=[model],
        prog="soribit listen",
        help="judge audio files (WAV, FLAC, OGG) as fast as the machine can",
    )
    listen.add_argument("files", nargs="+", metavar="FILE")
    listen.add_argument("--json", action="store_true", help="one JSON object a line")
    listen.add_argument(
        "--hop", type=float, default=0.5, metavar="S", help="time between two decisions (0.5 s)"
    )
    listen.set_defaults(command=_listen)

    devices = commands.add_parser(
        "devices", prog="soribit devices", help="show the microphones by stable id, and how loud"
    )
    devices.add_argument(
        "--list", action="store_true", help="only list them, as without a terminal"
    )
    devices.add_argument(
        "--config", type=Path, metavar="F", help="node.toml that names one of them"
    )
    devices.add_argument(
        "--seconds", type=_seconds, metavar="S", help="end by itself, after so long"
    )
    devices.set_defaults(command=_devices)

    show = commands.add_parser("print-config", help="print every setting with its meaning")
    show.set_defaults(command=_print_config)

    check = commands.add_parser("check-config", help="check a settings file")
    check.add_argument("file", type=Path, metavar="F")
    check.set_defaults(command=_check_config)
    return parser


if __name__ == "__main__":
    sys.exit(main())
