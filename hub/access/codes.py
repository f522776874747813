"""One-time codes: eight digits that let one browser in, within an hour, kept hashed on disk."""

import hashlib
import hmac
import secrets
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from hub.access.folder import PageFolder

DIGITS = 8
LIFE_S = 3600.0
WRONG_TRIES = 10
"""With 10^8 codes a guesser has one chance in ten million before the code dies."""
SALT_BYTES = 16

_FILE = "code"
_LARGEST = 10**DIGITS


class _Kept(msgspec.Struct, frozen=True):
    """What stands on disk of a code."""

    boot: str
    """Which start of the machine `until_s` belongs to."""
    until_s: float
    salt: bytes
    digest: bytes
    wrong: int = 0


_SPENT = _Kept(boot="", until_s=0.0, salt=bytes(SALT_BYTES), digest=bytes(64))
"""No code has this digest: it stands for none, so that every try is one search and one write."""


class Codes:
    """The one code that is good at a time; hub and command share it through the page's folder."""

    def __init__(self, folder: PageFolder, mono_s: Callable[[], float], *, boot: str) -> None:
        """Work on a folder.

        Args:
            folder: Where the code is kept.
            mono_s: The machine's monotonic clock, the same in every process.
            boot: Names this start of the machine, since when that clock runs.
        """
        self._folder, self._mono_s, self._boot = folder, mono_s, boot

    def make(self) -> str:
        """Return a new code, "48210937"; the one before is worth nothing from now on.

        Raises:
            UnavailableError: It cannot be kept.
        """
        code = f"{secrets.randbelow(_LARGEST):0{DIGITS}d}"
        salt = secrets.token_bytes(SALT_BYTES)
        kept = _Kept(self._boot, self._mono_s() + LIFE_S, salt, _digest(code, salt))
        with self._folder.alone():
            self._keep(kept)
        return code

    def take(self, given: str) -> bool:
        """Tell whether a code is the right one, and use it up.

        A wrong, a dead and a used one take the same time, and nobody learns which it was.

        Args:
            given: Eight digits.

        Raises:
            UnavailableError: A try cannot be counted, so none is allowed.
        """
        with self._folder.alone():
            kept = self._read()
            right = hmac.compare_digest(_digest(given, kept.salt), kept.digest)
            spent = right or kept.wrong + 1 >= WRONG_TRIES
            self._keep(_SPENT if spent else replace(kept, wrong=kept.wrong + 1))
            return right

    def _read(self) -> _Kept:
        """The code that is good now; without one, what no code fits."""
        try:
            kept = msgspec.json.decode(self._folder.read(_FILE), type=_Kept)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _SPENT
        return kept if kept.boot == self._boot and self._mono_s() < kept.until_s else _SPENT

    def _keep(self, kept: _Kept) -> None:
        self._folder.write(_FILE, msgspec.json.encode(kept))


def _digest(code: str, salt: bytes) -> bytes:
    """16 MB and tens of ms a try: a stolen file takes weeks to search, a code lives an hour."""
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1)
