"""mosquitto as Soribit's broker: writes its settings, then becomes it."""

import logging
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from contract import private_file
from hub.broker_accounts import SALT_BYTES, Login, hashed

SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin"
"""Where Debian installs it; not on the PATH of ordinary users."""
MAX_CONNECTIONS = 256
"""Of each listener: far more than a home has, as mosquitto does not take up another number."""
MAX_PACKET_BYTES = 1024 * 1024
"""Zigbee2MQTT's list of devices is large; nodes and hub keep their own messages to 1 KB."""


def find() -> str | None:
    """Return the path of the installed mosquitto, None where there is none."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=SYSTEM_FOLDERS)


def configuration(folder: Path, addresses: Sequence[str], port: int, *, as_root: bool) -> str:
    """Return mosquitto.conf.

    The order matters: an option of a listener that stands above the first `listener` line opens
    another one on 0.0.0.0:1883 (mosquitto 2.0.11).

    Args:
        folder: Where passwd, acl and the broker's own store lie.
        addresses: Where to listen, and nowhere else.
        port: The TCP port at each of them.
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
        f"max_packet_size {MAX_PACKET_BYTES}",
        "max_queued_messages 20000",
        "max_queued_bytes 20971520",
        "max_inflight_messages 200",
        "max_keepalive 60",
        "log_dest stderr",
        *(["user root"] if as_root else []),
        # Everybody says again what is retained when he comes back. Keeping it on disk stopped the
        # broker for 80 to 170 ms at every change (measured): an alert waits for nothing.
        "persistence false",
        *(line for address in addresses for line in _listener(address, port)),
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


def write(folder: Path, addresses: Sequence[str], port: int, logins: Sequence[Login]) -> Path:
    """Write mosquitto.conf, passwd and acl into a folder that only we can enter.

    Returns:
        The path of mosquitto.conf.
    """
    private_file.make_folder(folder)
    folder.chmod(0o700)
    write_accounts(folder, logins)
    conf = folder / "mosquitto.conf"
    as_root = os.geteuid() == 0
    private_file.write(conf, configuration(folder, addresses, port, as_root=as_root))
    return conf


def write_accounts(folder: Path, logins: Sequence[Login]) -> None:
    """Write passwd and acl, which mosquitto reads at its start and on SIGHUP."""
    passwords = "".join(
        f"{login.username}:{hashed(login.password, secrets.token_bytes(SALT_BYTES))}\n"
        for login in logins
    )
    private_file.write(folder / "passwd", passwords)
    private_file.write(folder / "acl", access_list(logins))


def become(program: str, conf: Path) -> NoReturn:
    """Replace this process by mosquitto."""
    logging.shutdown()  # what waits to be logged would be lost
    os.execv(program, [program, "-c", str(conf)])  # noqa: S606  # the path was found by find()


def _listener(address: str, port: int) -> tuple[str, ...]:
    limit = f"max_connections {MAX_CONNECTIONS}"
    return f"listener {port} {address}", limit, "use_username_as_clientid true"
