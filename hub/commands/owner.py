"""Lets root work in a home's state folder as the folder's owner: a link there leads nowhere new."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def as_owner(folder: Path) -> Iterator[None]:
    """Do what follows with the rights of a folder's owner, where root does it.

    What root makes is then the hub's, and whoever got hold of the hub can plant neither a link nor
    a process number that lets root write or end what is not the hub's.

    Args:
        folder: It need not be there yet; the nearest one around it then counts.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    owner, groups = there.stat(), os.getgroups()
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    os.setgroups([])
    os.setresgid(owner.st_gid, owner.st_gid, 0)
    os.setresuid(owner.st_uid, owner.st_uid, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)
