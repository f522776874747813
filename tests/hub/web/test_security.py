import pytest
from flask.testing import FlaskClient

from hub.web import security
from tests.hub.web.fake_home import FakeHome

ACKNOWLEDGE = "/api/v1/alerts/2c7a/acknowledge"


def visit(client: FlaskClient) -> str:
    """Open the page and return the token it gave."""
    client.get("/")
    cookie = client.get_cookie(security.COOKIE)
    assert cookie
    return cookie.value


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:81", "localhost:", "", "[::2]"]
)
@pytest.mark.parametrize("path", ["/", "/api/v1/rooms", "/live", "/static/page.css", "/nowhere"])
def test_a_foreign_host_name_reads_nothing(client: FlaskClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 421
    assert "Kitchen" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST", "localhost:80", "[::1]"])
def test_loopback_names_are_ours(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_a_configured_host_is_ours(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "soribit.lan:8765"}).status_code == 200


def test_the_token_of_this_browser_may_change(client: FlaskClient, home: FakeHome) -> None:
    answer = client.post(ACKNOWLEDGE, headers={security.HEADER: visit(client)})
    assert answer.status_code == 200
    assert home.acknowledged == ["2c7a"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {security.HEADER: ""},
        {security.HEADER: "guessed"},
        {security.HEADER: "ünïcode"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_forged_change_is_refused(
    client: FlaskClient, home: FakeHome, headers: dict[str, str]
) -> None:
    own = {security.HEADER: visit(client)} if security.HEADER not in headers and headers else {}
    answer = client.post(ACKNOWLEDGE, headers=own | headers)
    assert answer.status_code == 403
    assert not home.acknowledged


def test_a_browser_that_never_visited_may_not_change(client: FlaskClient, home: FakeHome) -> None:
    assert client.post(ACKNOWLEDGE, headers={security.HEADER: "x"}).status_code == 403
    assert not home.acknowledged


def test_our_own_origin_may_change(client: FlaskClient) -> None:
    headers = {security.HEADER: visit(client), "Origin": "http://localhost"}
    assert client.post(ACKNOWLEDGE, headers=headers).status_code == 200


def test_the_token_outlives_a_second_visit(client: FlaskClient) -> None:
    assert visit(client) == visit(client)


def test_the_cookie_is_for_this_site_and_no_script(client: FlaskClient) -> None:
    cookie = client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


@pytest.mark.parametrize("path", ["/", "/about", "/nowhere", "/healthz", "/static/live.js"])
def test_every_answer_tells_the_browser_what_it_may_do(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_never_kept_by_a_browser(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_a_huge_form_is_refused(client: FlaskClient) -> None:
    visit(client)
    answer = client.post("/alerts/2c7a/acknowledge", data={"token": "x" * 100_000})
    assert answer.status_code == 413
