"""How an error reaches its reader: a page for people, one pinned shape of JSON for programs."""

import msgspec
from flask import Flask, Response, current_app, render_template, request
from flask_babel import force_locale, lazy_gettext
from werkzeug.exceptions import HTTPException

JSON_PATHS = ("/api/", "/healthz", "/metrics", "/live")
SENTENCES = {
    400: lazy_gettext("The request could not be understood."),
    404: lazy_gettext("There is no such page."),
    405: lazy_gettext("This address cannot be used in that way."),
    413: lazy_gettext("The request is too large."),
    500: lazy_gettext("Soribit made a mistake here; its log says which."),
}


def set_up(app: Flask) -> None:
    """Show every HTTP error of an app in our own words."""
    app.register_error_handler(HTTPException, _show)


def json(value: object, status: int = 200) -> Response:
    """Return a value as JSON; Structs become objects."""
    return current_app.response_class(
        msgspec.json.encode(value), status=status, mimetype="application/json"
    )


def _show(problem: HTTPException) -> Response:
    status = problem.code or 500
    text = SENTENCES.get(status) if _is_stock(problem) else problem.description
    if request.path.startswith(JSON_PATHS):
        with force_locale("en"):
            return json({"status": status, "error": str(text or problem.name)}, status)
    page = render_template("problem.html", text=str(text or problem.name))
    return current_app.response_class(page, status=status)


def _is_stock(problem: HTTPException) -> bool:
    """Whether the text is the library's own, in English and about HTTP."""
    return problem.description is None or problem.description == type(problem).description
