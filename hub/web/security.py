"""Keeps strangers out: Host check, token on every change, and what browsers may do with a page."""

import secrets
from collections.abc import Collection

from flask import Flask, Response, abort, g, request
from flask_babel import lazy_gettext

from hub.web.door import door

COOKIE = "soribit_token"
FIELD = "token"
HEADER = "X-Soribit-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_BYTES = 16
"""128 bits: the least that OWASP asks of a session id."""
REQUEST_BYTES = 16 * 1024
"""The largest form that we have holds one token."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def set_up(app: Flask, allowed_hosts: Collection[str]) -> None:
    """Guard every request to an app.

    Args:
        app: The app.
        allowed_hosts: Further values of the Host header that mean this machine, "name" or
            "name:port".
    """
    app.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES
    allowed = frozenset(host.lower() for host in allowed_hosts)
    app.before_request(lambda: _refuse_foreign_host(allowed))
    app.before_request(_refuse_forged_change)
    app.after_request(_harden)
    app.jinja_env.globals["token"] = token


def token() -> str:
    """Return this browser's token, making one at its first visit.

    The same value stands in a cookie that no script and no other site can read or send, and in
    every form (double submit); it outlives a restart of the hub, so an open page stays able to
    acknowledge.
    """
    if "token" not in g:
        g.token = request.cookies.get(COOKIE) or secrets.token_urlsafe(TOKEN_BYTES)
    return str(g.token)


def renew_token() -> None:
    """Give this browser another token: who knew the old one knows nothing now."""
    g.token = secrets.token_urlsafe(TOKEN_BYTES)


def _refuse_foreign_host(allowed: Collection[str]) -> None:
    """A page of another name that resolves to us (DNS rebinding) must not read the home."""
    host = request.environ.get("HTTP_HOST", "").lower()
    through = door()
    ours = through.hosts(request.environ.get("SERVER_PORT", ""))
    if host not in ours and not (through.is_here and host in allowed):
        abort(421, lazy_gettext("Soribit does not answer under this address."))


def _refuse_forged_change() -> None:
    if request.method in SAFE_METHODS:
        return
    given = request.form.get(FIELD) or request.headers.get(HEADER, "")
    known = request.cookies.get(COOKIE, "")
    if (
        _is_foreign_origin()
        or not known
        or not secrets.compare_digest(given.encode(), known.encode())
    ):
        abort(403, lazy_gettext("This page is too old to change anything. Open it again."))


def _is_foreign_origin() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return (
            origin.lower() != f"{request.scheme}://{request.environ.get('HTTP_HOST', '')}".lower()
        )
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}


def _harden(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if "token" in g and request.cookies.get(COOKIE) != g.token:
        response.set_cookie(COOKIE, g.token, httponly=True, samesite="Strict", path="/")
    return response
