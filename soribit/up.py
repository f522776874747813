"""`soribit up`: broker, hub and page at once; with `--demo`, a home that plays recordings."""

import argparse
import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

from contract.errors import EXIT_OK, EXIT_YOUR_INPUT, InputError, UnavailableError
from contract.process import stop_event
from soribit import home
from soribit.children import Child, end
from soribit.plan import HIGHEST_PORT, Plan, ask, demo_of, home_of

READY_S = 60.0
"""How long a part may take to start; a Raspberry Pi compiles every module the first time."""

Say = Callable[[str], None]


class Crew:
    """The processes of a home, by when they start."""

    def __init__(self, plan: Plan, *, verbose: bool) -> None:
        self._logs = None if verbose else plan.folder / "log"
        given = ["--config", str(plan.config), "--state", str(plan.folder)]
        given += ["--broker-port", str(plan.broker_port)]
        given += [f"--lan={plan.lan}"] if plan.lan else []
        port = ["--port", str(plan.web_port)]
        self.brokers = [self._child("broker", "hub", "broker", *given)] if plan.runs_broker else []
        self.hub = self._child("hub", "hub", "run", *given, *port)
        self.bulbs = [self._bulb(plan, room) for room in plan.rooms]
        self.nodes = [self._node(plan, room) for room in plan.rooms]

    def all(self) -> list[Child]:
        """Return every process."""
        return [*self.brokers, self.hub, *self.bulbs, *self.nodes]

    def end(self) -> None:
        """End all; the hub before broker and lamps, for it puts the lamps back."""
        end([self.hub, *self.nodes], [*self.bulbs, *self.brokers])

    def _node(self, plan: Plan, room: str) -> Child:
        config, state = plan.folder / f"{room}.toml", plan.folder / f"node-{room}"
        given = ("--config", str(config), "--state", str(state))
        return self._child(f"node {room}", "node", "run", *given)

    def _bulb(self, plan: Plan, room: str) -> Child:
        account = f"{room}-lamp"
        password, state = plan.folder / f"secrets/{account}.password", plan.folder / account
        broker = ("--port", str(plan.broker_port), "--password-file", str(password))
        files = ("--state", f"{state}.json", "--log", f"{state}.jsonl")
        topic = ("--topic", f"zigbee2mqtt/{room}_lamp", "--username", account)
        return self._child(f"lamp {room}", "soribit", "bulb", *topic, *broker, *files)

    def _child(self, name: str, part: str, *arguments: str) -> Child:
        log = self._logs and self._logs / f"{name.replace(' ', '-')}.log"
        return Child(name, part, *arguments, log=log)


def main(words: Sequence[str], *, version: str, say: Say) -> int:
    """Run a home until SIGINT or SIGTERM.

    Args:
        words: The command line after `up`.
        version: Ours.
        say: Shows one line to the person at the terminal.

    Raises:
        InputError: The settings have faults, or a part is not installed.
        UnavailableError: A port is taken, or the hub does not start.
    """
    options = _parser().parse_args(words)
    plan = demo_of(options) if options.demo else home_of(options)
    home.make_folder(plan.folder)
    say(f"Soribit {version}, its files are in {plan.folder}")
    stop = stop_event()
    crew = Crew(plan, verbose=options.verbose)
    try:
        _start(plan, crew, stop, say)
        while not stop.wait(0.2):
            for trouble in [child.tend(time.monotonic()) for child in crew.all()]:
                if trouble:
                    say(trouble)
    finally:
        crew.end()
    say("Soribit has ended.")
    return EXIT_OK


def _start(plan: Plan, crew: Crew, stop: threading.Event, say: Say) -> None:
    for broker in crew.brokers:
        broker.start(time.monotonic())
        _await(broker, lambda: not home.is_free(plan.broker_port), stop)
        say(f"MQTT broker on {_listens(plan)}")
        for warning in _warnings(broker.words()):
            say(f"  {warning}")
    for child in (crew.hub, *crew.bulbs):
        child.start(time.monotonic())
    _await(crew.hub, lambda: _answers(plan.web_port), stop)
    for child in crew.nodes:
        child.start(time.monotonic())
    if not stop.is_set():
        say("Open this page; Ctrl-C ends Soribit.")
        say(f"http://127.0.0.1:{plan.web_port}/")
        if plan.invites:
            say(_invitation(plan))
        for hint in plan.hints:
            say(hint)


def _invitation(plan: Plan) -> str:
    """How a phone opens the page; its code is for a person's eyes, not for a log."""
    words = ("hub", "code", "--config", str(plan.config), "--state", str(plan.folder))
    if not sys.stdout.isatty():
        return f"A phone needs a code: soribit {' '.join(words)}"
    return ask(*words).stdout.strip()


def _listens(plan: Plan) -> str:
    """Where the broker listens, as it says itself."""
    told = plan.folder / "broker" / "listens"
    addresses = told.read_text(encoding="ascii").split() if told.exists() else ["127.0.0.1"]
    return " and ".join(f"{address}:{plan.broker_port}" for address in addresses)


def _await(child: Child, ready: Callable[[], bool], stop: threading.Event) -> None:
    """Wait until a part is ready.

    Raises:
        InputError: It does not like its settings; its own words.
        UnavailableError: It ended or is not ready in time.
    """
    deadline_s = time.monotonic() + READY_S
    while not ready() and not stop.wait(0.05):
        if (code := child.ended()) is not None:
            kind = InputError if code == EXIT_YOUR_INPUT else UnavailableError
            raise kind(f"{child.name} does not start:\n{child.words()}")
        if time.monotonic() > deadline_s:
            raise UnavailableError(f"{child.name} is not ready after {READY_S:.0f} s; {child.log}")


def _warnings(words: str) -> Iterator[str]:
    """What a part warned of in its log: amqtt, for one, is a broker for evaluation only."""
    for line in words.splitlines():
        if line.startswith("{") and '"level": "warning"' in line:
            yield json.loads(line)["say"]


def _answers(port: int) -> bool:
    """Whether the page is there; while an external broker is away it says so itself."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soribit up", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="a home of two rooms to try")
    parser.add_argument("--port", type=_port_number, help="TCP port of the dashboard")
    parser.add_argument("--state", type=Path, help="folder for settings, history and logs")
    parser.add_argument("--config", type=Path, help="hub.toml; else /etc/soribit/hub.toml")
    parser.add_argument(
        "--lan",
        nargs="?",
        const="auto",
        metavar="ADDRESS",
        help="open it to the home network, at this address of ours; else it is found",
    )
    parser.add_argument("--verbose", action="store_true", help="show what every part logs")
    parser.add_argument(
        "--broker", choices=["auto", "mosquitto", "amqtt"], default="auto", help="for the demo"
    )
    return parser


def _port_number(text: str) -> int:
    """Read a TCP port of the command line; argparse says what is wrong with it."""
    port = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= port <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no TCP port; give one of 1..{HIGHEST_PORT}")
    return port
