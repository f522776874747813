"""Finds out what this machine is like, before anything is done to it."""

import ctypes.util
import grp
import os
import platform
import pwd
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from contract.errors import InputError, UnavailableError
from soribit import home, support
from soribit.service import units
from soribit.service.places import COMMAND, HUB_TOML, NODE_TOML, PROGRAM, UNITS
from soribit.service.wish import PARTS, USUAL_BROKER_PORT, USUAL_PAGE_PORT, Found, Kind

ANYWHERE = ("192.0.2.1", 9)
"""TEST-NET-1 (RFC 5737): asked only for the way there; nothing is ever sent."""
HOMES = ("/home", "/root", "/run/user")
"""Where no service may look (ProtectHome)."""
SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin"

NEEDS: dict[str, tuple[str, Callable[[], object]]] = {
    "broker": (
        "mosquitto",
        lambda: shutil.which("mosquitto") or shutil.which("mosquitto", path=SYSTEM_FOLDERS),
    ),
    "node": ("libportaudio2", lambda: ctypes.util.find_library("portaudio")),
}
"""Debian's package for a part, and how to see that it is there."""


def refuse_wrong_place() -> None:
    """Refuse where no services can be installed.

    Raises:
        InputError: We are not root, or systemd does not run here.
    """
    if os.geteuid():
        raise InputError(f"this needs root: sudo {' '.join(['soribit', *sys.argv[1:]])}")
    if not Path("/run/systemd/system").is_dir():
        raise InputError("systemd does not run here; `soribit up` runs Soribit without it")


def python() -> str:
    """Return the interpreter that will run the services.

    Raises:
        InputError: Soribit cannot run on this machine; why, in one sentence.
    """
    ours = str(Path(sys.executable).resolve())
    for candidate in ("/usr/bin/python3", ours):
        refused = _refusal(candidate)
        if not refused and not candidate.startswith(HOMES):
            return candidate
    raise InputError(_refusal("/usr/bin/python3") or f"{ours} lies where no service may look")


def look(kind: Kind, interpreter: str) -> Found:
    """Return what this machine is like."""
    parts = frozenset(part for part in units.PARTS if (UNITS / units.name(part)).exists())
    return Found(
        systemd=_systemd(),
        hostname=socket.gethostname(),
        python=interpreter,
        version=_version(interpreter),
        missing=frozenset(_missing(parts | set(PARTS[kind]), interpreter)),
        has_apt=bool(shutil.which("apt-get")),
        has_user=_knows(pwd.getpwnam),
        has_group=_knows(grp.getgrnam),
        parts=parts,
        runs_before=PROGRAM.exists(),
        hub_toml=_read(HUB_TOML),
        node_toml=_read(NODE_TOML),
        broker_port=home.free_port(USUAL_BROKER_PORT),
        page_port=home.free_port(USUAL_PAGE_PORT),
        address=_address(),
        command_is_ours=_is_ours(COMMAND),
    )


def _refusal(interpreter: str) -> str:
    """What a Python says of itself and of this machine."""
    line = [interpreter, "-I", "-S", support.__file__]
    try:
        done = subprocess.run(  # noqa: S603  # our own file
            line, capture_output=True, text=True, check=False
        )
    except OSError as error:
        return f"{interpreter} cannot be started ({error.strerror})."
    return done.stderr.strip() if done.returncode else ""


def _missing(parts: set[str] | frozenset[str], interpreter: str) -> list[str]:
    names = [name for part, (name, is_there) in NEEDS.items() if part in parts and not is_there()]
    test = [interpreter, "-I", "-c", "import ensurepip, venv"]
    has_venv = not subprocess.run(test, capture_output=True, check=False).returncode  # noqa: S603
    return names if has_venv else [*names, "python3-venv"]


def _version(interpreter: str) -> str:
    if interpreter == str(Path(sys.executable).resolve()):
        return ".".join(platform.python_version_tuple()[:2])
    return _said(interpreter, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")


def _systemd() -> int:
    found = re.search(r"\d+", _said("systemctl", "--version"))
    return int(found.group()) if found else 0


def _said(*line: str) -> str:
    try:
        done = subprocess.run(line, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise UnavailableError(f"{' '.join(line)} failed: {error}") from error
    return done.stdout.strip()


def _knows(ask: Callable[[str], object]) -> bool:
    try:
        ask(units.USER)
    except KeyError:
        return False
    return True


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); mend it or move it away") from error


def _address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ANYWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _is_ours(command: Path) -> bool:
    """Whether nothing is lost when the command is made anew."""
    if command.is_symlink():
        return command.readlink().is_relative_to(PROGRAM)
    return not command.exists()
