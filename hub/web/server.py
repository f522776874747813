"""Serves the pages from threads of the hub's own process."""

import contextlib
import errno
import logging
import os
import socket
import threading

from cheroot.server import HTTPConnection
from cheroot.wsgi import Server as CherootServer
from flask import Flask

from contract.errors import UnavailableError
from hub.web.door import Door

SPARE_THREADS = 24
"""Threads for pages beside those that the open streams hold (measured with 100 streams)."""
STOP_S = 1

_log = logging.getLogger(__name__)


class _Connection(HTTPConnection):
    """A connection that lets go of what a page that went away never took."""

    def close(self) -> None:
        super().close()
        with contextlib.suppress(OSError, ValueError):  # nobody is there to take the rest
            self.wfile.close()


class _Cheroot(CherootServer):
    """Cheroot that logs as we do, and closes a socket that it could not bind."""

    ConnectionClass = _Connection

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's own signature
        _log.log(level, "%s", msg, exc_info=traceback)


class Server:
    """A web server on one address, running between `start` and `stop`."""

    def __init__(self, app: Flask, host: str, port: int, *, is_here: bool | None = None) -> None:
        """Prepare it.

        Args:
            app: What `create_app` made.
            host: Address to listen on.
            port: TCP port; 0 takes a free one.
            is_here: Whether only this machine can come in; None lets the address decide.
        """
        self._host, self._port = host, port
        self._door = Door(host, is_here=is_here)
        self._server = _Cheroot(
            (host, port),
            self._door.leads_to(app),
            numthreads=app.config["SORIBIT_STREAMS"] + SPARE_THREADS,
            server_name="soribit",
            request_queue_size=64,
            shutdown_timeout=STOP_S,
        )
        self._thread = threading.Thread(target=self._server.serve, name="web", daemon=True)

    @property
    def port(self) -> int:
        """The TCP port; the real one once it has started."""
        return int(self._server.bind_addr[1])

    @property
    def address(self) -> str:
        """Where the page is, "http://127.0.0.1:8765/"; known once it has started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/"

    def listen(self) -> None:
        """Take the port; who comes now waits for `serve`.

        Raises:
            UnavailableError: The port is taken, or may not be used.
        """
        try:
            self._server.prepare()
        except OSError as error:
            raise UnavailableError(_reason(error, self._host, self._port)) from error

    def serve(self) -> None:
        """Answer from threads of our own."""
        self._thread.start()

    def start(self) -> None:
        """Listen, and serve.

        Raises:
            UnavailableError: The port is taken, or may not be used.
        """
        self.listen()
        self.serve()

    def stop(self) -> None:
        """End its open streams and the server; takes less than 2 s."""
        self._door.closing.set()
        self._server.stop()
        self._thread.join(STOP_S)


def _reason(error: OSError, host: str, port: int) -> str:
    """Cheroot keeps the system's words, not its number."""
    if os.strerror(errno.EADDRINUSE) in str(error):
        return f"port {port} of {host} is taken by another program; choose another with --port"
    if os.strerror(errno.EACCES) in str(error):
        return f"port {port} of {host} needs root; choose one above 1023 with --port"
    return f"cannot listen on {host} port {port}: {error}; choose another with --port"
