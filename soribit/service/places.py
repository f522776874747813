"""Where an installation lies."""

from pathlib import Path

from contract.places import SERVICE_STATE, SETTINGS_FOLDER

SETTINGS = SETTINGS_FOLDER
PROGRAM = Path("/opt/soribit")
"""The environment that runs."""
NEW = Path("/opt/soribit.new")
"""The next one, until it has shown that it works."""
OLD = Path("/opt/soribit.old")
"""The one before, to go back to."""
STATE = SERVICE_STATE
SECRETS = STATE / "secrets"
UNITS = Path("/etc/systemd/system")
COMMAND = Path("/usr/local/bin/soribit")
HUB_TOML = SETTINGS / "hub.toml"
NODE_TOML = SETTINGS / "node.toml"
