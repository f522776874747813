"""One process of a home under faults: started, told, killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.real import ROOT


class Part:
    """One process of the home; what it logs is in a file of its own."""

    def __init__(
        self, folder: Path, name: str, *words: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log = folder / f"{name}.log"
        self._command = [sys.executable, "-m", *words]
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, environment: Mapping[str, str] | None = None, *before: str) -> None:
        """Start it, perhaps in another time or behind another command."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*before, *self._command],
                cwd=ROOT,
                env={**self._environment, **(environment or {})},
                stdin=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def say(self, order: str) -> None:
        """Give an order to a speaker."""
        assert self._process
        assert self._process.stdin
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """End it as a power cut or the kernel does."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)
        if self._process.stdin:
            self._process.stdin.close()
