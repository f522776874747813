import re
from collections.abc import Iterator
from typing import get_args

import pytest
from flask import Flask
from flask_babel import force_locale
from msgspec.structs import replace

from contract.messages import HeardBy
from hub import policy
from hub.view import Why
from hub.web import create_app, sentences, texts
from hub.zone import zone_of
from tests.hub.web.conftest import AT_S
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import alert, gap, row, scene
from tests.real import ROOT

BOTH = pytest.mark.parametrize("language", ["en", "ko"], indirect=True)


@pytest.fixture
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with app.test_request_context("/"), force_locale(getattr(request, "param", "en")):
        yield texts.language()


@pytest.mark.usefixtures("language")
def test_every_reason_of_the_hub_has_words() -> None:
    assert set(sentences.REASONS) == {reason.value for reason in policy.Reason}


@pytest.mark.usefixtures("language")
def test_both_ears_have_words() -> None:
    assert set(sentences.HEARD_BY) == {ear.value for ear in HeardBy}


def test_every_trouble_of_the_docs_has_words() -> None:
    page = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    named = re.findall(r"^## ([a-z_]+)$", page, re.MULTILINE)
    assert named
    assert set(named) <= set(sentences.TROUBLES)


@pytest.mark.usefixtures("language")
def test_a_word_that_nobody_has_translated_is_made_readable() -> None:
    assert sentences.trouble("flux_capacitor_empty") == ("flux capacitor empty", "")


@BOTH
def test_the_sentence_names_the_deaf_room_and_since_when(language: str) -> None:
    said = " ".join(text for _, text in sentences.sentence(scene("trouble", AT_S)))
    since = texts.minute(AT_S - 2460.0)
    assert since in said
    assert {"en": "4 rooms are listening", "ko": "4개 방이 듣고 있어요"}[language] in said


@BOTH
@pytest.mark.parametrize("name", ["calm", "alarm", "attention", "trouble", "empty"])
def test_no_sentence_claims_that_all_is_safe(language: str, name: str) -> None:
    said = " ".join(text for _, text in sentences.sentence(scene(name, AT_S))).lower()
    claims = {"en": ("safe", "protected", "no fire", "all clear"), "ko": ("안전", "문제없")}
    assert not [claim for claim in claims[language] if claim in said]


@pytest.mark.parametrize(
    ("language", "seconds", "said"),
    [
        ("en", 0.4, "0 sec"),
        ("en", 59.9, "59 sec"),
        ("en", 60.0, "1 min"),
        ("en", 7200.0, "2 hr"),
        ("en", 200_000.0, "2 days"),
        ("en", -3.0, "0 sec"),
        ("ko", 22.0, "22초"),
        ("ko", 185.0, "3분"),
        ("ko", 7300.0, "2시간"),
        ("ko", 90_000.0, "1일"),
    ],
    indirect=["language"],
)
@pytest.mark.usefixtures("language")
def test_a_duration_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    assert texts.duration(seconds) == said


@pytest.mark.parametrize(
    ("language", "date"), [("en", "Nov 20"), ("ko", "11월 20일")], indirect=["language"]
)
@pytest.mark.usefixtures("language")
def test_a_time_of_another_day_has_its_date(date: str) -> None:
    assert texts.moment(AT_S - 2 * 86400.0, AT_S).startswith(date)


@pytest.mark.parametrize(("zone", "said"), [("Asia/Seoul", "19:00"), ("America/St_Johns", "06:30")])
def test_times_are_those_of_the_homes_zone(home: FakeHome, zone: str, said: str) -> None:
    app = create_app(home, streams=1, zone=zone_of(zone))
    with app.test_request_context("/"):
        assert texts.minute(AT_S) == said


@pytest.mark.usefixtures("language")
def test_an_event_says_how_it_ended_and_what_the_hub_made_of_it() -> None:
    ended = row("1", "doorbell", "kitchen", "ended", heard_s=AT_S, duration_s=12.0)
    began = row("2", "doorbell", "kitchen", "began", heard_s=AT_S)
    assert sentences.event_words(ended) == "Attention · ended after 12 sec · 93%"
    assert sentences.event_words(began) == "Attention · began · 93% · alerted"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "quiet hours until 07:00"), ("ko", "07:00까지 조용한 시간이에요")],
    indirect=["language"],
)
@pytest.mark.usefixtures("language")
def test_an_event_in_quiet_hours_says_until_when(app: Flask, said: str) -> None:
    app.config["SORIBIT_ZONE"] = zone_of("Asia/Seoul")
    at_night = row("1", "doorbell", "kitchen", "began", heard_s=AT_S)
    kept = replace(at_night, alerted=False, reason="quiet_hours", until_s=AT_S + 12 * 3600.0)
    assert sentences.event_words(kept).endswith(f" · {said}")


@BOTH
def test_an_announcement_does_not_change_while_time_passes(language: str) -> None:
    home, later = scene("alarm", AT_S), scene("alarm", AT_S + 5.0)
    fire = alert("1", "smoke_alarm", "kitchen", AT_S)
    assert language
    assert sentences.announcement(home, fire) == sentences.announcement(later, fire)


@BOTH
def test_a_gap_says_where_and_when_nobody_listened(language: str) -> None:
    home, began = scene("trouble", AT_S), AT_S - 9000.0
    span = f"{texts.minute(began)}–{texts.minute(began + 1860.0)}"
    of_home, of_room = gap("1", "", began), gap("2", "kitchen", began)
    said = [sentences.gap_words(home, one) for one in (of_home, of_room)]
    assert (
        said
        == {
            "en": [f"Nobody listened {span}", f"Kitchen: nobody listened {span}"],
            "ko": [f"{span} 아무도 듣지 못했어요", f"주방: {span} 아무도 듣지 못했어요"],
        }[language]
    )


@BOTH
@pytest.mark.usefixtures("language")
def test_a_gap_that_is_on_or_not_dated_tells_what_is_known() -> None:
    home = scene("trouble", AT_S)
    still_open = gap("1", "", AT_S, to_s=None, is_open=True)
    for one in (still_open, gap("2", "", None, to_s=AT_S), gap("3", "", AT_S, to_s=None)):
        assert texts.minute(AT_S) in sentences.gap_words(home, one)
    for one in (gap("4", "", None), gap("5", "", None, is_open=True)):
        assert not re.search(r"\d|None", sentences.gap_words(home, one))


@pytest.mark.usefixtures("language")
def test_every_reason_of_a_gap_has_words() -> None:
    assert set(sentences.GAP_REASONS) == set(get_args(Why))
