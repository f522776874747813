from json import loads

import pytest
from flask.testing import FlaskClient

from hub.web import security
from tests.hub.web.conftest import AT_S
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import scene


def test_rooms_are_given_with_sounds_and_nodes(client: FlaskClient) -> None:
    answer = loads(client.get("/api/v1/rooms").data)
    assert answer["at_s"] == AT_S
    kitchen = answer["rooms"][0]
    assert kitchen["room_id"] == "kitchen"
    assert kitchen["hears"] is True
    assert kitchen["sounds"][0]["sound"] == "smoke_alarm"
    assert kitchen["nodes"][0]["node_id"] == "kitchen"


def test_alerts_are_given_with_their_urgency(client: FlaskClient) -> None:
    alerts = loads(client.get("/api/v1/alerts").data)["alerts"]
    assert {alert["sound"]: alert["urgency"] for alert in alerts} == {
        "smoke_alarm": "emergency",
        "baby_crying": "attention",
    }


def test_gaps_are_given_newest_first_with_what_nobody_knows_left_open(
    client: FlaskClient, home: FakeHome
) -> None:
    home.put(scene("trouble", AT_S))
    gaps = loads(client.get("/api/v1/gaps").data)["gaps"]
    assert [(gap["room_id"], gap["is_open"]) for gap in gaps] == [
        ("living", False),
        ("study", True),
        ("nursery", False),
        ("", False),
    ]
    assert gaps[0]["from_s"] is None


@pytest.mark.parametrize(("query", "count"), [("", 50), ("?limit=1", 1), ("?limit=7", 7)])
def test_events_are_as_many_as_asked_newest_first(
    client: FlaskClient, query: str, count: int
) -> None:
    events = loads(client.get(f"/api/v1/events{query}").data)["events"]
    assert len(events) == count
    assert events == sorted(events, key=lambda event: -event["heard_s"])


@pytest.mark.parametrize(
    "limit", ["0", "-1", "501", "x", "", "1e2", "٣", "1.0", " 5", "9" * 400, "%00", "<b>"]
)
def test_a_wrong_limit_is_one_sentence(client: FlaskClient, limit: str) -> None:
    answer = client.get("/api/v1/events", query_string={"limit": limit})
    assert answer.status_code == 400
    assert loads(answer.data)["error"].startswith(
        "limit must be a whole number from 1 to 500, got "
    )


def test_an_unknown_query_is_refused_by_name(client: FlaskClient) -> None:
    answer = client.get("/api/v1/events?limits=3")
    assert loads(answer.data) == {
        "status": 400,
        "error": "'limits' is not known here; known: limit",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nowhere", 404),
        ("POST", "/api/v1/rooms", 403),
        ("GET", "/api/v1/alerts/2c7a/acknowledge", 405),
        ("GET", "/api/v1/events?limit=x", 400),
        ("DELETE", "/healthz", 403),
    ],
)
def test_every_error_has_the_same_shape(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method, headers={"Accept-Language": "ko"})
    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    assert set(loads(answer.data)) == {"status", "error"}
    assert loads(answer.data)["status"] == status
    assert loads(answer.data)["error"].isascii(), "programs read English"


def test_a_fault_of_ours_has_that_shape_too(client: FlaskClient, home: FakeHome) -> None:
    home.show(rooms=object())
    answer = client.get("/api/v1/rooms")
    assert (answer.status_code, set(loads(answer.data))) == (500, {"status", "error"})


def test_acknowledging_twice_finds_no_open_alert(client: FlaskClient) -> None:
    client.get("/")
    cookie = client.get_cookie(security.COOKIE)
    assert cookie
    headers = {security.HEADER: cookie.value}
    path = "/api/v1/alerts/2c7a/acknowledge"
    assert loads(client.post(path, headers=headers).data) == {
        "alert_id": "2c7a",
        "acknowledged": True,
    }
    answer = client.post(path, headers=headers)
    assert answer.status_code == 404
    assert "no open alert has the id '2c7a'" in loads(answer.data)["error"]


def test_the_hub_is_well_while_events_can_arrive(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, loads(answer.data)) == (200, {"status": "ok"})


def test_the_hub_is_degraded_without_its_broker(client: FlaskClient, home: FakeHome) -> None:
    home.show(broker_up=False)
    answer = client.get("/healthz")
    assert (answer.status_code, loads(answer.data)) == (503, {"status": "degraded"})


def test_the_hub_is_degraded_while_its_loop_hangs(client: FlaskClient, home: FakeHome) -> None:
    home.show(at_s=AT_S - 60.0)
    assert client.get("/healthz").status_code == 503


def test_metrics_count_and_gauge_what_the_home_says(client: FlaskClient) -> None:
    lines = client.get("/metrics").text.splitlines()
    for line in (
        "soribit_events_total 7.0",
        "soribit_lamp_commands_total 12.0",
        "soribit_broker_up 1.0",
        'soribit_room_hears{room="study"} 0.0',
        'soribit_node_level_db{node="kitchen"} -17.0',
        'soribit_lamp_answers{lamp="kitchen-lamp"} 1.0',
    ):
        assert line in lines


def test_metrics_name_every_counter_of_the_hub(client: FlaskClient, home: FakeHome) -> None:
    page = client.get("/metrics").text
    for name in home.counters().__struct_fields__:
        assert f"soribit_{name}_total " in page
