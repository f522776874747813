"""One at a time: locks an open file or folder, and finds out who holds it."""

import fcntl
import os
import time
from pathlib import Path

PAUSE_S = 0.05

_LOCKS = Path("/proc/locks")


def take(opened: int, *, within_s: float) -> bool:
    """Lock a file or folder until its descriptor is closed; others wait meanwhile.

    Args:
        opened: Its descriptor.
        within_s: How long to wait for others.

    Returns:
        Whether it is ours now.
    """
    until_s = time.monotonic() + within_s
    while not _lock(opened):
        if time.monotonic() > until_s:
            return False
        time.sleep(PAUSE_S)
    return True


def holder(opened: int) -> int | None:
    """Return the process that holds it, None where the kernel does not show it."""
    try:
        locks = _LOCKS.read_text(encoding="ascii")
    except OSError:
        return None
    about = os.fstat(opened)
    return holder_in(locks, device=about.st_dev, inode=about.st_ino)


def holder_in(locks: str, *, device: int, inode: int) -> int | None:
    """Return who holds a lock of flock(2) in a text of the form of /proc/locks, see proc(5)."""
    place = f"{os.major(device):02x}:{os.minor(device):02x}:{inode}"
    for line in locks.splitlines():
        _, kind, _, _, process, where, *_ = line.split()
        if (kind, where) == ("FLOCK", place) and int(process) > 0:  # 0: of another container
            return int(process)
    return None


def _lock(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
