"""Does the steps to this machine; the thin end of an installation."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from grp import getgrnam
from pathlib import Path
from pwd import getpwnam

from contract import private_file
from contract.errors import InputError, UnavailableError
from soribit.service.steps import (
    File,
    Folder,
    Link,
    Rehome,
    Remove,
    Rename,
    Run,
    Secret,
    Step,
)

Say = Callable[[str], None]

WORDS_KEPT = 400
"""Of what a program said when it failed."""


def do(steps: Iterable[Step], say: Say) -> None:
    """Do steps in order, each said before.

    Raises:
        InputError: A person's own settings have faults.
        UnavailableError: Another program failed. Where the others could go on, they have.
    """
    faults = []
    for step in steps:
        if step.says:
            say(step.says)
        try:
            _do(step)
        except UnavailableError as fault:
            if not (isinstance(step, Run) and step.goes_on):
                raise
            faults.append(str(fault))
        except OSError as error:
            where = error.filename or step
            raise UnavailableError(
                f"{where}: {error.strerror}; nothing after this was done, "
                "and `systemctl status 'soribit-*'` shows what runs"
            ) from error
    if faults:
        raise UnavailableError("\n".join(faults))


def _do(step: Step) -> None:  # noqa: C901  # one case a kind of step
    match step:
        case Run():
            _run(step)
        case Folder():
            _have(step)
        case File():
            private_file.write(step.path, step.text, mode=step.mode)
        case Secret():
            if not os.path.lexists(step.path):
                private_file.make_password(step.path)
        case Rename():
            step.path.replace(step.to)
        case Remove():
            _remove(step.path)
        case Link():
            step.path.unlink(missing_ok=True)
            step.path.symlink_to(step.to)
        case Rehome():
            _rehome(step)


def _run(step: Run) -> None:
    """Run a program, quietly: what it says is told when it fails."""
    try:
        done = subprocess.run(  # noqa: S603  # the plan's own lines
            step.line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
            check=False,
        )
        code, words = done.returncode, done.stdout
    except OSError as error:
        code, words = 1, f"{step.line[0]}: {error.strerror}"
    if code:
        last = " ".join(words.split())[-WORDS_KEPT:]
        kind = InputError if step.yours else UnavailableError
        raise kind(f"{step.fault} It said: {last or 'nothing'}")


def _have(step: Folder) -> None:
    """Make a folder; the one around it may be another user's, who must not mislead us by a link."""
    step.path.mkdir(mode=step.mode, parents=True, exist_ok=True)
    is_roots = not step.path.parent.stat().st_uid
    folder = os.open(step.path, os.O_DIRECTORY | (0 if is_roots else os.O_NOFOLLOW))
    try:
        os.fchown(folder, getpwnam(step.owner).pw_uid, getgrnam(step.group).gr_gid)
        os.fchmod(folder, step.mode)
    finally:
        os.close(folder)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _rehome(step: Rehome) -> None:
    """Console scripts begin with the path of their Python; the activate scripts hold it too."""
    was, becomes = os.fsencode(step.folder), os.fsencode(step.to)
    for path in (step.folder / "bin").iterdir():
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if was in content and b"\0" not in content:
            path.write_bytes(content.replace(was, becomes))
