"""The pages for people: the home, what Soribit is not, and the button that acknowledges."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from hub.view import Home
from hub.web import house
from hub.web.timeline import HISTORY_ROWS, SPAN_S, lanes

EVENTS_SHOWN = 50
TICK_S = 900.0
"""A quarter of an hour between the marks of the past hour."""


def blueprint(home: Home) -> Blueprint:
    """Return the routes of the pages."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def show_home() -> str:
        return render_template("home.html", **_home_values(home))

    @pages.get("/fragments/home")
    def show_home_parts() -> str:
        return render_template("_home.html", **_home_values(home))

    @pages.get("/about")
    def show_about() -> str:
        return render_template("about.html", unproven=house.unproven(home.view()))

    @pages.post("/alerts/<alert_id>/acknowledge")
    def acknowledge(alert_id: str) -> Response:
        if not home.acknowledge(alert_id):
            abort(404, lazy_gettext("This alert is no longer open."))
        return redirect(url_for("pages.show_home"), code=303)

    return pages


def _home_values(home: Home) -> dict[str, object]:
    """Everything that the home's template shows, from one look at the home."""
    view, rows = home.view(), home.history(HISTORY_ROWS)
    urgent = house.foremost(view.alerts)
    return {
        "view": view,
        "tone": house.home_tone(view),
        "urgent": urgent,
        "others": [alert for alert in house.ordered(view.alerts) if alert is not urgent],
        "entries": house.diary(rows, view.gaps[-EVENTS_SHOWN:])[:EVENTS_SHOWN],
        "lanes": lanes(view, rows),
        "ticks_s": [view.at_s - SPAN_S + TICK_S * n for n in range(round(SPAN_S / TICK_S))],
    }
