"""A home whose page has both doors, over real sockets: 127.0.0.2 plays the home network."""

import http.client
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

from hub.access.gate import Gate, gate_of
from hub.web import create_app
from hub.web.doors import Doors
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import scene
from tests.hub.web.served import ANSWER_S, living

HERE, HOME = "127.0.0.1", "127.0.0.2"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Browser:
    """Keeps cookies as a browser does, and follows no redirect."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    always: dict[str, str] = field(default_factory=dict)
    """Headers of every request."""
    text: str = ""
    """What the last answer said."""
    flags: dict[str, str] = field(default_factory=dict)
    """What each cookie was allowed, as the last answer that set it said."""

    def ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        **headers: str,
    ) -> http.client.HTTPResponse:
        """Ask, and read the whole answer."""
        with self.open(method, path, form, **headers) as answer:
            self.text = answer.read().decode()
        return answer

    def open(
        self, method: str, path: str, form: Mapping[str, str] | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        """Ask; the caller reads and closes the answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=ANSWER_S)
        sent = {"Connection": "close", "Content-Type": FORM} | self.always
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, urlencode(form or {}), sent)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = line.partition("=")
            value, _, self.flags[name] = rest.partition(";")
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        return answer

    def token(self) -> str:
        """The token of the form in the last answer."""
        match = re.search(r'name="token" value="([^"]+)"', self.text)
        assert match, self.text[:300]
        return match[1]

    def enter(self, code: str) -> http.client.HTTPResponse:
        """Give a code, as the form does."""
        self.ask("GET", "/enter")
        return self.ask("POST", "/enter", {"token": self.token(), "code": code})


@dataclass
class TwoDoors:
    """The home and its doors."""

    home: FakeHome
    doors: Doors
    gate: Gate

    def browser(self, host: str = HOME) -> Browser:
        return Browser(host, self.doors.here.port)

    def guest(self) -> Browser:
        """A browser in the home network that gave the right code."""
        browser = self.browser()
        assert browser.enter(self.gate.codes.make()).status == 303
        return browser


@contextmanager
def two_doors(
    folder: Path, *, streams: int = 4, mono_s: Callable[[], float] = time.monotonic
) -> Iterator[TwoDoors]:
    """Serve a calm home through both doors until the context ends.

    Args:
        folder: Where the page keeps its secrets.
        streams: How many live pages there may be.
        mono_s: The clock by which a stranger waits.
    """
    home, gate = living(scene("alarm")), replace(gate_of(folder), mono_s=mono_s)
    app = create_app(home, streams=streams, gate=gate)
    doors = Doors(app, HERE, 0, find=lambda: HOME, changed=lambda _: None)
    doors.start()
    try:
        yield TwoDoors(home, doors, gate)
    finally:
        doors.stop()
