"""What a stranger in the home network can do: give a code, and nothing else."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner
from werkzeug.routing import Rule

from hub.access.codes import WRONG_TRIES
from hub.access.gate import gate_of
from hub.access.patience import FREE_TRIES
from hub.access.stay import SIGNED_IN_S
from hub.web import create_app, security, sessions
from hub.web.door import Door
from hub.web.server import Server
from tests.hub.web.scenes import scene
from tests.hub.web.served import living, read_event
from tests.hub.web.two_doors import HERE, HOME, Browser, TwoDoors, two_doors
from tests.real import until

pytestmark = pytest.mark.allow_hosts([HERE, HOME])

WRONG = "This code is wrong, or no longer good."


@pytest.fixture
def served(tmp_path: Path) -> Iterator[TwoDoors]:
    with two_doors(tmp_path) as running:
        yield running


def other(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**8:08d}"


def routes(tmp_path: Path) -> list[tuple[str, str, str]]:
    """Every endpoint, method and path that the page has; ids are those of a real alert."""
    app = create_app(living(scene("alarm")), streams=1, gate=gate_of(tmp_path))
    found = [
        (rule.endpoint, method, filled(rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    ]
    assert len({endpoint for endpoint, _, _ in found}) >= 12
    return found


def filled(rule: Rule) -> str:
    return rule.rule.replace("<alert_id>", "2c7a").replace("<path:filename>", "page.css")


def test_every_route_but_the_listed_ones_refuses_a_stranger(
    served: TwoDoors, tmp_path: Path
) -> None:
    let_in = set()
    for endpoint, method, path in routes(tmp_path):
        answer = served.browser().ask(method, path)
        if answer.status not in (401, 403) and answer.headers["Location"] != "/enter":
            let_in.add(endpoint)
    assert let_in == {"static", "api.health", "enter.show", "enter.enter"}
    assert not served.home.acknowledged


def test_every_change_wants_a_token_of_a_browser_that_was_let_in_too(
    served: TwoDoors, tmp_path: Path
) -> None:
    guest = served.guest()
    for _, method, path in routes(tmp_path):
        if method not in security.SAFE_METHODS:
            assert guest.ask(method, path).status == 403
            guest.ask("GET", "/")
            form = {"token": guest.token()}
            assert guest.ask(method, path, form, Origin="http://evil.example").status == 403
            assert guest.ask(method, path, form, Sec_Fetch_Site="cross-site").status == 403
    assert not served.home.acknowledged
    assert guest.ask("GET", "/").status == 200


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "Forwarded", "X-Real-Ip", "Soribit.Door", "Soribit-Door", "Remote-Addr"],
)
def test_no_header_opens_the_door(served: TwoDoors, header: str) -> None:
    stranger = served.browser()
    stranger.always[header] = HERE
    assert stranger.ask("GET", "/api/v1/rooms").status == 401


def test_this_machine_needs_no_code(served: TwoDoors) -> None:
    browser = served.browser(HERE)
    assert browser.ask("GET", "/").status == 200
    assert "Sign out" not in browser.text
    assert browser.ask("GET", "/enter").headers["Location"] == "/"


def test_a_page_sends_a_stranger_to_the_form(served: TwoDoors) -> None:
    stranger = served.browser()
    answer = stranger.ask("GET", "/")
    assert (answer.status, answer.headers["Location"]) == (303, "/enter")
    assert "Kitchen" not in stranger.text


@pytest.mark.parametrize("path", ["/api/v1/rooms", "/live", "/metrics", "/api/nowhere"])
def test_programs_get_the_usual_shape_of_an_error(served: TwoDoors, path: str) -> None:
    stranger = served.browser()
    assert stranger.ask("GET", path).status == 401
    said = json.loads(stranger.text)
    assert set(said) == {"status", "error"}
    assert said["status"] == 401


def test_the_form_tells_nothing_of_the_home(served: TwoDoors) -> None:
    stranger = served.browser()
    assert stranger.ask("GET", "/enter").status == 200
    assert "does not detect smoke" in stranger.text
    assert not {"Kitchen", "Smoke alarm", "Nursery"} & set(stranger.text.split())


def test_a_stranger_may_ask_whether_the_hub_is_well(served: TwoDoors) -> None:
    stranger = served.browser()
    assert stranger.ask("GET", "/healthz").status == 200
    assert json.loads(stranger.text) == {"status": "ok"}


def test_the_right_code_lets_one_browser_in(served: TwoDoors) -> None:
    code = served.gate.codes.make()
    guest = served.browser()
    grouped = f" {code[:4]} {code[4:]} "
    assert guest.enter(grouped).status == 303
    assert guest.ask("GET", "/").status == 200
    assert "Kitchen" in guest.text
    assert served.browser().enter(code).status == 403


def test_the_cookie_is_for_this_site_no_script_and_a_year(served: TwoDoors) -> None:
    flags = served.guest().flags[sessions.COOKIE]
    assert "HttpOnly" in flags
    assert "SameSite=Strict" in flags
    assert "Path=/" in flags
    assert "Expires=" in flags


def test_a_wrong_a_dead_and_a_used_code_get_one_answer(served: TwoDoors) -> None:
    code = served.gate.codes.make()
    said = []
    stranger = served.browser()
    for given in (other(code), code, code):
        answer = stranger.enter(given)
        said.append((answer.status, WRONG in stranger.text))
        stranger.cookies.clear()
    assert said == [(403, True), (303, False), (403, True)]


def test_a_code_dies_of_too_many_wrong_tries(served: TwoDoors) -> None:
    code = served.gate.codes.make()
    for _ in range(WRONG_TRIES):
        assert not served.gate.codes.take(other(code))
    assert served.browser().enter(code).status == 403


def test_what_is_no_code_at_all_costs_no_try(served: TwoDoors) -> None:
    code = served.gate.codes.make()
    stranger = served.browser()
    for given in ("", "1234567", "123456789", "abcdefgh", "１２３４５６７８", "4821-093", "-" * 99):
        assert stranger.enter(given).status == 400
        assert "eight digits" in stranger.text
    for _ in range(FREE_TRIES):
        stranger.enter("")
    assert stranger.enter(code).status == 303


def test_after_five_wrong_tries_an_address_must_wait_and_is_told_how_long(
    served: TwoDoors,
) -> None:
    code = served.gate.codes.make()
    stranger = served.browser()
    for _ in range(FREE_TRIES):
        assert stranger.enter(other(code)).status == 403
    answer = stranger.enter(code)
    assert answer.status == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 15
    assert "Too many wrong tries: wait 15 sec." in stranger.text


def test_signing_in_gives_a_new_session_and_a_new_token(served: TwoDoors) -> None:
    guest = served.browser()
    guest.ask("GET", "/enter")
    before = guest.cookies[security.COOKIE]
    guest.cookies[sessions.COOKIE] = "planted"
    assert guest.enter(served.gate.codes.make()).status == 303
    assert guest.cookies[security.COOKIE] != before
    assert guest.cookies[sessions.COOKIE] != served.guest().cookies[sessions.COOKIE]


def test_signing_out_makes_a_stranger_again(served: TwoDoors) -> None:
    guest = served.guest()
    guest.ask("GET", "/")
    assert "Sign out" in guest.text
    answer = guest.ask("POST", "/leave", {"token": guest.token()})
    assert (answer.status, answer.headers["Location"]) == (303, "/enter")
    assert guest.ask("GET", "/").status == 303


def test_a_cookie_that_was_changed_is_worth_nothing(served: TwoDoors) -> None:
    guest = served.guest()
    cookie = guest.cookies[sessions.COOKIE]
    for forged in (cookie[:-1], cookie[::-1], f"x{cookie}", "eyJicm93c2VyIjoiYSJ9.a.b", ""):
        guest.cookies[sessions.COOKIE] = forged
        assert guest.ask("GET", "/api/v1/rooms").status == 401


def test_a_phone_stays_signed_in_over_a_restart(tmp_path: Path) -> None:
    with two_doors(tmp_path) as served:
        guest = served.guest()
    with two_doors(tmp_path) as again:
        guest.port = again.doors.here.port
        assert guest.ask("GET", "/").status == 200


@pytest.mark.parametrize(
    ("away_s", "status"),
    [
        (-SIGNED_IN_S + 60.0, 200),
        (-SIGNED_IN_S - 60.0, 303),
        (56 * SIGNED_IN_S, 200),
        (60.0 - time.time(), 200),
    ],
    ids=["nearly a year ago", "more than a year ago", "the clock is at 1970", "it was then"],
)
def test_a_phone_is_signed_in_for_a_year_whatever_the_clock_shows(
    served: TwoDoors, away_s: float, status: int
) -> None:
    guest = served.browser()
    guest.cookies[sessions.COOKIE] = signed(served, round(time.time() + away_s))
    assert guest.ask("GET", "/").status == status


def signed(served: TwoDoors, at_s: int) -> str:
    """A cookie as the hub makes it, by a clock that shows this."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return at_s

    app = Flask("then")
    app.secret_key = served.gate.folder.key()
    sealed = SecureCookieSessionInterface().get_signing_serializer(app)
    assert sealed
    sealed.signer = Then
    return str(sealed.dumps({"browser": "a phone"}))


def test_signing_all_out_ends_sessions_and_open_streams(served: TwoDoors) -> None:
    guest = served.guest()
    with guest.open("GET", "/live") as stream:
        read_event(stream)
        served.gate.folder.sign_out_all()
        assert guest.ask("GET", "/api/v1/rooms").status == 401
        until(lambda: not served.home.followers, what="the end of the stream")


def test_a_guest_follows_the_home_live(served: TwoDoors) -> None:
    with served.guest().open("GET", "/live") as stream:
        assert stream.status == 200
        assert read_event(stream)[0] == "alive"


@pytest.mark.parametrize("host", ["localhost", "evil.example", "127.0.0.1", "192.168.1.10"])
def test_the_home_network_knows_us_by_our_address_there(served: TwoDoors, host: str) -> None:
    named = f"{host}:{served.doors.here.port}"
    assert served.browser().ask("GET", "/enter", Host=named).status == 421
    assert served.guest().ask("GET", "/", Host=named).status == 421


def test_the_home_network_knows_us_by_our_name(
    served: TwoDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Soribit-Pi")
    named = f"soribit-pi.local:{served.doors.here.port}"
    assert served.browser().ask("GET", "/enter", Host=named).status == 200


def test_what_the_home_network_reads_is_kept_by_no_browser(served: TwoDoors) -> None:
    guest = served.guest()
    for path in ("/", "/enter", "/api/v1/events"):
        assert guest.ask("GET", path).headers["Cache-Control"] == "no-store"


def test_without_a_gate_nobody_comes_in_from_the_home_network() -> None:
    app = create_app(living(scene("alarm")), streams=1)
    closed = Server(app, HOME, 0, is_here=False)
    closed.start()
    try:
        for path in ("/", "/healthz", "/api/v1/rooms", "/static/page.css"):
            assert Browser(HOME, closed.port).ask("GET", path).status == 403
    finally:
        closed.stop()


def test_a_listener_that_is_not_loopback_is_never_taken_for_this_machine() -> None:
    assert not Door("192.168.1.10").is_here
    assert Door("127.0.0.1").is_here


def test_codes_that_cannot_be_counted_are_not_judged(served: TwoDoors, tmp_path: Path) -> None:
    code = served.gate.codes.make()
    stranger = served.browser()
    stranger.ask("GET", "/enter")
    (tmp_path / "page/lock").unlink()
    (tmp_path / "page/lock").mkdir()
    answer = stranger.ask("POST", "/enter", {"token": stranger.token(), "code": code})
    assert answer.status == 503
    assert "cannot be checked" in stranger.text
