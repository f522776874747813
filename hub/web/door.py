"""Through which of our listeners a request came in: no header can say so, only the listener."""

import socket
import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import request

from contract.settings import is_loopback

HERE_NAMES = ("127.0.0.1", "localhost", "[::1]")
_KEY = "soribit.door"
"""Headers come as HTTP_...: none can take this place."""


class Door:
    """One listener of the page.

    Attributes:
        is_here: Whether only this machine can come in; everybody else needs a session.
        closing: Set when the listener stops; its streams then end.
    """

    def __init__(self, address: str, *, is_here: bool | None = None) -> None:
        """Describe it.

        Args:
            address: What it listens on.
            is_here: None lets the address decide.
        """
        self.is_here = is_loopback(address) if is_here is None else is_here
        self.closing = threading.Event()
        self._address = address

    def hosts(self, port: str) -> set[str]:
        """Return the values of the Host header that mean this listener."""
        machine = socket.gethostname().partition(".")[0]
        names = HERE_NAMES if self.is_here else (self._address, f"{machine}.local")
        hosts = {f"{name}:{port}".lower() for name in names}
        return hosts | {name.lower() for name in names} if port == "80" else hosts

    def leads_to(self, app: WSGIApplication) -> WSGIApplication:
        """Return an app that is told of the door in each request."""

        def told(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            environ[_KEY] = self
            return app(environ, start_response)

        return told


_NO_LISTENER = Door("127.0.0.1")
"""A request that came over no socket: a test's own."""


def door() -> Door:
    """Return the door of the request that is answered now."""
    found = request.environ.get(_KEY)
    return found if isinstance(found, Door) else _NO_LISTENER
