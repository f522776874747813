"""mosquitto as Soribit's broker: writes its settings, then becomes it."""

import logging
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from hub.broker_accounts import SALT_BYTES, Login, hashed

SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin"
"""Where Debian installs it; not on the PATH of ordinary users."""
SPARE_CONNECTIONS = 16
"""Beside one connection an account: those that are being taken over or refused."""


def find() -> str | None:
    """Return the path of the installed mosquitto, None where there is none."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=SYSTEM_FOLDERS)


def configuration(folder: Path, host: str, port: int, *, accounts: int, as_root: bool) -> str:
    """Return mosquitto.conf.

    The order matters: an option of a listener that stands above the first `listener` line opens
    another one on 0.0.0.0:1883 (mosquitto 2.0.11).

    Args:
        folder: Where passwd, acl and the broker's own store lie.
        host: The loopback address to listen on.
        port: Its TCP port.
        accounts: How many accounts there are.
        as_root: Whether it is started as root; it would then become the user "mosquitto", who
            cannot read our files.
    """
    lines = [
        "per_listener_settings false",
        "allow_anonymous false",
        f"password_file {folder}/passwd",
        f"acl_file {folder}/acl",
        "check_retain_source true",
        "set_tcp_nodelay true",
        # Zigbee2MQTT's list of devices is large; nodes and hub keep their own messages to 1 KB.
        "max_packet_size 1048576",
        "max_queued_messages 20000",
        "max_queued_bytes 20971520",
        "max_inflight_messages 200",
        "max_keepalive 60",
        "log_dest stderr",
        *(["user root"] if as_root else []),
        # Everybody says again what is retained when he comes back. Keeping it on disk stopped the
        # broker for 80 to 170 ms at every change (measured): an alert waits for nothing.
        "persistence false",
        f"listener {port} {host}",
        f"max_connections {accounts * 2 + SPARE_CONNECTIONS}",
        "use_username_as_clientid true",
    ]
    return "\n".join(lines) + "\n"


def access_list(logins: Sequence[Login]) -> str:
    """Return the acl file: for every account its own lines, nothing for anybody else."""
    blocks = []
    for login in logins:
        both = [topic for topic in login.reads if topic in login.writes]
        lines = [f"topic readwrite {topic}" for topic in both]
        lines += [f"topic read {topic}" for topic in login.reads if topic not in both]
        lines += [f"topic write {topic}" for topic in login.writes if topic not in both]
        blocks.append("\n".join([f"user {login.username}", *lines]))
    return "\n\n".join(blocks) + "\n"


def write(folder: Path, host: str, port: int, logins: Sequence[Login]) -> Path:
    """Write mosquitto.conf, passwd and acl into a folder that only we can enter.

    Returns:
        The path of mosquitto.conf.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    passwords = "".join(
        f"{login.username}:{hashed(login.password, secrets.token_bytes(SALT_BYTES))}\n"
        for login in logins
    )
    as_root = os.geteuid() == 0
    conf = configuration(folder, host, port, accounts=len(logins), as_root=as_root)
    files = {"mosquitto.conf": conf, "passwd": passwords, "acl": access_list(logins)}
    for name, text in files.items():
        _write_private(folder / name, text)
    return folder / "mosquitto.conf"


def become(program: str, conf: Path) -> NoReturn:
    """Replace this process by mosquitto."""
    logging.shutdown()  # what waits to be logged would be lost
    os.execv(program, [program, "-c", str(conf)])  # noqa: S606  # the path was found by find()


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
