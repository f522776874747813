"""The page's two listeners: this machine's, and the home network's while it has an address."""

import logging
import threading
from collections.abc import Callable

from flask import Flask

from contract.errors import SoribitError
from hub.web.server import Server

LOOK_S = 5.0
"""How often the home network is looked for; a lease that changed is followed in that time."""

log = logging.getLogger(__name__)


class Doors:
    """Opens the page on this machine at once, and to the home network when there is one."""

    def __init__(
        self,
        app: Flask,
        host: str,
        port: int,
        *,
        find: Callable[[], str] | None,
        changed: Callable[[str], None],
        every_s: float = LOOK_S,
    ) -> None:
        """Prepare both.

        Args:
            app: What `create_app` made; both doors share it and its streams.
            host: This machine's own address, 127.0.0.1.
            port: TCP port of both; 0 takes a free one.
            find: Returns our address in the home network, or raises a SoribitError with the
                reason why there is none; None keeps the page on this machine.
            changed: Told each address at which the home network can come in from now on, and ""
                when it no longer can.
            every_s: How often the home network is looked for.
        """
        self._app, self._find, self._changed = app, find, changed
        self._every_s = every_s
        self._here = Server(app, host, port, is_here=True)
        self._home: Server | None = None
        self._address = self._reason = ""
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._run, name="doors", daemon=True)

    @property
    def here(self) -> Server:
        """The door of this machine."""
        return self._here

    def start(self) -> None:
        """Open what can be opened now, and watch for the rest.

        Raises:
            UnavailableError: The port is taken on this machine.
        """
        self._here.listen()
        if self._find:
            self._look_on()
            self._watch.start()
        self._here.serve()
        log.info("the dashboard is at %s", self._here.address)

    def stop(self) -> None:
        """Close both at once; takes less than 2 s."""
        self._ending.set()
        if self._watch.is_alive():
            self._watch.join()
        aside = threading.Thread(target=self._leave_home, daemon=True)
        aside.start()
        self._here.stop()
        aside.join()

    def look(self) -> None:
        """Open the page at our address in the home network, if it has changed.

        What is open stays so until another address is known: it harms nobody, and works again
        when a network that dropped out comes back.
        """
        try:
            address = self._find() if self._find else ""
            if address != self._address:
                self._move(address)
            self._reason = ""
        except SoribitError as reason:
            if str(reason) != self._reason:
                log.warning("the page cannot be opened to the home network: %s", reason)
            self._reason = str(reason)

    def _move(self, address: str) -> None:
        server = Server(self._app, address, self._here.port, is_here=False)
        server.start()
        if self._home:
            self._home.stop()
        self._home, self._address = server, address
        log.info("the page is open to the home network at %s", server.address)
        self._changed(address)

    def _leave_home(self) -> None:
        if self._home:
            self._home.stop()
            self._changed("")

    def _run(self) -> None:
        while not self._ending.wait(self._every_s):
            self._look_on()

    def _look_on(self) -> None:
        """Whatever happens while looking, the page of this machine stays."""
        try:
            self.look()
        except Exception:
            log.exception("looking for the home network failed")
