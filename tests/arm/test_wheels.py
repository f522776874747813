"""Every extra can be had as wheels for a Raspberry Pi: nobody compiles on one."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.arm.tree import foreign_pip
from tests.real import ROOT

pytestmark = [pytest.mark.arm, pytest.mark.timeout(600)]

PYTHONS = ("3.11", "3.13")
"""Debian 12's and Debian 13's."""
RUNTIME_32 = "tflite-runtime"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = sorted(set(PROJECT["optional-dependencies"]) - {"dev"})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps"]
    subprocess.run([*build, "-w", str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("soribit-*.whl")
    return built


def resolved(machine: str, python: str, folder: Path, *what: str) -> set[str]:
    """The packages that a machine gets, by name.

    `pip install --dry-run` does not do: it compares what a package requires of Python with the one
    that pip runs on.
    """
    done = foreign_pip(machine, python, "download", "--quiet", "--dest", str(folder), *what)
    assert done.returncode == 0, f"{machine}, Python {python}: {done.stderr[-2000:]}"
    return {path.name.partition("-")[0].lower() for path in folder.iterdir()}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("extra", EXTRAS)
def test_every_extra_resolves_to_wheels_for_64_bit(
    wheel: Path, extra: str, python: str, tmp_path: Path
) -> None:
    got = resolved("aarch64", python, tmp_path, f"{wheel}[{extra}]")
    assert {"soribit", "msgspec", "paho_mqtt"} < got


def test_64_bit_gets_the_maintained_runtime(wheel: Path, tmp_path: Path) -> None:
    got = resolved("aarch64", "3.13", tmp_path, f"{wheel}[node]")
    assert "ai_edge_litert" in got
    assert "tflite_runtime" not in got


@pytest.mark.parametrize(
    ("python", "runtimes"), [("3.11", {"tflite-runtime"}), ("3.13", set[str]())]
)
def test_32_bit_gets_the_old_runtime_where_there_is_one(python: str, runtimes: set[str]) -> None:
    wanted = {each.name for each in needs_of_node("armv7l", python)}
    assert wanted & {"ai-edge-litert", "tflite-runtime"} == runtimes


def test_32_bit_gets_the_numpy_that_its_runtime_can_use() -> None:
    (numpy,) = (each for each in needs_of_node("armv7l", "3.11") if each.name == "numpy")
    assert not numpy.specifier.contains("2.0")


def test_the_old_runtime_has_a_wheel_for_32_bit(tmp_path: Path) -> None:
    # The rest comes from the wheels that Raspberry Pi OS itself offers, which pip knows there.
    (runtime,) = (each for each in needs_of_node("armv7l", "3.11") if each.name == RUNTIME_32)
    what = f"{runtime.name}{runtime.specifier}"
    assert RUNTIME_32.replace("-", "_") in resolved("armv7l", "3.11", tmp_path, "--no-deps", what)


def needs_of_node(machine: str, python: str) -> list[Requirement]:
    """What the extra `node` requires on some machine."""
    told = {"platform_machine": machine, "python_version": python}
    needs = [Requirement(line) for line in PROJECT["optional-dependencies"]["node"]]
    return [each for each in needs if each.marker is None or each.marker.evaluate(told)]
