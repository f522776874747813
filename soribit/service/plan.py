"""What an installation does, step by step, from what is wanted and what is there. Pure."""

from collections.abc import Iterator

from contract.errors import InputError
from soribit.service import settings, units
from soribit.service.places import (
    COMMAND,
    HUB_TOML,
    NEW,
    NODE_TOML,
    OLD,
    PROGRAM,
    SECRETS,
    SETTINGS,
    STATE,
    UNITS,
)
from soribit.service.steps import File as Written
from soribit.service.steps import Folder, Link, Rehome, Remove, Rename, Run, Step
from soribit.service.wish import PARTS, Found, Wish

USER = units.USER
EXTRAS = {"broker": {"hub"}, "hub": {"hub", "lifx", "wiz"}, "node": {"node"}}
"""Which extras of the package each part needs; the hub with each kind of lamp, 1 MB together: an
upgrade must not lose the way to one."""
BACK = (
    f'sudo sh -c \'systemctl stop "soribit-*"; rm -rf {NEW}; mv {PROGRAM} {NEW}; '
    f"mv {OLD} {PROGRAM}; systemctl start {{units}}'"
)


def install(wish: Wish, found: Found) -> list[Step]:
    """Return the steps of an installation, or of an upgrade.

    What runs now is stopped only when the new environment has shown that it works.

    Raises:
        InputError: What is wanted cannot be; nothing has been done then.
    """
    fresh = settings.fresh(wish, found)
    parts = [part for part in units.PARTS if part in found.parts | set(PARTS[wish.kind])]
    return [
        *_packages(found),
        *_user(wish, found),
        *_folders(),
        *_environment(wish, found, parts),
        *_trial(wish, found, parts),
        *settings.write(fresh),
        *_swap(found),
        *_command(found),
        *_units(found, parts),
        *_start(found, parts),
    ]


def remove(found: Found, *, purge: bool) -> list[Step]:
    """Return the steps that undo an installation; settings and history stay unless purged."""
    return [*_stop_for_good(found), *_clear(found), *(_purge(found) if purge else ())]


def _packages(found: Found) -> Iterator[Step]:
    spared = {"mosquitto"} if settings.has_other_broker(found) else set()
    names = sorted(found.missing - spared)
    if not names:
        return
    if not found.has_apt:
        raise InputError(f"Soribit needs {', '.join(names)} (Debian's names); install them first")
    listed = ", ".join(names)
    fault = f"apt-get could not install {listed}; nothing else was done."
    yield Run(line=("apt-get", "-qq", "update"), fault=fault, says=f"Installing {listed}")
    line = ("apt-get", "-qq", "install", "-y", "--no-install-recommends", *names)
    yield Run(line=line, fault=fault)
    if "mosquitto" in names:
        yield Run(
            line=("systemctl", "disable", "--now", "mosquitto.service"),
            fault="Debian's own mosquitto service could not be stopped.",
            says="Switching Debian's own mosquitto service off: Soribit runs one of its own",
        )


def _user(wish: Wish, found: Found) -> Iterator[Step]:
    if not found.has_user:
        group = ("--gid", USER) if found.has_group else ("--user-group",)
        home = ("--home-dir", str(STATE), "--no-create-home", "--shell", "/usr/sbin/nologin")
        yield Run(
            line=("useradd", "--system", *group, *home, USER),
            fault=f"The user {USER} could not be made.",
            says=f"Making the user {USER}, who cannot log in",
        )
    if "node" in PARTS[wish.kind]:
        yield Run(
            line=("usermod", "--append", "--groups", "audio", USER),
            fault=f"The user {USER} could not be let to the microphones.",
            says=f"Letting {USER} use the microphones (group audio)",
        )


def _folders() -> Iterator[Step]:
    says = f"Settings are in {SETTINGS}, what Soribit keeps is in {STATE}"
    yield Folder(path=SETTINGS, mode=0o750, group=USER, says=says)
    yield Folder(path=STATE, mode=0o700, owner=USER, group=USER)
    yield Folder(path=SECRETS, mode=0o700, owner=USER, group=USER)


def _environment(wish: Wish, found: Found, parts: list[str]) -> Iterator[Step]:
    extras = ",".join(sorted(set().union(*(EXTRAS[part] for part in parts))))
    name, _, release = wish.package.partition("==")
    what = f"{name}[{extras}]=={release}" if release else f"{wish.package}[{extras}]"
    fault = f"The new environment could not be made{_unharmed(found)}"
    yield Remove(path=NEW)
    says = f"Making the environment with {found.python}; this takes some minutes"
    yield Run(line=(found.python, "-m", "venv", str(NEW)), fault=fault, says=says)
    pip = (f"{NEW}/bin/python", "-m", "pip", "install", "--quiet")
    yield Run(line=(*pip, what), fault=fault)
    yield Rehome(folder=NEW, to=PROGRAM)


def _trial(wish: Wish, found: Found, parts: list[str]) -> Iterator[Step]:
    """Every part must start, know the owner's settings, and a node hear a recording."""
    fault = f"The new environment does not work here{_unharmed(found)}"
    yield Run(line=_new("soribit", "--version"), fault=fault, says="Trying it")
    for part in parts:
        yield Run(line=_new("soribit", part, "--print-config"), fault=fault)
    files = [HUB_TOML] if found.hub_toml is not None else []
    files += [NODE_TOML] if found.node_toml is not None else []
    for path in files:
        faulty = f"{path} has faults{_unharmed(found)}"
        yield Run(line=_new("soribit", "check-config", str(path)), fault=faulty, yours=True)
    if wish.settings is not None:
        yield from _given(wish.settings, found)
    if "hub" in parts and found.hub_toml is not None:
        newer = f"This release is older than the history{_unharmed(found)}"
        yield Run(line=_new("soribit", "hub", "check-history"), fault=newer, yours=True)
    if "node" in parts:
        clip = f"{NEW}/lib/python{found.version}/site-packages/soribit/demo/door_knock.flac"
        yield Run(line=_new("soribit", "listen", clip), fault=fault)


def _given(settings: str, found: Found) -> Iterator[Step]:
    """Try them as closed as they will be: a file that was carried here is open to everybody."""
    path = NEW / "node.toml"
    fault = f"What --settings names has faults{_unharmed(found)}"
    yield Written(path=path, text=settings, mode=0o600)
    yield Run(line=_new("soribit", "check-config", str(path)), fault=fault, yours=True)
    yield Remove(path=path)


def _swap(found: Found) -> Iterator[Step]:
    """The home is deaf from here to the start: what takes long comes before."""
    if found.runs_before:
        yield Remove(path=OLD)
    for part in reversed([part for part in units.PARTS if part in found.parts]):
        again = f"go on with what was: sudo systemctl start {_names(found)}."
        fault = f"{units.name(part)} could not be stopped; {again}"
        yield Run(line=("systemctl", "stop", units.name(part)), fault=fault)
    if found.runs_before:
        yield Rename(path=PROGRAM, to=OLD, says=f"Keeping the former environment as {OLD}")
    yield Rename(path=NEW, to=PROGRAM, says=f"Putting the new one in place, {PROGRAM}")


def _command(found: Found) -> Iterator[Step]:
    if found.command_is_ours:
        yield Folder(path=COMMAND.parent, mode=0o755)
        yield Link(path=COMMAND, to=PROGRAM / "bin/soribit", says=f"Making the command {COMMAND}")


def _units(found: Found, parts: list[str]) -> Iterator[Step]:
    for part in parts:
        text = units.text(part, f"{PROGRAM}/bin/soribit", systemd=found.systemd)
        yield Written(path=UNITS / units.name(part), text=text)
    fault = "systemd does not take the units."
    yield Run(line=("systemctl", "daemon-reload"), fault=fault, goes_on=True)


def _start(found: Found, parts: list[str]) -> Iterator[Step]:
    """A part that does not come up keeps no other from starting."""
    for part in parts:
        unit = units.name(part)
        fault = f"{unit} does not come up; `journalctl -u {unit} -n 20` says why."
        if found.runs_before:
            fault += f" Go back to the former release: {BACK.format(units=_names(found))}."
        start = ("systemctl", "enable", "--now", unit)
        yield Run(line=start, fault=fault, goes_on=True, says=f"Starting {unit}")


def _names(found: Found) -> str:
    return " ".join(units.name(part) for part in units.PARTS if part in found.parts)


def _unharmed(found: Found) -> str:
    return "; what ran before still runs." if found.runs_before else "; nothing was started."


def _new(module: str, *words: str) -> tuple[str, ...]:
    """`-P`: a folder of that name where we stand is not ours."""
    return (f"{NEW}/bin/python", "-P", "-m", module, *words)


def _stop_for_good(found: Found) -> Iterator[Step]:
    for part in reversed([part for part in units.PARTS if part in found.parts]):
        unit = units.name(part)
        line, fault = ("systemctl", "disable", "--now", unit), f"{unit} could not be stopped."
        yield Run(line=line, fault=fault, goes_on=True, says=f"Stopping {unit}")
        yield Remove(path=UNITS / unit)
    yield Run(line=("systemctl", "daemon-reload"), fault="systemd does not reload its units.")


def _clear(found: Found) -> Iterator[Step]:
    if found.command_is_ours:
        yield Remove(path=COMMAND)
    for path in (NEW, OLD):
        yield Remove(path=path)
    yield Remove(path=PROGRAM, says=f"Removing {PROGRAM}")


def _purge(found: Found) -> Iterator[Step]:
    says = f"Removing settings and history, {SETTINGS} and {STATE}"
    for path, words in ((SETTINGS, says), (STATE, "")):
        yield Remove(path=path, says=words)
    if found.has_user:
        fault = f"The user {USER} could not be removed."
        yield Run(line=("userdel", USER), fault=fault, says=f"Removing the user {USER}")
