"""The suite runs what it holds: a test that nobody collects would be green for ever."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEFT_OUT = () if find_spec("tensorflow") else ("tests/training",)


def written() -> set[str]:
    """Every `file::test` under tests/, whatever the file or a class around it is called."""
    return {
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in (ROOT / "tests").rglob("*.py")
        if not str(path.relative_to(ROOT)).startswith(LEFT_OUT)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    }


@pytest.mark.timeout(300)
def test_every_test_that_is_written_is_collected() -> None:
    ignored = [f"--ignore={folder}" for folder in LEFT_OUT]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "-m",
            "",
            "-p",
            "no:randomly",
            *ignored,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    ids = [line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line]
    collected = {f"{name.partition('::')[0]}::{name.rpartition('::')[2]}" for name in ids}
    assert written() - collected == set(), done.stdout[-2000:]
    assert collected


def test_no_test_folder_is_a_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
