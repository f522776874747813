"""Real brokers for tests, started as Soribit itself starts them, on random loopback ports."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from contract.mqtt import Account, Arrival, MqttLink
from tests.real import ROOT, free_port, listens, until

HOME = """
[accounts.hub]
role = "hub"
[accounts.kitchen]
role = "node"
[accounts.nursery]
role = "node"
[accounts.lamp]
role = "lamp"
topic = "zigbee2mqtt/lamp"
[lights.lamp]
topic = "zigbee2mqtt/lamp"
name = "Lamp"
"""
"""A hub.toml with one account of each kind, and a second node; passwords are filled in."""


@dataclass(frozen=True)
class RunningBroker:
    """A broker that serves one test."""

    process: subprocess.Popen[bytes]
    port: int
    config: Path
    """The hub.toml that describes it."""
    passwords: Mapping[str, str]
    """By user name."""

    def account(self, username: str) -> Account:
        """Return one of its accounts."""
        return Account(port=self.port, username=username, password=self.passwords[username])

    def stop(self) -> None:
        """End it as systemd would."""
        self.process.terminate()
        self.process.wait(10)


def start(folder: Path, kind: Literal["mosquitto", "amqtt"], home: str = HOME) -> RunningBroker:
    """Start a broker by our own command and wait until it listens.

    Args:
        folder: For settings, passwords and state.
        kind: Which broker.
        home: The hub.toml, its accounts without passwords.
    """
    port, passwords = free_port(), {}
    lines = [f'[broker]\nkind = "{kind}"\nport = {port}\npassword_file = "{folder}/hub.password"']
    for line in home.splitlines():
        lines.append(line)
        if line.startswith("[accounts."):
            name = line[len("[accounts.") : -1]
            passwords[name] = f"secret of {name}"
            (folder / f"{name}.password").write_text(passwords[name])
            lines.append(f'password_file = "{folder}/{name}.password"')
    config = folder / "hub.toml"
    config.write_text("\n".join(lines))
    return RunningBroker(_serve(config, port), port, config, passwords)


def restart(stopped: RunningBroker, environment: Mapping[str, str] | None = None) -> RunningBroker:
    """Start a broker again that was stopped, as it was, perhaps in another environment."""
    return replace(stopped, process=_serve(stopped.config, stopped.port, environment))


def _serve(
    config: Path, port: int, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    folder = config.parent
    part = [sys.executable, "-m", "hub", "broker"]
    command = [*part, "--config", str(config), "--state", str(folder)]
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, stderr=log
        )
    until(lambda: process.poll() is not None or listens(port), what="the broker's start")
    assert process.poll() is None, (folder / "broker.log").read_text()
    return process


class Peer:
    """A client that remembers what came in."""

    def __init__(self, account: Account, link: MqttLink | None = None) -> None:
        self.got: list[Arrival] = []
        self.link = link or MqttLink(account, client_id=account.username)

    def hear(self, topic_filter: str) -> None:
        """Subscribe."""
        self.link.subscribe(topic_filter, self.got.append, qos=1)

    def payloads(self) -> list[bytes]:
        """Return what came in, oldest first."""
        return [arrival.payload for arrival in self.got]
