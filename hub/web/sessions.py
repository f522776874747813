"""Who may see the page: everybody at this machine; in the home network, who gave a code."""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, Request, abort, current_app, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import lazy_gettext
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from contract.errors import UnavailableError
from hub.access import stay
from hub.access.folder import PageFolder
from hub.web.door import door
from hub.web.problems import JSON_PATHS
from hub.web.security import TOKEN_BYTES, renew_token

COOKIE = "soribit_session"
FREE = frozenset({"static", "api.health", "enter.show", "enter.enter"})
"""Endpoints that a stranger in the home network may ask: they tell nothing of the home."""
PARTS = (*JSON_PATHS, "/fragments/")
"""What programs and the page's own script ask: a redirect would be taken for the answer."""

_BROWSER = "browser"
_log = logging.getLogger(__name__)


def open_to_home(app: Flask, folder: PageFolder) -> None:
    """Let in from the home network who gave a code, and nobody else."""
    app.session_interface = _Sessions(folder)
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        # A shortcut on a phone's home screen, a bookmark or a typed address has no other site
        # behind it, so Strict serves them all; only a link on a foreign page meets /enter.
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_REFRESH_EACH_REQUEST=False,  # an answer that comes late must not undo a sign-out
    )
    app.before_request(_refuse_strangers)
    app.jinja_env.globals["signed_in"] = is_signed_in


def close_to_home(app: Flask) -> None:
    """Let nobody in from the home network."""
    app.before_request(_refuse_home)
    app.jinja_env.globals["signed_in"] = lambda: False


def is_signed_in() -> bool:
    """Tell whether the browser gave a code, and has not been signed out since."""
    return _BROWSER in session


def sign_in() -> None:
    """Let the browser in, in a session that nobody could know before."""
    session.clear()
    session[_BROWSER] = secrets.token_urlsafe(TOKEN_BYTES)
    session.permanent = True
    renew_token()


def sign_out() -> None:
    """Make the browser a stranger again."""
    session.clear()
    renew_token()


def still_in() -> Callable[[], bool]:
    """Return what tells, long after this request, whether its browser may still see the home."""
    sessions = current_app.session_interface
    if door().is_here or not isinstance(sessions, _Sessions):
        return lambda: True
    key = sessions.key()
    return lambda: sessions.key() == key


class _Sessions(SecureCookieSessionInterface):
    """Flask's signed sessions, with a key that may change while the hub runs."""

    def __init__(self, folder: PageFolder) -> None:
        self._folder = folder

    def key(self) -> bytes:
        """Return the key of this moment; without one, b"", nobody is signed in."""
        try:
            return self._folder.key()
        except UnavailableError as error:
            _log.warning("nobody can be signed in: %s", error)
            return b""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session of a browser in the home network; nobody here needs one.

        Flask itself throws out whoever signed in before the clock jumped back.
        """
        if door().is_here:
            return self.session_class()
        sealed = self.get_signing_serializer(app)
        if sealed is None:
            return None
        try:
            cookie = request.cookies.get(COOKIE, "")
            said, signed_at = sealed.loads(cookie, return_timestamp=True)
        except BadSignature:
            return self.session_class()
        over = stay.is_over(signed_at.timestamp(), time.time())
        return self.session_class() if over else self.session_class(said)

    def get_expiration_time(
        self,
        app: Flask,  # noqa: ARG002  # Flask's signature
        session: SessionMixin,  # noqa: ARG002
    ) -> datetime:
        """Return when a browser is to forget its cookie."""
        return datetime.fromtimestamp(stay.forgotten_s(time.time()), UTC)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and checks cookies."""
        app.secret_key = self.key()
        return super().get_signing_serializer(app)


def _refuse_strangers() -> Response | None:
    if door().is_here or request.endpoint in FREE or is_signed_in():
        return None
    if request.path.startswith(PARTS):
        abort(401, lazy_gettext("This browser is not signed in. Open the page and give a code."))
    return redirect(url_for("enter.show"), code=303)


def _refuse_home() -> None:
    if not door().is_here:
        abort(403, lazy_gettext("This page is open to its own machine alone."))
