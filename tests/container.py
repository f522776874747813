"""A Debian with a systemd of its own, booted without a network, thrown away at the end."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real import ROOT, until

TREES = ROOT / "build/debian"
"""Made once by debootstrap; boots change nothing in them."""
IN_IT = "dbus,libportaudio2,libseccomp2,mosquitto,procps,python3,python3-venv,systemd,systemd-sysv"
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def can_boot() -> bool:
    """Tell whether containers can be made and booted here."""
    return os.geteuid() == 0 and bool(
        shutil.which("debootstrap") and shutil.which("systemd-nspawn")
    )


class Container:
    """One that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        until(self._init, within_s=30, what="the container's init")
        wait = "systemctl is-system-running --wait"
        until(lambda: self.run(wait).stdout.strip() in ("running", "degraded"), within_s=60)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a shell command in it, as root."""
        enter = ["nsenter", "--target", self._init(), "--all"]
        clean = ["env", "-i", f"PATH={PATHS}", "HOME=/root", "LANG=C.UTF-8", "PIP_NO_INDEX=1"]
        line = [*enter, *clean, "PIP_FIND_LINKS=/wheels", "sh", "-c", command]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    def does(self, command: str) -> str:
        """Run a command that must go well; returns what it printed."""
        done = self.run(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def _init(self) -> str:
        pid = self._process.pid
        assert self._process.poll() is None, "the container ended"
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        named = [p for p in children if Path(f"/proc/{p}/comm").read_text() == "systemd\n"]
        return named[0] if named else ""


@contextmanager
def booted(suite: str, wheels: Path, folder: Path) -> Iterator[Container]:
    """Boot a Debian.

    Args:
        suite: Its name, "bookworm".
        wheels: All that pip may install there, seen as /wheels.
        folder: For what it prints.
    """
    line = ["systemd-nspawn", f"--directory={_tree(suite)}", "--volatile=overlay", "--boot"]
    line += [f"--machine=soribit-{os.getpid()}", "--register=no", "--keep-unit", "--console=pipe"]
    line += ["--private-network", f"--bind-ro={wheels}:/wheels"]
    # For a host that still has the first cgroups.
    environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
    with (folder / "console.log").open("ab") as log:
        process = subprocess.Popen(
            line, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield Container(process)
    finally:
        process.terminate()
        process.wait(60)


def _tree(suite: str) -> Path:
    tree = TREES / suite
    if not tree.exists():
        begun = TREES / f"{suite}.new"
        shutil.rmtree(begun, ignore_errors=True)
        begun.parent.mkdir(parents=True, exist_ok=True)
        line = ["debootstrap", "--variant=minbase", f"--include={IN_IT}", suite, str(begun)]
        subprocess.run([*line, _mirror()], check=True, stdout=subprocess.DEVNULL)
        begun.rename(tree)
    return tree


def _mirror() -> str:
    """Where this machine has its own packages from."""
    line = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    found = [uri for uri in done.stdout.split() if uri.rstrip("/").endswith("/debian")]
    assert found, "no mirror of Debian among the machine's own package sources"
    return found[0]
