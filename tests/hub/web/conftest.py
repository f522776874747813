"""A home to look at and a browser without a screen."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.web import create_app
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import rows, scene

AT_S = 1_795_341_600.0
"""A quiet Sunday, 2026-11-22."""


@pytest.fixture
def home() -> FakeHome:
    return FakeHome(scene("alarm", AT_S), rows(AT_S))


@pytest.fixture
def app(home: FakeHome) -> Flask:
    return create_app(home, streams=2, allowed_hosts=["soribit.lan:8765"], now_s=lambda: AT_S + 1.0)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
