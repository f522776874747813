"""A clock whose time passes only while somebody waits, and a sound system without hardware."""

import threading

from contract.errors import UnavailableError
from node.capture import Collect, Format


class FakeClock:
    """Both clocks; waiting moves them on at once."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s

    def mono_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return 1_769_860_000.0 + self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


class FakeCapture:
    """A microphone that the test pulls out."""

    def __init__(self) -> None:
        self.alive = True
        self.fault: Exception | None = None
        self.asked = threading.Event()
        self.closed = threading.Event()
        self.lets_go = threading.Event()
        self.lets_go.set()

    def is_alive(self) -> bool:
        self.asked.set()
        if self.fault:
            raise self.fault
        return self.alive

    def close(self) -> None:
        self.lets_go.wait()
        self.closed.set()


class FakeBackend:
    """Opens as often as the test allows, in the format that it names."""

    def __init__(self, rate_hz: int = 16_000, channels: int = 1) -> None:
        self.there = threading.Event()
        self.there.set()
        self.fault: Exception | None = None
        self.attempts = 0
        self.captures: list[FakeCapture] = []
        self._rate_hz, self._channels = rate_hz, channels
        self._collect: tuple[Collect, Format] | None = None

    def open(self, block_s: float, collect: Collect) -> FakeCapture:
        del block_s
        self.attempts += 1
        if self.fault:
            raise self.fault
        if not self.there.is_set():
            raise UnavailableError("there is no microphone 'desk'; connected: none at all")
        self._collect = collect, Format(self._rate_hz, self._channels)
        self.captures.append(FakeCapture())
        return self.captures[-1]

    def say(self, pcm: bytes) -> None:
        """Deliver sound as the opened microphone does."""
        assert self._collect
        collect, form = self._collect
        collect(form, pcm)
