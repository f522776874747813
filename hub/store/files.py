"""The database as a file on disk: damaged or not, copied whole, set aside."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from contract.errors import UnavailableError
from hub import placing

DAMAGED = {11, 26}
"""SQLITE_CORRUPT, SQLITE_NOTADB: https://www.sqlite.org/rescode.html."""
COPIES_KEPT = 3
BUSY_S = 2.0
"""How long a command waits while another program writes."""
STAMP = "%Y%m%dT%H%M%SZ"
"""How a time stands in the name of a file, UTC."""


def is_damaged(error: DBAPIError) -> bool:
    """Tell whether the file itself is broken, so that waiting does not help."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def set_aside(path: Path, stamp: str, *, why: str = "damaged") -> Path:
    """Move a database out of the way, with what SQLite keeps beside it.

    Args:
        path: The database.
        stamp: Makes the new name unique, a time.
        why: Stands in the new name.

    Returns:
        Where it is now.
    """
    aside = path.with_name(f"{path.name}.{why}-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


@contextmanager
def opened(path: Path) -> Iterator[Engine]:
    """Open a database that exists; nothing is made, upgraded or kept open."""
    address = f"sqlite:///file:{quote(str(path))}?mode=rw&uri=true"
    arguments = {"timeout": BUSY_S, "isolation_level": None}
    engine = create_engine(address, poolclass=NullPool, connect_args=arguments)
    try:
        yield engine
    finally:
        engine.dispose()


def copy(path: Path, target: Path, *, mode: int = 0o600) -> None:
    """Write a consistent copy of a database that may be in use; whole on disk, or not there.

    Args:
        path: The database.
        target: Where to; what is there is replaced.
        mode: The copy's permissions.

    Raises:
        SQLAlchemyError: The database cannot be read, or there is no room.
        OSError: The target cannot be written.
    """
    begun = target.with_name(f"{target.name}.part")
    begun.unlink(missing_ok=True)
    begun.touch(mode=0o600)
    try:
        with opened(path) as engine, engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(begun),))
        begun.chmod(mode)
        placing.to_disk(begun)
        begun.replace(target)
    except BaseException:
        begun.unlink(missing_ok=True)
        raise
    placing.names_to_disk(target.parent)


def copy_before_upgrade(path: Path, *, schema: str, stamp: str) -> Path:
    """Copy a database beside itself before its schema changes; the newest three copies stay.

    A copy that an earlier try has made is good while nothing was written since.

    Args:
        path: The database.
        schema: The schema that it is to get.
        stamp: The time, as `STAMP`.

    Returns:
        The copy.

    Raises:
        UnavailableError: It cannot be made; the schema must stay as it is.
        DBAPIError: The database is damaged.
    """
    made = _fresh_copy(path, schema)
    if made is None:
        made = path.with_name(f"{path.name}.before-{schema}-{stamp}")
        _copy_beside(path, made)
    others = [earlier for earlier in copies(path) if earlier != made]
    for old in others[: -(COPIES_KEPT - 1)]:
        old.unlink(missing_ok=True)
    return made


def copies(path: Path) -> list[Path]:
    """Return the copies made before upgrades, oldest first."""
    found = path.parent.glob(f"{path.name}.before-[0-9]*")
    return sorted(copied for copied in found if copied.suffix != ".part")


def _copy_beside(path: Path, target: Path) -> None:
    try:
        _find_room(path)
        copy(path, target, mode=stat.S_IMODE(path.stat().st_mode))
    except (DBAPIError, OSError) as error:
        if isinstance(error, DBAPIError) and is_damaged(error):
            raise
        reason = error.orig if isinstance(error, DBAPIError) else error.strerror
        raise UnavailableError(
            f"{path.name} waits for its upgrade: the copy before it cannot be made "
            f"({reason}); free some space on its disk"
        ) from error


def _find_room(path: Path) -> None:
    """Look before a copy is begun: one in vain each second wears a card, and fills it for all."""
    needed_bytes = sum(part.stat().st_size for part in _written(path))
    if shutil.disk_usage(path.parent).free < needed_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _written(path: Path) -> list[Path]:
    """Return the files that hold a database's content."""
    log = path.with_name(f"{path.name}-wal")  # opening makes an empty one
    return [path, log] if log.exists() and log.stat().st_size else [path]


def _fresh_copy(path: Path, schema: str) -> Path | None:
    changed_ns = max(part.stat().st_mtime_ns for part in _written(path))
    made = path.parent.glob(f"{path.name}.before-{schema}-*Z")
    return next((copied for copied in made if copied.stat().st_mtime_ns >= changed_ns), None)
