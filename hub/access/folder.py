"""The page's own files in the state folder, each written whole and readable by one user alone."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract import private_file
from contract.errors import UnavailableError

KEY_BYTES = 32
"""256 bits: what signs the cookies of phones for a year must not be guessed."""

_KEY, _ADDRESS, _LOCK = "key", "address", "lock"


class PageFolder:
    """`<state>/page`, shared by the hub and `soribit hub code`."""

    def __init__(self, state: Path) -> None:
        self._path = state / "page"

    def key(self) -> bytes:
        """Return what signs the cookies; the first call makes it.

        Raises:
            UnavailableError: It cannot be read or made.
        """
        if key := self._whole_key():
            return key
        with self.alone():
            return self._whole_key() or self._new_key()

    def sign_out_all(self) -> None:
        """Make a new key: no browser that was let in before stays in.

        Raises:
            UnavailableError: It cannot be written.
        """
        with self.alone():
            self._new_key()

    def address(self) -> str:
        """Return where the page is open to the home network, "" where it is not."""
        return self.read(_ADDRESS).decode(errors="replace")

    def note_address(self, address: str) -> None:
        """Keep where the page is open, for `soribit hub code`; "" says that it is not.

        Raises:
            UnavailableError: It cannot be written.
        """
        if address:
            self.write(_ADDRESS, address.encode())
        else:
            self.remove(_ADDRESS)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other thread and process out until the context ends.

        Raises:
            UnavailableError: The folder cannot be used.
        """
        with self._reasons():
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def read(self, name: str) -> bytes:
        """Return a file's content, b"" where there is none.

        Raises:
            UnavailableError: It cannot be read.
        """
        with self._reasons():
            try:
                return (self._path / name).read_bytes()
            except FileNotFoundError:
                return b""

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all, for our user alone.

        Raises:
            UnavailableError: It cannot be written.
        """
        with self._reasons():
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            private_file.write(self._path / name, content)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises:
            UnavailableError: It cannot be removed.
        """
        with self._reasons():
            (self._path / name).unlink(missing_ok=True)

    def _whole_key(self) -> bytes:
        """The key, b"" where there is none or it was damaged."""
        key = self.read(_KEY)
        return key if len(key) == KEY_BYTES else b""

    def _new_key(self) -> bytes:
        key = secrets.token_bytes(KEY_BYTES)
        self.write(_KEY, key)
        return key

    @contextmanager
    def _reasons(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"{self._path} cannot be used: {error.strerror}; its disk must have space, and its "
                "owner must be the user who asks"
            ) from error
