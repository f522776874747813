"""Where Soribit looks for its settings and keeps its state."""

import os
from pathlib import Path

from contract.errors import InputError

SETTINGS_FOLDER = Path("/etc/soribit")
SERVICE_STATE = Path("/var/lib/soribit")
"""What systemd names STATE_DIRECTORY; a command that is typed does not get that from it."""


def settings_file(
    part: str, given: str | Path | None, *, folder: Path = SETTINGS_FOLDER
) -> Path | None:
    """Return the settings file of a part: the one given, else /etc/soribit's, None: defaults.

    Args:
        part: "hub" or "node".
        given: What the user named with --config.
        folder: The machine's own settings.

    Raises:
        InputError: This user may not look into /etc/soribit.
    """
    if given:
        return Path(given)
    usual = folder / f"{part}.toml"
    try:
        usual.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        told = f"{usual} is closed to this user ({error.strerror})"
        raise InputError(f"{told}; use sudo, or name other settings with --config") from error
    return usual


def state_folder(*given: str | Path | None) -> Path:
    """Return the first folder that is given, else the service's, else the user's own.

    systemd names the folder of a service, /var/lib/soribit, in STATE_DIRECTORY.
    """
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    chosen = next((folder for folder in given if folder), None)
    return Path(chosen or os.environ.get("STATE_DIRECTORY") or Path(home) / "soribit").absolute()
