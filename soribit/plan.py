"""Which home `soribit up` runs: its folder, its settings, its ports; the demo's or one's own."""

import argparse
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from contract.errors import InputError, UnavailableError
from contract.places import settings_file, state_folder
from contract.settings import is_loopback
from soribit import home, parts

DASHBOARD_PORT = 8765
BROKER_PORT = 1883
HIGHEST_PORT = 65535
DEMO_ROOMS = ("kitchen", "nursery")


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
    invites: bool = False
    """Whether the page is open to the home network, so that a phone needs a code."""
    rooms: tuple[str, ...] = ()
    """Rooms whose node and bulb run here too."""
    hints: tuple[str, ...] = ()
    """What the person may want to do next."""


def demo_of(options: argparse.Namespace) -> Plan:
    """Write the demo's home anew and plan it.

    Raises:
        InputError: The node's part is not installed.
        UnavailableError: The page's port is taken.
    """
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
        invites=bool(options.lan),
        rooms=DEMO_ROOMS,
    )


def home_of(options: argparse.Namespace) -> Plan:
    """Plan the household's own home, made where there is none yet.

    Raises:
        InputError: Its settings have faults.
        UnavailableError: The page's port is taken.
    """
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
    hints = [] if table.get("rooms") else [f"There is no room yet: {config} shows how to add one."]
    broker_port = home.free_port(port) if ours else port
    if broker_port != port:
        hints.append(f"Port {port} was taken: nodes and lamps must use {broker_port} now.")
    return Plan(
        folder,
        config,
        web_port,
        broker_port,
        runs_broker=ours,
        lan=options.lan or "",
        invites=bool(options.lan or table.get("lan")),
        hints=tuple(hints),
    )


def ask(part: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Let a part do something at once.

    Raises:
        InputError: It could not; its own words.
    """
    line, environment = parts.command_line(part, *words), parts.environment(part)
    done = subprocess.run(  # noqa: S603  # our own part
        line, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InputError(done.stderr.strip())
    return done


def _check(config: Path) -> None:
    """Let the hub look at its settings.

    Raises:
        InputError: They have faults; the hub's own words.
    """
    ask("hub", "check-config", str(config))


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
