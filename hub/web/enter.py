"""Where a phone in the home gives its one-time code, and where it signs out again."""

import logging
import math
import re

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from contract.errors import UnavailableError
from hub.access.codes import DIGITS
from hub.access.gate import Gate
from hub.web import sessions
from hub.web.door import door

Answer = Response | tuple[str, int, dict[str, str]]

_log = logging.getLogger(__name__)


def blueprint(gate: Gate) -> Blueprint:
    """Return the routes /enter and /leave."""
    pages = Blueprint("enter", __name__)

    @pages.get("/enter")
    def show() -> Answer:
        if door().is_here or sessions.is_signed_in():
            return redirect(url_for("pages.show_home"), code=303)
        return _page(gate.patience.wait_s(_address(), gate.mono_s()))

    @pages.post("/enter")
    def enter() -> Answer:
        code = _digits(request.form.get("code", ""))
        if not code:
            return _page(0.0, gettext("The code has eight digits."), 400)
        if wait_s := gate.patience.begin(_address(), gate.mono_s()):
            return _page(wait_s, status=429)
        if not _takes(gate, code):
            _log.warning("a wrong code for the page", extra={"address": _address()})
            wait_s = gate.patience.wait_s(_address(), gate.mono_s())
            return _page(wait_s, gettext("This code is wrong, or no longer good."), 403)
        gate.patience.forgive(_address())
        sessions.sign_in()
        _log.info("a browser was let in to the page", extra={"address": _address()})
        return redirect(url_for("pages.show_home"), code=303)

    @pages.post("/leave")
    def leave() -> Answer:
        sessions.sign_out()
        return redirect(url_for("enter.show"), code=303)

    return pages


def _page(wait_s: float, fault: str = "", status: int = 200) -> Answer:
    """The form, with what was wrong, and how long to wait before the next try."""
    whole_s = math.ceil(wait_s)
    headers = {"Retry-After": str(whole_s)} if whole_s else {}
    return render_template("enter.html", wait_s=whole_s, fault=fault), status, headers


def _takes(gate: Gate, code: str) -> bool:
    try:
        return gate.codes.take(code)
    except UnavailableError as error:
        _log.warning("a code for the page could not be checked: %s", error)
        abort(503, lazy_gettext("Codes cannot be checked now. The hub's disk may be full."))


def _digits(text: str) -> str:
    """The digits of a code, however they are grouped; "" where it is no code at all."""
    code = re.sub(r"[\s-]", "", text)
    return code if code.isascii() and code.isdigit() and len(code) == DIGITS else ""


def _address() -> str:
    return request.remote_addr or ""
