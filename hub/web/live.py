"""Open pages kept live: one stream of server-sent events a page, not more than a set number."""

import threading
from collections.abc import Callable, Iterator

import msgspec
from flask import Blueprint, Response, abort, current_app

from hub.view import Changes, Home
from hub.web.door import Door, door
from hub.web.sessions import still_in

ALIVE_S = 8.0
"""A page that hears nothing for 20 s says so: two signs of life may get lost."""
WAKE_S = 0.5
"""How soon a stream notices that the server stops."""


class Streams:
    """The places for open streams, whichever door they came through."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)

    def take(self, through: Door) -> bool:
        """Take a place; False when none is free or the door closes."""
        return not through.closing.is_set() and self._places.acquire(blocking=False)

    def release(self) -> None:
        """Give a place back."""
        self._places.release()


def follow(home: Home, closing: threading.Event, may_read: Callable[[], bool]) -> Iterator[bytes]:
    """Yield server-sent events until the reader goes, may read no more, or the door closes."""
    with home.changes() as changes:
        yield _alive(home)
        while not closing.is_set() and may_read():
            yield from _until_alive(home, changes, closing)


def blueprint(home: Home, streams: Streams) -> Blueprint:
    """Return the route /live."""
    live = Blueprint("live", __name__)

    @live.get("/live")
    def stream() -> Response:
        through = door()
        if not streams.take(through):
            abort(503, "Too many pages are open; this one asks every few seconds instead.")
        response = current_app.response_class(
            follow(home, through.closing, still_in()),
            mimetype="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        response.call_on_close(streams.release)
        return response

    return live


def _until_alive(home: Home, changes: Changes, closing: threading.Event) -> Iterator[bytes]:
    """Pass changes on for `ALIVE_S`, then one sign of life."""
    for _ in range(round(ALIVE_S / WAKE_S)):
        if closing.is_set():
            return
        match changes.next(WAKE_S):
            case "home":
                yield _event("home", b"{}")
            case "lamps":
                yield _event("lamps", msgspec.json.encode(home.view().lamps))
    yield _alive(home)


def _alive(home: Home) -> bytes:
    return _event("alive", msgspec.json.encode({"at_s": home.view().at_s}))


def _event(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
