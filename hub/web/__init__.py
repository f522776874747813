"""The dashboard: pages, live updates, JSON and metrics of one home."""

import time
from collections.abc import Callable, Collection

from flask import Flask

from hub.view import Home
from hub.web import api, live, metrics, pages, problems, security, vocabulary

__all__ = ["create_app"]


def create_app(
    home: Home,
    *,
    streams: int,
    allowed_hosts: Collection[str] = (),
    now_s: Callable[[], float] = time.time,
) -> Flask:
    """Make the web application.

    Args:
        home: What it shows.
        streams: How many pages are kept live at once; further ones ask every few seconds.
        allowed_hosts: Values of the Host header that are ours beside the loopback names.
        now_s: The wall clock, to tell whether the home's picture is fresh.
    """
    app = Flask(__name__)
    places = live.Streams(streams)
    app.extensions["soribit_streams"] = places
    app.config["SORIBIT_STREAMS"] = streams
    security.set_up(app, allowed_hosts)
    vocabulary.set_up(app)
    problems.set_up(app)
    for blueprint in (
        pages.blueprint(home),
        live.blueprint(home, places),
        api.blueprint(home, now_s),
        metrics.blueprint(home),
    ):
        app.register_blueprint(blueprint)
    return app
