import subprocess
import sys
from pathlib import Path

import pytest

from soribit import support
from tests.real import ROOT

PI = {
    "system": "Linux",
    "machine": "aarch64",
    "bits": "64",
    "libc": "glibc 2.36",
    "python": "3.11",
}
"""A Raspberry Pi with Debian 12."""


def refusal(**differs: str) -> str:
    facts = PI | differs
    return support.refusal(
        system=facts["system"],
        machine=facts["machine"],
        bits=int(facts["bits"]),
        libc=facts["libc"],
        python=facts["python"],
    )


@pytest.mark.parametrize(
    "differs",
    [
        {},
        {"machine": "x86_64"},
        {"python": "3.13", "libc": "glibc 2.41"},
        {"python": "3.14"},
        {"machine": "armv7l", "bits": "32"},
    ],
)
def test_system_that_soribit_runs_on_is_not_refused(differs: dict[str, str]) -> None:
    assert refusal(**differs) == ""


@pytest.mark.parametrize(
    ("differs", "named"),
    [
        ({"system": "Darwin"}, "Darwin"),
        ({"machine": "armv6l", "bits": "32"}, "32-bit Python 3.11 on armv6l"),
        ({"machine": "armv7l", "bits": "32", "python": "3.13"}, "32-bit Python 3.13 on armv7l"),
        ({"bits": "32"}, "32-bit Python 3.11 on aarch64"),
        ({"libc": ""}, "glibc"),
        ({"libc": "glibc 2.31", "python": "3.9"}, "glibc 2.31"),
        ({"python": "3.10"}, "Python 3.10"),
        ({"python": "2.7"}, "Python 2.7"),
    ],
)
def test_unsupported_system_gets_one_sentence_with_a_way_out(
    differs: dict[str, str], named: str
) -> None:
    said = refusal(**differs)
    assert named in said
    assert said.endswith("use Raspberry Pi OS (64-bit), or Debian 12 or 13.")
    assert len(said.splitlines()) == 1


def test_python_that_is_newer_than_the_tested_ones_is_warned_of() -> None:
    assert support.warning(python="3.13") == ""
    assert "3.14" in support.warning(python="3.14")


def test_this_machine_is_looked_at_without_anything_of_ours() -> None:
    line = [sys.executable, "-I", "-S", str(ROOT / "soribit/support.py")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def pythons() -> list[Path]:
    """Older Pythons that are at hand; which they are differs from machine to machine."""
    return sorted(Path.home().glob(".pyenv/versions/3.[6-9].*/bin/python"))


@pytest.mark.parametrize("python", pythons() or [None])
def test_old_python_gets_the_sentence_and_no_traceback(python: Path | None) -> None:
    if python is None:
        pytest.skip("no older Python is at hand")
    line = [str(python), str(ROOT / "soribit/support.py")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Soribit needs Python 3.11 or newer")
    assert len(done.stderr.splitlines()) == 1
