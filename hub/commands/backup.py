"""Commands that put a home into one file, and back from it."""

import argparse
import fcntl
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from contract import settings as files
from contract.clock import rfc3339
from contract.errors import EXIT_OK, InputError, SettingsError, UnavailableError
from contract.places import SETTINGS_FOLDER, settings_file, state_folder
from contract.process import version
from hub import archive, placing
from hub.archive import DATABASE, HUB, NODE
from hub.commands.given import Commands
from hub.commands.owner import as_owner
from hub.settings import HubSettings

SECRET_FOLDERS = ("secrets", "page")
HUB_PID = "hub.pid"
WORDS = {HUB: "the hub's settings", NODE: "a node's settings", DATABASE: "the history"}
_PASSWORD = re.compile(r"^[ \t#]*(broker\.)?password[ \t]*=.*\n?", re.MULTILINE)
"""A line that somebody has commented out holds a secret all the same."""


class Home(Struct, frozen=True):
    """Where the parts of a home are on this machine."""

    hub_toml: Path
    node_toml: Path
    state: Path

    def rights(self, place: Path) -> AbstractContextManager[None]:
        """Work at a place with the rights of who owns the state folder, else the place's own.

        Folders in the state folder say nothing of whose they are: they may be links.
        """
        return as_owner(self.state if place.is_relative_to(self.state) else place.parent)


def add(commands: Commands) -> None:
    """Add the commands."""
    save = commands.add_parser("backup", help="put settings and history into one file")
    save.add_argument("file", type=Path, help="the backup, a zip file that you alone may read")
    save.add_argument("--secrets", action="store_true", help="put passwords and keys in, too")
    save.add_argument("--force", action="store_true", help="replace the file if it is there")
    save.set_defaults(do=_backup)
    back = commands.add_parser("restore", help="put back what a backup holds; the hub must be off")
    back.add_argument("file", type=Path, help="the backup")
    back.set_defaults(do=_restore)
    for command in (save, back):
        command.add_argument("--config", type=Path, help="the hub's settings")
        command.add_argument("--node-config", type=Path, help="the settings of a node here")
        command.add_argument("--state", type=Path, help="state folder")


def _backup(arguments: argparse.Namespace) -> int:
    from hub.store import inspection  # noqa: PLC0415  # --help needs no database

    _refuse_missing(arguments.config, arguments.node_config)
    home, target = _home(arguments, ""), arguments.file.absolute()
    if target.exists() and not arguments.force:
        raise InputError(f"{target}: is there already; choose another name, or add --force")
    if not target.parent.is_dir():
        raise InputError(f"{target}: there is no folder {target.parent}")
    members: dict[str, archive.Content] = {
        name: _settings(path, secrets=arguments.secrets)
        for name, path in ((HUB, home.hub_toml), (NODE, home.node_toml))
        if path.exists()
    }
    if arguments.secrets:
        members |= _secrets(home)
    _refuse_links(home.state / DATABASE, home.state)
    schema = inspection.schema(home.state / DATABASE)
    with tempfile.TemporaryDirectory(prefix=".soribit-", dir=target.parent) as folder:
        if schema:
            copied = Path(folder) / DATABASE
            inspection.copy_out(home.state / DATABASE, copied)
            members[DATABASE] = copied
        if not members:
            raise InputError(f"there is nothing to back up in {home.hub_toml} and {home.state}")
        made = datetime.now(UTC).timestamp()
        manifest = archive.Manifest(
            soribit=version(),
            schema=schema or "",
            made_at=rfc3339(made),
            secrets=arguments.secrets,
        )
        archive.write(target, manifest, members)
    print(f"{target} holds:")
    _tell(list(members), secrets=arguments.secrets)
    if not schema:
        print(
            f"  no history: there is none in {home.state}; --state names another", file=sys.stderr
        )
    return EXIT_OK


def _refuse_missing(*named: Path | None) -> None:
    for path in named:
        if path and not path.exists():
            raise InputError(f"{path}: is not there, so no backup was made; check the path")


def _restore(arguments: argparse.Namespace) -> int:
    from hub.store import inspection  # noqa: PLC0415

    inspection.load()
    with archive.opened(arguments.file) as backup, ExitStack() as cleaning:
        home = _home(arguments, backup.text(HUB))
        with home.rights(home.state), _told(home.state):
            _refuse_running(home.state)
        ready = [_made_ready(backup, name, home, cleaning) for name in backup.names]
        settings = _checked({file.place: file.begun for file in ready}, home)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        kept = placing.put(ready, stamp, home.rights)
        manifest, names = backup.manifest, backup.names
    print(f"Restored what Soribit {manifest.soribit} saved on {manifest.made_at}:")
    _tell(names, secrets=manifest.secrets)
    print(f"  settings are in {home.hub_toml.parent}, all else in {home.state}")
    for path in kept:
        print(f"  what was there before: {path}")
    _tell_missing(settings)
    return EXIT_OK


def _home(arguments: argparse.Namespace, archived: str) -> Home:
    """Find a home: as told, as installed, else as the backup says."""
    folder = SETTINGS_FOLDER if SETTINGS_FOLDER.is_dir() else None
    hub_toml = settings_file("hub", arguments.config)
    present = _text(hub_toml) if hub_toml else ""
    state = state_folder(arguments.state, _state_in(present), _state_in(archived))
    hub_toml = hub_toml or (folder or state) / HUB
    node_toml = settings_file("node", arguments.node_config) or hub_toml.with_name(NODE)
    return Home(hub_toml.absolute(), node_toml.absolute(), state)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):  # whoever needs what is in it says so
        return ""


def _state_in(text: str) -> str | None:
    try:
        state = tomllib.loads(text).get("state")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    return state if isinstance(state, str) and "\0" not in state else None


def _settings(path: Path, *, secrets: bool) -> str:
    """Return a settings file; without secrets a password that stands in it is left out."""
    try:
        text = path.read_text(encoding="utf-8")
        bare = text if secrets else _PASSWORD.sub("", text)
        broker = tomllib.loads(bare).get("broker", {})
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); try with sudo") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not TOML ({error}); mend it first") from error
    if not secrets and isinstance(broker, dict) and "password" in broker:
        raise InputError(f"{path}: holds a password; add --secrets, or move it into a file")
    return bare


def _secrets(home: Home) -> dict[str, bytes]:
    """Read passwords and keys, with the rights of their owner alone: links may be among them."""
    state = home.state
    try:
        with home.rights(state / DATABASE):
            found = [path for folder in SECRET_FOLDERS for path in (state / folder).rglob("*")]
            plain = [path for path in sorted(found) if path.is_file() and not path.is_symlink()]
            named = {f"state/{path.relative_to(state)}": path for path in plain}
            return {
                name: path.read_bytes()
                for name, path in named.items()
                if archive.STATE.fullmatch(name) and ".before-restore-" not in name
            }
    except OSError as error:
        raise UnavailableError(
            f"{error.filename}: cannot be read ({error.strerror}); there is no backup"
        ) from error


def _refuse_running(state: Path) -> None:
    """Make sure that no hub runs: it would write into what is put aside."""
    from hub.store import inspection  # noqa: PLC0415

    _refuse_links(state / DATABASE, state)
    if _is_held(state / HUB_PID) or inspection.is_in_use(state / DATABASE):
        raise InputError(
            f"the hub of {state} runs; stop it first (sudo systemctl stop soribit-hub, "
            "or end `soribit up`)"
        )


def _is_held(pid_file: Path) -> bool:
    """Tell whether the process that wrote a pid file lives: it holds the file locked."""
    try:
        asked = os.open(pid_file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(asked, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(asked)
    return False


def _made_ready(
    backup: archive.Archive, name: str, home: Home, cleaning: ExitStack
) -> placing.Placed:
    """Unpack one member beside its place."""
    places = {HUB: home.hub_toml, NODE: home.node_toml, DATABASE: home.state / DATABASE}
    place = places.get(name) or home.state / name.removeprefix("state/")
    with home.rights(place), _told(home.state):
        _refuse_links(place, home.state)
        begun = placing.beside(place)
        begun.unlink(missing_ok=True)
        cleaning.callback(_remove, begun, home)
        backup.extract(name, begun)
    return placing.Placed(begun, place, 0o640 if name in (HUB, NODE) else 0o600)


def _refuse_links(place: Path, state: Path) -> None:
    """Make sure that a place is where its name says; the state folder itself may be elsewhere."""
    inside = [path for path in (*reversed(place.parents), place) if state in path.parents]
    for path in inside or [place.parent]:
        if path != state and path.is_symlink():
            raise InputError(f"{path}: is a link; put what it leads to in its place")


@contextmanager
def _told(state: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{error.filename}: cannot be written ({error.strerror}); nothing was restored: try "
            f"with sudo, or let {state} and all in it belong to one user"
        ) from error


def _remove(begun: Path, home: Home) -> None:
    with home.rights(begun):
        begun.unlink(missing_ok=True)


def _checked(begun: dict[Path, Path], home: Home) -> HubSettings:
    """Check what was unpacked before anything is replaced."""
    from hub.store import inspection  # noqa: PLC0415

    database = begun.get(home.state / DATABASE)
    if database:
        with home.rights(database):
            inspection.verify(database)
    node = begun.get(home.node_toml)
    if node:
        with home.rights(node):
            _settings(node, secrets=True)
    hub = begun.get(home.hub_toml)
    if hub is None:
        return HubSettings()
    try:
        with home.rights(hub):
            return files.load(hub, HubSettings)
    except SettingsError as error:
        faults = [fault.replace(str(hub), f"{HUB} in the backup") for fault in error.faults]
        raise SettingsError(faults) from error


def _tell(names: list[str], *, secrets: bool) -> None:
    for name, words in WORDS.items():
        if name in names:
            print(f"  {words} ({name})")
    hidden = sum(name.startswith("state/") for name in names)
    if secrets:
        print(f"  passwords and keys ({hidden} files): keep it where only you can read it")
    else:
        print("  no passwords and no keys; --secrets would put them in")


def _tell_missing(settings: HubSettings) -> None:
    """Say which accounts need new passwords."""
    for name, account in settings.accounts.items():
        if not Path(account.password_file).exists():
            way = (
                f"make a new one: soribit hub add-node {name} --again"
                if account.role == "node"
                else f"write one into {account.password_file}"
            )
            print(f"  account {name} has no password here; {way}", file=sys.stderr)
