"""A home that is really served, over HTTP on a loopback port."""

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from hub.view import HomeView
from hub.web import create_app
from hub.web.server import Server
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import rows

ANSWER_S = 20.0


@dataclass
class ServedHome:
    """The home, its server and where it is."""

    home: FakeHome
    server: Server
    address: str

    def get(self, path: str) -> http.client.HTTPResponse:
        """Ask for a path; a stream stays open until it is closed."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=ANSWER_S)
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse()


@contextmanager
def serve(home: FakeHome, *, streams: int = 4, port: int = 0) -> Iterator[ServedHome]:
    """Serve a home until the context ends."""
    server = Server(create_app(home, streams=streams), "127.0.0.1", port)
    server.start()
    try:
        yield ServedHome(home, server, server.address)
    finally:
        server.stop()


def living(view: HomeView, *, events: int = 60) -> FakeHome:
    """Return a home whose clock runs, with so many past events."""
    return FakeHome(view, rows(view.at_s, events), time.time)


def read_event(stream: http.client.HTTPResponse) -> tuple[str, bytes]:
    """Read the next server-sent event: its name and data."""
    name = stream.readline().removeprefix(b"event: ").strip().decode()
    data = stream.readline().removeprefix(b"data: ").strip()
    stream.readline()
    return name, data
