"""JSON for programs: rooms, events, gaps, alerts, acknowledge, whether the hub is well.

All times are seconds since 1970. An error is always {"status": <int>, "error": "<one sentence>"}.
"""

from collections.abc import Callable

from flask import Blueprint, Response, abort, request

from hub.view import Home
from hub.web.problems import json

EVENTS = 50
MOST_EVENTS = 500
HANGS_S = 5.0
"""The hub redraws its picture each second; one older than this says that its loop hangs."""


def blueprint(home: Home, now_s: Callable[[], float]) -> Blueprint:
    """Return the routes of /api/v1 and /healthz."""
    api = Blueprint("api", __name__)

    @api.get("/healthz")
    def health() -> Response:
        """Say 200 while events can arrive and be judged; a deaf room is trouble, but no 503."""
        view = home.view()
        well = view.broker_up and now_s() - view.at_s < HANGS_S
        return json({"status": "ok" if well else "degraded"}, 200 if well else 503)

    @api.get("/api/v1/rooms")
    def rooms() -> Response:
        view = home.view()
        return json({"at_s": view.at_s, "rooms": view.rooms})

    @api.get("/api/v1/alerts")
    def alerts() -> Response:
        view = home.view()
        return json({"at_s": view.at_s, "alerts": view.alerts})

    @api.get("/api/v1/events")
    def events() -> Response:
        _refuse_unknown_queries({"limit"})
        return json({"events": home.history(_limit())})

    @api.get("/api/v1/gaps")
    def gaps() -> Response:
        view = home.view()
        return json({"at_s": view.at_s, "gaps": view.gaps[::-1]})

    @api.post("/api/v1/alerts/<alert_id>/acknowledge")
    def acknowledge(alert_id: str) -> Response:
        if not home.acknowledge(alert_id):
            abort(404, f"no open alert has the id {alert_id[:40]!r}; see /api/v1/alerts")
        return json({"alert_id": alert_id, "acknowledged": True})

    return api


def _limit() -> int:
    given = request.args.get("limit", str(EVENTS))
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MOST_EVENTS):
        abort(400, f"limit must be a whole number from 1 to {MOST_EVENTS}, got {given[:40]!r}")
    return int(given)


def _refuse_unknown_queries(known: set[str]) -> None:
    for name in request.args:
        if name not in known:
            abort(400, f"{name[:40]!r} is not known here; known: {', '.join(sorted(known))}")
