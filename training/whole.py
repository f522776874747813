"""Files that are there whole, or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from contract.errors import InputError

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Write a file aside and put it in place when it is on the disk.

    Several machines may write into one folder: none takes another's unfinished file.

    Args:
        path: The file; it is replaced.

    Raises:
        InputError: The disk is full; nothing half is left.
    """
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with aside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise InputError(
            f"{path}: {error.strerror} while it was written; make room and run it again, what is"
            " finished is kept"
        ) from error
    finally:
        aside.unlink(missing_ok=True)
