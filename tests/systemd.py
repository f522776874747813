"""A stand-in for systemd's side of sd_notify: a real datagram socket that remembers."""

import socket
from collections.abc import Iterator


class Systemd:
    """Receives what a service says."""

    def __init__(self, address: str) -> None:
        """Listen.

        Args:
            address: A path, or a name that begins with @, in the abstract namespace.
        """
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.settimeout(0.0)
        self._said: list[str] = []

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def environment(self, watchdog_s: float = 0.0) -> dict[str, str]:
        """Return what systemd would add to the service's environment."""
        asked = {"WATCHDOG_USEC": str(round(watchdog_s * 1e6))} if watchdog_s else {}
        return {"NOTIFY_SOCKET": self.address, **asked}

    def said(self) -> list[str]:
        """Return every state that was told so far, without the words for people."""
        self._said += [line for datagram in self._new() for line in datagram.split("\n")]
        return [line for line in self._said if not line.startswith("STATUS=")]

    def statuses(self) -> list[str]:
        """Return the words for people."""
        self.said()
        return [line.removeprefix("STATUS=") for line in self._said if line.startswith("STATUS=")]

    def forget(self) -> None:
        """Forget what was said."""
        self.said()
        self._said.clear()

    def _new(self) -> Iterator[str]:
        while True:
            try:
                yield self._socket.recv(4096).decode()
            except BlockingIOError:
                return
