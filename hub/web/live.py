"""Open pages kept live: one stream of server-sent events a page, not more than a set number."""

import threading
from collections.abc import Iterator

import msgspec
from flask import Blueprint, Response, abort, current_app

from hub.view import Changes, Home

ALIVE_S = 8.0
"""A page that hears nothing for 20 s says so: two signs of life may get lost."""
WAKE_S = 0.5
"""How soon a stream notices that the server stops."""


class Streams:
    """The places for open streams."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)
        self.stopping = threading.Event()

    def take(self) -> bool:
        """Take a place; False when none is free or the server stops."""
        return not self.stopping.is_set() and self._places.acquire(blocking=False)

    def release(self) -> None:
        """Give a place back."""
        self._places.release()

    def follow(self, home: Home) -> Iterator[bytes]:
        """Yield server-sent events until the reader goes or the server stops."""
        with home.changes() as changes:
            yield _alive(home)
            while not self.stopping.is_set():
                yield from self._until_alive(home, changes)

    def _until_alive(self, home: Home, changes: Changes) -> Iterator[bytes]:
        """Pass changes on for `ALIVE_S`, then one sign of life."""
        for _ in range(round(ALIVE_S / WAKE_S)):
            if self.stopping.is_set():
                return
            match changes.next(WAKE_S):
                case "home":
                    yield _event("home", b"{}")
                case "lamps":
                    yield _event("lamps", msgspec.json.encode(home.view().lamps))
        yield _alive(home)


def blueprint(home: Home, streams: Streams) -> Blueprint:
    """Return the route /live."""
    live = Blueprint("live", __name__)

    @live.get("/live")
    def stream() -> Response:
        if not streams.take():
            abort(503, "Too many pages are open; this one asks every few seconds instead.")
        response = current_app.response_class(
            streams.follow(home),
            mimetype="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        response.call_on_close(streams.release)
        return response

    return live


def _alive(home: Home) -> bytes:
    return _event("alive", msgspec.json.encode({"at_s": home.view().at_s}))


def _event(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
