"""One wheel, installed with each extra in an empty environment, and started there."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.real import ROOT

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(900), pytest.mark.enable_socket]

STARTS = {
    "": [["--help"], ["--version"], ["bulb", "--help"], ["service", "install", "--help"]],
    # With the model that the wheel brings, as no checkout is at hand there.
    "node": [["node", "--print-config"], ["listen", str(ROOT / "soribit/demo/baby_crying.flac")]],
    "hub": [["hub", "--print-config"], ["broker", "--help"], ["up", "--help"]],
    "hub,wiz,lifx": [["hub", "find-lamps", "--help"], ["hub", "try-lamp", "--help"]],
    "node,hub": [["up", "--help"], ["node", "--print-config"], ["hub", "--print-config"]],
    "training": [["train", "--help"]],
}

IMPORTED = {"hub,wiz,lifx": ["hub.lights.wiz", "hub.lights.lifx"]}
"""What a command imports only where there is such a lamp."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT))
    (built,) = folder.glob("soribit-*.whl")
    return built


def run(*line: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(line, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def install(wheel: Path, extra: str, folder: Path) -> Path:
    """Make an empty environment, install the wheel and return the environment's commands."""
    run(sys.executable, "-m", "venv", str(folder))
    what = f"{wheel}[{extra}]" if extra else str(wheel)
    run(str(folder / "bin/python"), "-m", "pip", "install", "-q", what)
    return folder / "bin"


def test_wheel_holds_model_clips_pages_and_migrations(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for start, end in [
        ("contract/catalogue", ".toml"),
        ("hub/lights/kinds", ".toml"),
        ("soribit/templates/", ".toml"),
        ("soribit/demo/", ".flac"),
        ("soribit/demo/", "ATTRIBUTION.md"),
        ("hub/web/templates/", ".html"),
        ("hub/web/static/", ".css"),
        ("hub/web/translations/ko/", ".mo"),
        ("hub/store/migrations/", ".py"),
        ("training/", "labels.toml"),
        ("training/recipes/", ".toml"),
    ]:
        assert any(name.startswith(start) and name.endswith(end) for name in names), (start, end)
    bundle = "share/soribit/models/household"
    for name in ("manifest.json", "model.tflite", "card.md"):
        assert any(entry.endswith(f"{bundle}/{name}") for entry in names), name


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    ours = {"contract", "hub", "node", "soribit", "training"}
    assert {top for top in tops if not top.startswith("soribit-")} == ours


@pytest.mark.parametrize("extra", STARTS)
def test_wheel_starts_with_each_extra_in_an_empty_environment(
    wheel: Path, extra: str, tmp_path: Path
) -> None:
    commands = install(wheel, extra, tmp_path / "environment")
    for words in STARTS[extra]:
        assert run(str(commands / "soribit"), *words, cwd=tmp_path)
    for module in IMPORTED.get(extra, []):
        run(str(commands / "python"), "-P", "-c", f"import {module}", cwd=tmp_path)
