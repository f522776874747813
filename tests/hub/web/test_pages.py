import re

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

from hub.web import create_app
from tests.hub.web.conftest import AT_S
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.poison import poisoned_home
from tests.hub.web.scenes import alert, room, row, scene

KOREAN = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"}


def text(client: FlaskClient, path: str = "/", **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def token(page: str) -> str:
    match = re.search(r'name="token" value="([^"]+)"', page)
    assert match
    return match[1]


def test_home_says_the_sound_the_room_and_how_sure(client: FlaskClient) -> None:
    page = text(client)
    assert "Smoke alarm" in page
    assert "Kitchen" in page
    assert "98% sure" in page
    assert "22 sec" in page


def test_alarm_known_only_from_a_list_is_not_called_nought_percent_sure(
    client: FlaskClient, home: FakeHome
) -> None:
    view = home.view()
    unsure = replace(view.rooms[0].sounds[0], score=0.0)
    home.show(
        alerts=(replace(view.alerts[0], score=0.0),),
        rooms=(replace(view.rooms[0], sounds=(unsure,)),),
    )
    page = text(client)
    assert "Smoke alarm" in page
    assert " 0%" not in page
    assert "sure" not in page


def test_home_speaks_korean_to_a_korean_browser(client: FlaskClient) -> None:
    page = text(client, **KOREAN)
    for word in ("화재 경보기", "주방", "22초", "확인했어요", "비상"):
        assert word in page


@pytest.mark.parametrize("wish", ["de-DE,de;q=0.9", "", "*", "nonsense;q=x", "x" * 4000])
def test_any_other_language_reads_english(client: FlaskClient, wish: str) -> None:
    assert "Smoke alarm" in text(client, **{"Accept-Language": wish})


def test_the_most_urgent_alert_is_the_banner(client: FlaskClient) -> None:
    page = client.get("/").text
    assert page.count('<article class="alert"') == 1
    assert page.index("Smoke alarm") < page.index("Baby crying")


def test_a_room_without_an_ear_is_never_calm(client: FlaskClient) -> None:
    tile = re.search(r'id="room-balcony" data-tone="(\w+)"', client.get("/").text)
    assert tile
    assert tile[1] == "unheard"


def test_a_deaf_room_is_trouble_and_says_since_when(client: FlaskClient) -> None:
    assert re.search(r'id="room-study" data-tone="trouble"', client.get("/").text)
    assert "Study: nothing heard since" in text(client)


def test_a_broker_that_is_away_leaves_no_green_sentence(
    client: FlaskClient, home: FakeHome
) -> None:
    home.show(broker_up=False)
    assert "No room can be heard" in text(client)


def test_fragments_hold_the_same_main_part_as_the_page(client: FlaskClient) -> None:
    client.get("/")
    part = client.get("/fragments/home").text.strip()
    assert part.startswith("<main")
    assert part in client.get("/").text


def test_acknowledging_by_the_form_goes_back_to_the_home(
    client: FlaskClient, home: FakeHome
) -> None:
    form = {"token": token(client.get("/").text)}
    answer = client.post("/alerts/2c7a/acknowledge", data=form)
    assert (answer.status_code, answer.location) == (303, "/")
    assert home.acknowledged == ["2c7a"]


def test_an_acknowledged_alert_that_still_sounds_stays_as_a_row(
    client: FlaskClient, home: FakeHome
) -> None:
    home.acknowledge("2c7a")
    page = text(client)
    assert "it still sounds" in page
    assert page.count("I have seen it") == 1


def test_acknowledging_what_is_over_says_so(client: FlaskClient) -> None:
    form = {"token": token(client.get("/").text)}
    answer = client.post("/alerts/gone/acknowledge", data=form, headers=KOREAN)
    assert answer.status_code == 404
    assert "이 알림은 이미 닫혔어요." in answer.text


def test_what_came_too_late_for_a_flash_does_not_fill_the_page(
    client: FlaskClient, home: FakeHome
) -> None:
    missed = alert("9", "smoke_alarm", "kitchen", AT_S - 900.0, reason="missed", sounding=False)
    home.put(scene("calm", AT_S))
    home.raise_alert(missed)
    assert "you missed this" in text(client)
    assert '<article class="alert"' not in client.get("/").text


def test_what_was_missed_and_when_nobody_listened_is_on_the_page(
    client: FlaskClient, home: FakeHome
) -> None:
    home.put(scene("trouble", AT_S))
    page = text(client)
    assert "Smoke alarm ×3 (Kitchen), Doorbell ×2 (Living room), Baby crying (Nursery)" in page
    assert "Nobody listened" in page
    assert "Nursery: nobody listened" in page
    assert "화재 경보기 ×3 (주방)" in text(client, **KOREAN)


def test_event_that_nobody_could_date_says_so(client: FlaskClient, home: FakeHome) -> None:
    home.store(row("of 1970", "dog", "kitchen", "began", heard_s=30.0))
    home._rows = home._rows[-1:]
    assert "time unsure Dog" in text(client).replace("  ", " ")


def test_an_ear_lost_during_an_alarm_is_said(client: FlaskClient, home: FakeHome) -> None:
    home.raise_alert(alert("9", "co_alarm", "kitchen", AT_S - 3.0, ear_lost=True, sounding=False))
    assert "It may still sound" in text(client)


def test_a_sound_that_the_catalogue_does_not_know_shows_its_own_name(
    client: FlaskClient, home: FakeHome
) -> None:
    home.show(rooms=(room("attic", "Attic", "", *scene("calm", AT_S).rooms[0].nodes, owl_hoot=3),))
    assert "owl hoot" in text(client)


def test_the_last_fifty_events_are_shown(client: FlaskClient) -> None:
    assert client.get("/").text.count('id="event-') == 50


def test_every_page_says_what_soribit_is_not(client: FlaskClient) -> None:
    for path in ("/", "/about"):
        assert "It does not detect smoke" in text(client, path)
    assert "화재 경보기" in text(client, "/about", **KOREAN)


def test_sounds_that_no_real_recording_tested_are_named(
    client: FlaskClient, home: FakeHome
) -> None:
    assert "Not proven on real recordings" not in text(client, "/about")
    ear = replace(scene("calm", AT_S).rooms[0].nodes[0], unproven=("smoke_alarm", "kettle"))
    home.show(rooms=(room("attic", "Attic", "", ear),))
    english, korean = text(client, "/about"), text(client, "/about", **KOREAN)
    assert "Not proven on real recordings" in english
    assert "Kettle" in english
    assert "실제 녹음으로 확인하지 못한 소리" in korean
    assert "화재 경보기" in korean.partition("실제 녹음")[2]


def test_an_empty_home_says_how_to_begin(client: FlaskClient, home: FakeHome) -> None:
    home.put(scene("empty", AT_S))
    page = text(client)
    assert "No room is set up yet" in page
    assert "No room is listening" in page


@pytest.mark.parametrize("path", ["/", "/fragments/home"])
def test_every_string_from_outside_is_escaped(path: str) -> None:
    client = create_app(poisoned_home(AT_S), streams=1).test_client()
    page = client.get(path).text
    assert "&lt;img" in page
    assert "<img" not in page
    assert "<script>" not in page


def test_a_page_that_is_not_there_is_said_in_our_words(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers=KOREAN)
    assert answer.status_code == 404
    assert "그런 페이지가 없어요." in answer.text


def test_a_fault_of_ours_is_a_page_without_a_traceback(client: FlaskClient, home: FakeHome) -> None:
    home.show(rooms=None)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
