"""A private broker and hub as real processes, for the length of one measurement."""

import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import tomli_w
from msgspec import Struct

from contract.mqtt import Account, MqttLink

READY_S = 30.0
Role = Literal["hub", "node", "lamp"]


class Stack(Struct, frozen=True):
    """What is running, and how to speak to it."""

    folder: Path
    broker_port: int
    page_port: int

    def link(self, user: str) -> MqttLink:
        """Return a started link that is up.

        Raises:
            TimeoutError: The broker did not accept it in time.
        """
        password = (self.folder / f"{user}.secret").read_text()
        account = Account(port=self.broker_port, username=user, password=password)
        link = MqttLink(account, client_id=user)
        link.start()
        if not link.wait_up(READY_S):
            raise TimeoutError(f"the broker on port {self.broker_port} does not answer")
        return link


@contextmanager
def stack(hub: dict[str, object], accounts: dict[str, Role]) -> Iterator[Stack]:
    """Run mosquitto and a hub with these settings; `accounts` are further users and their roles."""
    with tempfile.TemporaryDirectory() as name:
        folder, broker_port, page_port = Path(name), free_port(), free_port()
        users = {"hub": "hub", **accounts}
        for user in users:
            (folder / f"{user}.secret").write_text(secrets.token_urlsafe(24))
        settings = {
            **hub,
            "broker": {
                "kind": "mosquitto",
                "port": broker_port,
                "password_file": str(folder / "hub.secret"),
            },
            "web": {"port": page_port},
            "accounts": {
                user: {
                    "role": role,
                    "password_file": str(folder / f"{user}.secret"),
                    "topic": "zigbee2mqtt",
                }
                for user, role in users.items()
            },
        }
        config = folder / "hub.toml"
        config.write_text(tomli_w.dumps(settings), encoding="utf-8")
        with _process(folder, "broker", config), _process(folder, "run", config):
            yield Stack(folder, broker_port, page_port)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _process(folder: Path, part: str, config: Path) -> Iterator[None]:
    state = folder / part
    state.mkdir()
    command = [sys.executable, "-m", "hub", part, "--config", str(config), "--state", str(state)]
    with (folder / f"{part}.log").open("wb") as log, subprocess.Popen(command, stderr=log) as child:
        try:
            yield
        finally:
            child.send_signal(signal.SIGTERM)
