"""The dashboard: pages, live updates, JSON and metrics of one home."""

import time
from collections.abc import Callable, Collection
from datetime import tzinfo

from flask import Flask

from hub.access.gate import Gate
from hub.view import Home
from hub.web import api, enter, live, metrics, pages, problems, security, sessions, vocabulary
from hub.zone import MACHINE

__all__ = ["create_app"]


def create_app(
    home: Home,
    *,
    streams: int,
    gate: Gate | None = None,
    allowed_hosts: Collection[str] = (),
    now_s: Callable[[], float] = time.time,
    zone: tzinfo = MACHINE,
) -> Flask:
    """Make the web application.

    Args:
        home: What it shows.
        streams: How many pages are kept live at once; further ones ask every few seconds.
        gate: Who may come in from the home network; None: nobody.
        allowed_hosts: Values of the Host header that are ours beside the loopback names.
        now_s: The wall clock, to tell whether the home's picture is fresh.
        zone: The home's time zone, for every time that a page shows.
    """
    app = Flask(__name__)
    app.config["SORIBIT_STREAMS"] = streams
    app.config["SORIBIT_ZONE"] = zone
    security.set_up(app, allowed_hosts)
    if gate:
        sessions.open_to_home(app, gate.folder)
        app.register_blueprint(enter.blueprint(gate))
    else:
        sessions.close_to_home(app)
    vocabulary.set_up(app)
    problems.set_up(app)
    for blueprint in (
        pages.blueprint(home),
        live.blueprint(home, live.Streams(streams)),
        api.blueprint(home, now_s),
        metrics.blueprint(home),
    ):
        app.register_blueprint(blueprint)
    return app
