"""Child processes that are kept running, and of which none outlives us."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from contract.process import STARTED_AGAIN
from soribit import parts

BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
SOUND_AFTER_S = 60.0
"""A child that ran so long had no trouble starting: its back-off begins anew."""
LOG_BYTES = 5_000_000
"""A log that grows beyond this begins anew: `up` is for trying out, systemd keeps a journal."""
ORDERLY_S = 2.2
"""Every part ends within 2 s of SIGTERM; two groups and a kill stay below 5 s."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class Child:
    """One part as a process of its own."""

    def __init__(self, name: str, part: str, *arguments: str, log: Path | None) -> None:
        """Describe it; `start` runs it.

        Args:
            name: What people read.
            part: Its module.
            arguments: Its command line.
            log: File for what it says; None: our own stderr.
        """
        self.name = name
        self.log = log
        if log:
            log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            log.write_bytes(b"")
        self._line = parts.command_line(part, *arguments)
        self._environment = parts.environment(part) | {STARTED_AGAIN: "1"}
        self._process: subprocess.Popen[bytes] | None = None
        self._failures = 0
        self._started_s = 0.0
        self._again_s: float | None = None

    def start(self, now_s: float) -> None:
        """Run it."""
        self._started_s, self._again_s = now_s, None
        parent = os.getpid()

        def die_with_parent() -> None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(0)

        if self.log:
            self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        output = self.log.open("ab") if self.log else None
        self._process = subprocess.Popen(  # noqa: S603  # our own parts
            self._line,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C then reaches `up` alone, which ends the parts in order.
            process_group=0,
            preexec_fn=die_with_parent,  # noqa: PLW1509  # `up` has one thread
        )
        if output:
            output.close()

    def ended(self) -> int | None:
        """Return the exit code of a child that has ended, None while it runs."""
        return self._process.poll() if self._process else None

    def tend(self, now_s: float) -> str:
        """Start it again when it has ended and its back-off is over.

        Returns:
            What people should read about it, "" if nothing.
        """
        self._bound_log()
        if (code := self.ended()) is None:
            return ""
        if self._again_s is None:
            return self._put_off(now_s, code)
        if now_s >= self._again_s:
            self.start(now_s)
        return ""

    def terminate(self) -> None:
        """Ask it to end."""
        if self._process and self.ended() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it, if it has not ended by itself."""
        if self._process and self.ended() is None:
            self._process.kill()
            self._process.wait()

    def words(self) -> str:
        """Return the last of what it said."""
        if not (self.log and self.log.exists()):
            return "see above"
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()

    def _put_off(self, now_s: float, code: int) -> str:
        if now_s - self._started_s > SOUND_AFTER_S:
            self._failures = 0
        wait_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        self._again_s = now_s + wait_s
        if self._failures > len(BACK_OFF_S):
            return ""  # it has been said often enough
        where = f"; see {self.log}" if self.log else ""
        return f"{self.name} ended ({_why(code)}), starts again in {wait_s:.0f} s{where}"

    def _bound_log(self) -> None:
        with suppress(OSError):  # whoever took the log away does not end the home
            if self.log and self.log.stat().st_size > LOG_BYTES:
                os.truncate(self.log, 0)


def end(*groups: Sequence[Child]) -> None:
    """End children, group after group, each with a moment to put things in order."""
    for group in groups:
        for child in group:
            child.terminate()
        _wait(group)
        for child in group:
            child.kill()


def _wait(group: Sequence[Child]) -> None:
    deadline_s = time.monotonic() + ORDERLY_S
    while time.monotonic() < deadline_s and any(child.ended() is None for child in group):
        time.sleep(0.02)


def _why(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
