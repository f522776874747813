"""Which parts of Soribit are installed, and how to start one as a process of its own."""

import os
import sys
import sysconfig
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from contract.errors import InputError
from contract.process import advice

Needs = Mapping[str, tuple[tuple[str, ...], ...]]

NEEDS: Needs = {
    "hub": (("flask",), ("cheroot",), ("sqlalchemy",)),
    "node": (("numpy",), ("soundfile",), ("soxr",), ("ai_edge_litert", "tflite_runtime")),
    "training": (("tensorflow",), ("librosa",)),
}
"""What each extra brings, by import name; one of each group must be there."""

_ROOT = Path(__file__).parents[1]


def is_installed(part: str, needs: Needs = NEEDS) -> bool:
    """Tell whether a part's extra is installed, without importing anything."""
    return all(any(find_spec(name) for name in group) for group in needs[part])


def require(part: str, needs: Needs = NEEDS) -> None:
    """Make sure that a part can run.

    Raises:
        InputError: Its extra is missing.
    """
    if not is_installed(part, needs):
        raise InputError(f"this needs the {part} part, which is not installed; {advice(part)}")


def command_line(part: str, *arguments: str) -> list[str]:
    """Return what starts a part. `-P`: a `hub` or `node` in the working folder is not ours."""
    return [sys.executable, "-P", "-m", part, *arguments]


def environment(part: str, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment that a part runs in, in which what is given keeps its say."""
    given = dict(given)
    if Path(sysconfig.get_path("purelib")) != _ROOT:  # a checkout, perhaps not installed
        given["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), given.get("PYTHONPATH")]))
    if part == "node":
        # OpenBLAS would start a thread and a buffer a core; a node's arrays are small.
        given.setdefault("OPENBLAS_NUM_THREADS", "1")
    return given
