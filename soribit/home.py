"""Makes the folder of a home that `soribit up` runs: readable settings, secrets, free ports."""

import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Template

from contract import private_file
from contract.errors import InputError, UnavailableError

TEMPLATES = Path(__file__).parent / "templates"
CLIPS = Path(__file__).parent / "demo"
PORTS_TRIED = 100


def write(folder: Path, names: Mapping[str, str], values: Mapping[str, object]) -> None:
    """Write settings files from their templates.

    Args:
        folder: The home's folder; only we may enter it.
        names: Template by name of the file.
        values: What stands for `$home`, `$port`, ... in the templates.

    Raises:
        InputError: The folder cannot be written.
    """
    make_folder(folder)
    for name, template in names.items():
        text = Template((TEMPLATES / template).read_text(encoding="utf-8"))
        try:
            (folder / name).write_text(text.substitute(values, home=folder), encoding="utf-8")
        except OSError as error:
            raise _closed(folder, error) from error


def make_folder(folder: Path) -> None:
    """Make a home's folder, which only we may enter.

    Raises:
        InputError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _closed(folder, error) from error


def make_secrets(hub_toml: Path) -> None:
    """Make a password for every account of our own hub.toml that has none yet.

    Files elsewhere are the owner's; a faulty hub.toml is left to the hub, which names its faults.
    """
    try:
        accounts = tomllib.loads(hub_toml.read_text(encoding="utf-8"))["accounts"]
        paths = [Path(account["password_file"]) for account in accounts.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    for path in paths:
        is_ours = path.is_relative_to(hub_toml.parent) and "\0" not in str(path)
        if is_ours and not path.exists():
            private_file.make_password(path)


def free_port(first: int, tries: int = PORTS_TRIED) -> int:
    """Return the first loopback port from `first` on that nobody uses.

    Raises:
        UnavailableError: All that were tried are taken.
    """
    tried = range(first, min(first + tries, 65536))
    for port in tried:
        if is_free(port):
            return port
    raise UnavailableError(f"no free port for the broker from {first} to {tried[-1]}")


def is_free(port: int) -> bool:
    """Tell whether a loopback port can be opened now.

    Raises:
        UnavailableError: This user may not open it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise UnavailableError(f"port {port} needs root; choose one above 1023") from error
        except OSError:
            return False
        return True


def _closed(folder: Path, error: OSError) -> InputError:
    reason = f"cannot be written ({error.strerror})"
    return InputError(f"{folder} {reason}; free some space, or name another with --state")
