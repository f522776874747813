"""A Debian for arm64 and the node's wheels, in a folder that git ignores, run by emulation."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.real import ROOT, need

FOLDER = ROOT / ".arm64"
SUITE, PYTHON = "bookworm", "3.11"
"""The older of the two systems that nodes run on."""
CPUS = 4
CPU = "cortex-a72"
"""A Raspberry Pi 4. Never `max`: it has a network answer wrongly (seen with YAMNet, qemu 7.2)."""
CPUINFO = """processor\t: {cpu}
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd08
CPU revision\t: 3

"""
"""What a Pi 4 says. With the host's own file, which qemu shows, the TFLite runtime dies."""


@dataclass(frozen=True)
class Arm64:
    """A Python on aarch64; it can start no child processes."""

    system: Path
    wheels: Path

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line of this Python."""
        python = self.system / "usr/bin" / f"python{PYTHON}"
        words = ["qemu-aarch64-static", "-cpu", CPU, "-L", self.system, python, *arguments]
        return [str(word) for word in words]

    @property
    def environment(self) -> dict[str, str]:
        """Return what it runs in: its own wheels, then this checkout."""
        # Files compiled here would belong to a Python that may differ from the host's.
        own = {"PYTHONPATH": f"{self.wheels}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
        return {**os.environ, **own}


def arm64() -> Arm64:
    """Return the machine; made once, its wheels again when pyproject.toml changes."""
    for tool in ("qemu-aarch64-static", "debootstrap", "dpkg-deb"):
        need(shutil.which(tool), f"{tool} (as root: make test-arm installs it)")
    system, wheels = FOLDER / "system", FOLDER / "wheels"
    _make(system, _debian, recipe=SUITE)
    _make(wheels, _node_wheels, recipe=(ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return Arm64(system, wheels)


def foreign_pip(machine: str, python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pip for another machine; it takes wheels alone."""
    script = [sys.executable, str(Path(__file__).with_name("foreign_pip.py"))]
    command = [*script, machine, python, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _make(folder: Path, make: Callable[[Path], None], *, recipe: str) -> None:
    """Make a folder, unless it was made whole by the same recipe."""
    stamp = folder.with_suffix(".recipe")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == recipe:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make(folder)
    stamp.write_text(recipe, encoding="utf-8")


def _debian(folder: Path) -> None:
    target = ["--arch=arm64", "--foreign", "--variant=minbase"]
    packages = "--include=python3,libportaudio2"
    _run("debootstrap", *target, packages, SUITE, str(folder), _mirror())
    archives = folder / "var/cache/apt/archives"
    for package in sorted(archives.glob("*.deb")):
        _run("dpkg-deb", "-x", str(package), str(folder))
        package.unlink()
    (folder / "proc").mkdir(exist_ok=True)
    cpus = "".join(CPUINFO.format(cpu=cpu) for cpu in range(CPUS))
    (folder / "proc/cpuinfo").write_text(cpus, encoding="ascii")


def _node_wheels(folder: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = [*project["dependencies"], *project["optional-dependencies"]["node"]]
    done = foreign_pip("aarch64", PYTHON, "install", "--quiet", "--target", str(folder), *needs)
    assert done.returncode == 0, f"no wheels of the node for aarch64: {done.stderr[-2000:]}"


def _mirror() -> str:
    """Debian's mirror as this machine's own apt knows it."""
    listed = ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]
    mirrors = _run("apt-get", *listed).split()
    assert mirrors, "apt knows no mirror of Debian: run apt-get update"
    return mirrors[0]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    words = (done.stdout + done.stderr)[-2000:]
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{words}"
    return done.stdout
