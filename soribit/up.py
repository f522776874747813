"""`soribit up`: broker, hub and page at once; with `--demo`, a home that plays recordings."""

import argparse
import http.client
import json
import subprocess
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from contract.errors import EXIT_OK, EXIT_YOUR_INPUT, InputError, UnavailableError
from contract.places import settings_file, state_folder
from contract.process import stop_event
from contract.settings import is_loopback
from soribit import home, parts
from soribit.children import Child, end

DASHBOARD_PORT = 8765
BROKER_PORT = 1883
HIGHEST_PORT = 65535
READY_S = 60.0
"""How long a part may take to start; a Raspberry Pi compiles every module the first time."""
DEMO_ROOMS = ("kitchen", "nursery")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """A home to run."""

    folder: Path
    config: Path
    """Its hub.toml."""
    web_port: int
    broker_port: int
    runs_broker: bool
    """False where the broker is external."""
    lan: str = ""
    """This machine's address in the home network, or auto; "": as the settings say."""
    rooms: tuple[str, ...] = ()
    """Rooms whose node and bulb run here too."""
    hint: str = ""
    """What the person may want to do next."""


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
    plan = _demo(options) if options.demo else _own(options)
    plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        if plan.hint:
            say(plan.hint)


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


def _demo(options: argparse.Namespace) -> Plan:
    parts.require("node")
    folder = state_folder(options.state) / "demo"
    web_port, port = _page_port(options.port or DASHBOARD_PORT), home.free_port(BROKER_PORT)
    values = {"port": port, "web_port": web_port, "kind": options.broker, "clips": home.CLIPS}
    names = {f"{name}.toml": f"demo-{name}.toml" for name in ("hub", *DEMO_ROOMS)}
    home.write(folder, names, values)
    home.make_secrets(folder / "hub.toml")
    return Plan(
        folder,
        folder / "hub.toml",
        web_port,
        port,
        runs_broker=True,
        lan=options.lan or "",
        rooms=DEMO_ROOMS,
    )


def _own(options: argparse.Namespace) -> Plan:
    config = settings_file("hub", options.config)
    if not config:
        config = state_folder(options.state) / "hub.toml"
        if not config.exists():
            home.write(config.parent, {"hub.toml": "home-hub.toml"}, {})
        home.make_secrets(config)
    _check(config)
    table = tomllib.loads(config.read_text(encoding="utf-8"))
    broker, web = table.get("broker", {}), table.get("web", {})
    port = broker.get("port", BROKER_PORT)
    ours = broker.get("kind") != "external" and is_loopback(broker.get("host", "127.0.0.1"))
    folder = state_folder(options.state, table.get("state"))
    web_port = _page_port(options.port or web.get("port", DASHBOARD_PORT))
    hint = "" if table.get("rooms") else f"There is no room yet: {config} shows how to add one."
    broker_port = home.free_port(port) if ours else port
    if broker_port != port:
        hint += f"Port {port} was taken: nodes and lamps must use broker port {broker_port} now."
    lan = options.lan or ""
    return Plan(folder, config, web_port, broker_port, runs_broker=ours, lan=lan, hint=hint)


def _check(config: Path) -> None:
    """Let the hub look at its settings.

    Raises:
        InputError: They have faults; the hub's own words.
    """
    line = parts.command_line("hub", "check-config", str(config))
    environment = parts.environment("hub")
    done = subprocess.run(  # noqa: S603  # our own part
        line, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InputError(done.stderr.strip())


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
    port = int(text)
    if not 1 <= port <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is no TCP port; give one of 1..{HIGHEST_PORT}")
    return port


def _page_port(port: int) -> int:
    """Return the port.

    Raises:
        UnavailableError: It is taken.
    """
    if not home.is_free(port):
        raise UnavailableError(
            f"port {port} is taken, so the dashboard cannot open; stop the program that uses it, "
            f"or choose another: soribit up --port {min(port + 1, HIGHEST_PORT)}"
        )
    return port
