"""The schema of the database: which it is, whether we know it, and the way to the newest."""

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from contract.errors import InputError
from hub.store.files import STAMP, copies, copy_before_upgrade

MIGRATIONS = Path(__file__).parent / "migrations"
SHOWN_CHARACTERS = 12
"""Of a schema's number that we do not know."""


def upgrade(engine: Engine, path: Path) -> None:
    """Bring a database to the newest schema, one transaction a step, after copying it.

    Args:
        engine: The database.
        path: Where it is; a copy of what already holds something goes beside it.

    Raises:
        InputError: It is of a newer Soribit.
        UnavailableError: The copy cannot be made; nothing has changed.
        SQLAlchemyError: A step failed; the steps before it stand.
    """
    with engine.connect() as connection:
        present = schema_of(connection)
    refuse_newer(present, path)
    steps = _steps_from(present)
    if steps and present:
        stamp = datetime.now(UTC).strftime(STAMP)
        copy_before_upgrade(path, schema=steps[-1], stamp=stamp)
    for revision in steps:
        with engine.begin() as connection:
            _take(connection, revision)


def newest() -> str:
    """Return the newest schema that this program knows."""
    return known()[-1]


def known() -> list[str]:
    """Return every schema that this program knows, oldest first."""
    return _steps_from(None)


def schema_of(connection: Connection) -> str | None:
    """Return a database's schema, None where it has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
    return max((str(version) for version in versions), default=None)


def refuse_newer(schema: str | None, path: Path) -> None:
    """Make sure that we know a database's schema.

    Raises:
        InputError: We do not; the text says what to do.
    """
    if schema is None or schema in known():
        return
    kept = [copied.name for copied in copies(path)]
    ways = f"or put back the copy {kept[-1]}" if kept else "or move the file away"
    raise InputError(
        f"{path.name} is of a newer Soribit (schema {schema[:SHOWN_CHARACTERS]}, "
        f"this one knows {newest()}): install that version again, {ways}"
    )


def _steps_from(present: str | None) -> list[str]:
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    revisions = [script.revision for script in scripts][::-1]
    return revisions[revisions.index(present) + 1 :] if present else revisions


def _take(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
