"""The commands of `soribit`, which part does each, and what the installed parts can do."""

import difflib
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from contract.errors import InputError
from soribit.parts import is_installed

NODE_KEYS = {"node_id", "audio", "model", "hop_s", "thresholds"}
"""Keys that only a node.toml has."""


class Command(Struct, frozen=True):
    """One command."""

    does: str
    part: str = ""
    """Which part it needs; "" for none."""
    arguments: tuple[str, ...] = ()
    """What comes before the user's own arguments."""


COMMANDS = {
    "up": Command("start broker, hub and page; with --demo, a home to try", "hub"),
    "hub": Command("decide, alert and show: the hub alone", "hub", ("run",)),
    "broker": Command("run the MQTT broker alone", "hub", ("broker",)),
    "backup": Command("put settings and history into one file", "hub", ("backup",)),
    "restore": Command("put back what a backup holds", "hub", ("restore",)),
    "node": Command("listen in a room and report", "node", ("run",)),
    "devices": Command("show the microphones, and how loud they hear", "node", ("devices",)),
    "listen": Command("tell what Soribit hears in audio files", "node", ("listen",)),
    "train": Command("make model bundles", "training"),
    "service": Command("install Soribit as services, upgrade or remove it"),
    "bulb": Command("be a virtual lamp: Zigbee2MQTT, Tasmota, WLED, Shelly, ESPHome or alike"),
    "check-config": Command("look for faults in a hub.toml or node.toml"),
}


def usage(version: str, *, has: Callable[[str], bool] = is_installed) -> str:
    """Return the help text; a command whose part this machine has not is left out."""
    able = {name: c.does for name, c in COMMANDS.items() if not c.part or has(c.part)}
    return "\n".join(
        [
            f"Soribit {version}: light for what sounds in your home. Usage: soribit COMMAND ...",
            "",
            *(f"  {name:<13} {does}" for name, does in able.items()),
            "",
            "soribit COMMAND --help tells more; hub, broker and node print every setting with",
            "--print-config; soribit hub --help lists how nodes, phones and lamps join the home.",
            "Soribit listens for alarms; it does not detect fire.",
        ]
    )


def find(name: str) -> Command:
    """Return a command.

    Raises:
        InputError: There is none of that name.
    """
    if name in COMMANDS:
        return COMMANDS[name]
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "soribit --help lists them"
    raise InputError(f"soribit: there is no command {name[:40]!r}; {hint}")


def part_arguments(command: Command, rest: Sequence[str]) -> list[str]:
    """Return the arguments for the part.

    `--print-config` is a command of its own there, and so is a first word that is no option:
    `soribit hub add-node kitchen`.
    """
    if "--print-config" in rest:
        return ["print-config"]
    if rest and not rest[0].startswith("-") and command.arguments == ("run",):
        return list(rest)
    return [*command.arguments, *rest]


def kind_of_settings(path: Path) -> str:
    """Return "hub" or "node": whose settings a file holds, by its keys.

    A file that cannot be read counts as the hub's, which then says what is wrong with it.
    """
    try:
        keys = set(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return "hub"
    return "node" if keys & NODE_KEYS else "hub"
