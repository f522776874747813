"""Files that only their owner may read, written whole or not at all."""

import os
import secrets
from pathlib import Path

PASSWORD_BYTES = 32
"""256 bits: nobody guesses them, and a plain hash protects them (hub/broker_accounts)."""


def write(path: Path, content: str | bytes, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all.

    It belongs to whom the former file or else its folder belongs to: what root writes stays
    readable for the service's user.

    Args:
        path: The file; it is replaced.
        content: What it shall hold.
        mode: Who may read it.
    """
    owner = (path if path.exists() else path.parent).stat()
    begun = path.with_name(f"{path.name}.new")
    begun.unlink(missing_ok=True)
    descriptor = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if os.geteuid() == 0:
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            os.fchmod(descriptor, mode)
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(descriptor)
        begun.replace(path)
    except OSError:
        begun.unlink(missing_ok=True)
        raise


def make_folder(path: Path) -> None:
    """Make a folder, where it is missing, that only the owner of the folder around it enters."""
    if path.is_dir():
        return
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def make_password(path: Path) -> str:
    """Write a new random password into a file, and return it."""
    make_folder(path.parent)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    write(path, f"{password}\n")
    return password
