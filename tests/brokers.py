"""Real brokers for tests, started as Soribit itself starts them, on random loopback ports."""

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from contract.mqtt import Account, Arrival, MqttLink
from contract.process import STARTED_AGAIN
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

    @property
    def state(self) -> Path:
        """Return its state folder."""
        return self.config.parent

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
    config, port, passwords = _settings(folder, kind, home)
    return RunningBroker(_serve(config, port), port, config, passwords)


def serve_at(
    folder: Path, kind: Literal["mosquitto", "amqtt"], addresses: tuple[str, ...]
) -> RunningBroker:
    """Start a broker with the accounts of HOME at several addresses of this machine.

    Settings take no loopback address for the home network, and a test has no other: so the
    command is passed by.
    """
    config, port, passwords = _settings(folder, kind, HOME)
    code = (
        "import sys; from pathlib import Path; from contract import settings;"
        "from hub import broker, broker_accounts; from hub.settings import HubSettings;"
        "read = lambda: broker_accounts.logins(settings.load(Path(sys.argv[1]), HubSettings));"
        "broker.serve(sys.argv[2], sys.argv[5:], int(sys.argv[4]), Path(sys.argv[3]), read)"
    )
    line = [sys.executable, "-c", code, str(config), kind, str(folder), str(port), *addresses]
    return RunningBroker(_started(line, folder, port), port, config, passwords)


def restart(stopped: RunningBroker, environment: Mapping[str, str] | None = None) -> RunningBroker:
    """Start a broker again that was stopped, as it was, perhaps in another environment."""
    return replace(stopped, process=_serve(stopped.config, stopped.port, environment))


def _settings(folder: Path, kind: str, home: str) -> tuple[Path, int, dict[str, str]]:
    port, passwords = free_port(), {}
    top, _, tables = home.partition("[")
    own = f'[broker]\nkind = "{kind}"\nport = {port}\npassword_file = "{folder}/hub.password"'
    lines = [top, own]
    for line in f"[{tables}".splitlines():
        lines.append(line)
        if line.startswith("[accounts."):
            name = line[len("[accounts.") : -1]
            passwords[name] = f"secret of {name}"
            (folder / f"{name}.password").write_text(passwords[name])
            lines.append(f'password_file = "{folder}/{name}.password"')
    config = folder / "hub.toml"
    config.write_text("\n".join(lines))
    return config, port, passwords


def _serve(
    config: Path, port: int, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    folder = config.parent
    part = [sys.executable, "-m", "hub", "broker"]
    line = [*part, "--config", str(config), "--state", str(folder)]
    return _started(line, folder, port, environment)


def _started(
    line: list[str], folder: Path, port: int, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen(
            line,
            cwd=ROOT,
            env={**os.environ, STARTED_AGAIN: "1", **(environment or {})},
            stderr=log,
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


Connect = Callable[..., Peer]
"""Connects as a user, hearing these topic filters."""


def tell(sender: Peer, topic: str, payload: bytes, hearer: Peer) -> None:
    """Send what is allowed until it has come in: what went out before it has been judged too."""

    def came_in() -> bool:
        sender.link.publish(topic, payload)
        return payload in hearer.payloads()

    until(came_in, what=f"{payload!r} on {topic}")


class Wire:
    """A connection without a client library: it may break off, fall silent or lie."""

    def __init__(self, broker: RunningBroker, address: str = "127.0.0.1") -> None:
        self._socket = socket.create_connection((address, broker.port), timeout=10)

    def connect(
        self,
        client_id: str,
        *login: str,
        will: tuple[str, bytes] | None = None,
        keepalive: int = 60,
    ) -> int:
        """Send CONNECT and return the broker's answer: 0 accepted, -1 hung up without a word."""
        flags = 0b10 | (0b11000000 if login else 0) | (0b00100100 if will else 0)
        fields = [client_id, *(will or ()), *login]
        parts = [item if isinstance(item, bytes) else item.encode() for item in fields]
        body = b"\0\4MQTT\4" + struct.pack(">BH", flags, keepalive)
        body += b"".join(struct.pack(">H", len(part)) + part for part in parts)
        self._socket.sendall(b"\x10" + bytes([len(body)]) + body)
        answer = self._socket.recv(4)
        return answer[3] if len(answer) == 4 else -1

    def send(self, packet: bytes) -> None:
        """Send what may be no MQTT at all."""
        self._socket.sendall(packet)

    def is_cut_off(self) -> bool:
        """Tell whether the broker has closed the connection; waits for what it says."""
        try:
            return self._socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def break_off(self) -> None:
        """End without a goodbye."""
        self._socket.close()


def answer(broker: RunningBroker, *login: str, address: str = "127.0.0.1") -> int:
    """Knock as a user with a password, and leave; returns what `Wire.connect` does."""
    wire = Wire(broker, address)
    try:
        return wire.connect(login[0], *login)
    finally:
        wire.break_off()
