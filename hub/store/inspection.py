"""A database seen from outside the hub: for commands that check, copy and put back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from contract.errors import InputError, UnavailableError
from hub.store import files
from hub.store.schema import refuse_newer, schema_of


def load() -> None:
    """Load all that reads a database, before root gives up its rights to our own program."""
    engine = create_engine("sqlite://")
    engine.connect().close()
    engine.dispose()


def schema(path: Path) -> str | None:
    """Return the schema of a database, None where there is none.

    Raises:
        InputError: It is of a newer Soribit.
        UnavailableError: It cannot be read.
    """
    if not path.exists():
        return None
    with _read(path) as connection:
        found = schema_of(connection)
    refuse_newer(found, path)
    return found


def copy_out(path: Path, target: Path) -> None:
    """Copy a database that the hub may be using.

    Raises:
        UnavailableError: It cannot be read, or there is no room.
    """
    try:
        files.copy(path, target)
    except DBAPIError as error:
        raise UnavailableError(f"{path.name} cannot be copied: {error.orig}") from error


def verify(path: Path) -> None:
    """Make sure that a database is whole and of a schema that we know.

    Raises:
        InputError: It is not.
    """
    try:
        with _read(path) as connection:
            found = schema_of(connection)
            first = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except UnavailableError as error:
        raise InputError(str(error)) from error
    refuse_newer(found, path)
    if found is None or first != "ok":
        raise InputError(f"{path.name} is damaged, or no history of Soribit's")


def is_in_use(path: Path) -> bool:
    """Tell whether another program has a database open."""
    if not path.exists():
        return False
    try:
        with files.opened(path) as engine, engine.connect() as connection:
            # In WAL mode an exclusive transaction alone would suffer others beside it.
            connection.exec_driver_sql("PRAGMA locking_mode = EXCLUSIVE")
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
    except OperationalError:
        return True
    except DBAPIError:  # a broken one is nobody's
        return False
    return False


@contextmanager
def _read(path: Path) -> Iterator[Connection]:
    try:
        with files.opened(path) as engine, engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise UnavailableError(f"{path.name} cannot be read: {error.orig}") from error
