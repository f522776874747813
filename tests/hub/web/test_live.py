import json
import time
from collections.abc import Iterator

import pytest

from tests.hub.web.scenes import alert, lamp, scene
from tests.hub.web.served import ServedHome, living, read_event, serve
from tests.real import until


@pytest.fixture
def served() -> Iterator[ServedHome]:
    with serve(living(scene("calm")), streams=2) as running:
        yield running


def test_a_stream_begins_with_the_hubs_time(served: ServedHome) -> None:
    with served.get("/live") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.headers["Cache-Control"] == "no-store"
        name, data = read_event(stream)
    assert name == "alive"
    assert abs(json.loads(data)["at_s"] - time.time()) < 20.0


def test_an_alert_tells_every_open_page_to_look(served: ServedHome) -> None:
    with served.get("/live") as one, served.get("/live") as two:
        read_event(one), read_event(two)
        served.home.raise_alert(alert("1", "smoke_alarm", "kitchen", time.time()))
        assert read_event(one)[0] == read_event(two)[0] == "home"


def test_a_lamp_comes_with_all_that_a_page_draws(served: ServedHome) -> None:
    with served.get("/live") as stream:
        read_event(stream)
        served.home.shine(lamp("a", "A", "가", "kitchen", colour="#ff2a1a", flashing=True))
        name, data = read_event(stream)
    assert name == "lamps"
    (shown,) = json.loads(data)
    assert (shown["lamp_id"], shown["colour"], shown["flashing"]) == ("a", "#ff2a1a", True)


def test_a_stream_above_the_cap_is_refused_and_pages_still_come(served: ServedHome) -> None:
    with served.get("/live") as one, served.get("/live") as two:
        read_event(one), read_event(two)
        with served.get("/live") as refused:
            assert refused.status == 503
            assert set(json.load(refused)) == {"status", "error"}
        with served.get("/fragments/home") as page:
            assert page.status == 200


def test_a_page_that_closes_gives_its_place_back(served: ServedHome) -> None:
    for _ in range(5):
        with served.get("/live") as stream:
            assert stream.status == 200
            read_event(stream)
        until(lambda: _tell(served), what="the stream's end")


def test_pages_come_while_every_stream_is_taken(served: ServedHome) -> None:
    with served.get("/live") as one, served.get("/live") as two:
        read_event(one), read_event(two)
        for _ in range(30):
            with served.get("/healthz") as answer:
                assert answer.status == 200


def _tell(served: ServedHome) -> bool:
    """Only a write notices that a reader has gone."""
    served.home.show()
    return not served.home.followers
