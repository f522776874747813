import pytest

from contract.catalogue import Urgency
from hub.view import Gap
from hub.web import house
from tests.hub.web.conftest import AT_S
from tests.hub.web.scenes import alert, gap, node, room, row, scene


@pytest.mark.parametrize(
    ("over_floor_db", "lit"), [(-5.0, 0), (2.9, 0), (3.0, 1), (14.9, 2), (24.0, 4), (60.0, 5)]
)
def test_the_meter_shows_the_level_over_the_rooms_own_quiet(over_floor_db: float, lit: int) -> None:
    quiet, loud = node("a", AT_S), node("b", AT_S, over_floor_db=over_floor_db)
    assert house.bars(room("r", "R", "", quiet, loud)) == lit


def test_the_meter_of_a_deaf_room_is_dark() -> None:
    deaf = node("a", AT_S, hears=False, over_floor_db=40.0)
    assert house.bars(room("r", "R", "", deaf)) == 0


@pytest.mark.parametrize(
    ("sounds", "tone"),
    [
        ({}, "calm"),
        ({"water": 1.0}, "notice"),
        ({"water": 1.0, "doorbell": 1.0}, "attention"),
        ({"doorbell": 1.0, "smoke_alarm": 1.0}, "emergency"),
    ],
)
def test_a_room_looks_like_its_most_urgent_sound(sounds: dict[str, float], tone: str) -> None:
    assert house.room_tone(room("r", "R", "", node("a", AT_S), **sounds)) == tone


def test_an_emergency_in_a_room_that_went_deaf_stays_an_emergency() -> None:
    deaf = room("r", "R", "", node("a", AT_S, hears=False), smoke_alarm=1.0)
    assert house.room_tone(deaf) == "emergency"


@pytest.mark.parametrize("sounds", [{}, {"doorbell": 1.0}])
def test_a_room_that_does_not_hear_is_never_calm(sounds: dict[str, float]) -> None:
    assert house.room_tone(room("r", "R", "", node("a", AT_S, hears=False), **sounds)) == "trouble"
    assert house.room_tone(room("r", "R", "", **sounds)) == "unheard"


def test_alerts_come_in_the_order_of_what_people_must_do() -> None:
    alerts = [
        alert("seen", "smoke_alarm", "a", 9.0, acknowledged_s=10.0),
        alert("old", "doorbell", "a", 1.0),
        alert("new", "doorbell", "b", 2.0),
        alert("over", "smoke_alarm", "a", 9.0, sounding=False),
        alert("fire", "smoke_alarm", "b", 3.0),
    ]
    assert [a.alert_id for a in house.ordered(alerts)] == ["fire", "over", "new", "old", "seen"]


def test_what_is_acknowledged_or_missed_does_not_fill_the_page() -> None:
    seen = alert("1", "smoke_alarm", "a", 9.0, acknowledged_s=10.0)
    missed = alert("2", "smoke_alarm", "a", 9.0, reason="missed", sounding=False)
    bell = alert("3", "doorbell", "a", 1.0)
    assert house.foremost([seen, missed]) is None
    assert house.foremost([seen, missed, bell]) is bell


@pytest.mark.parametrize(
    ("name", "tone"),
    [("calm", "calm"), ("alarm", "emergency"), ("attention", "attention"), ("trouble", "trouble")],
)
def test_the_page_looks_like_the_house(name: str, tone: str) -> None:
    assert house.home_tone(scene(name, AT_S)) == tone


def test_an_empty_home_is_not_calm() -> None:
    assert house.home_tone(scene("empty", AT_S)) == "trouble"


def test_listening_counts_who_hears_and_names_who_does_not() -> None:
    who = house.listening(scene("trouble", AT_S))
    assert (who.rooms, who.without_ear, who.silent_lamps) == (4, 1, 1)
    assert [(deaf.room.room_id, deaf.since_s) for deaf in who.deaf] == [("study", AT_S - 2460.0)]


def test_every_urgency_has_a_look() -> None:
    assert {house.tone_of(urgency) for urgency in Urgency} <= {
        "emergency", "attention", "notice", "calm", "trouble"
    }  # fmt: skip


def test_the_diary_has_gaps_among_the_sounds_newest_first() -> None:
    early = row("1", "dog", "kitchen", "began", heard_s=AT_S - 500.0)
    late = row("2", "dog", "kitchen", "began", heard_s=AT_S - 100.0)
    quiet, undated = gap("g", "", AT_S - 300.0), gap("u", "", None)
    assert house.diary([early, late], [quiet, undated]) == [undated, late, quiet, early]


@pytest.mark.parametrize(
    ("room_gap", "is_told"),
    [
        (gap("r", "kitchen", AT_S), False),
        (gap("r", "kitchen", AT_S - 20.0, to_s=AT_S + 1880.0), False),
        (gap("r", "kitchen", AT_S - 40.0), True),
        (gap("r", "kitchen", AT_S, to_s=AT_S + 1900.0), True),
        (gap("r", "kitchen", AT_S, to_s=None, is_open=True), True),
        (gap("r", "kitchen", None, to_s=AT_S), True),
    ],
)
def test_a_gap_of_a_room_is_told_where_it_outlasts_that_of_the_home(
    room_gap: Gap, is_told: bool
) -> None:
    whole = gap("h", "", AT_S)
    assert (room_gap in house.told([room_gap, whole])) is is_told


def test_a_gap_of_a_room_that_nobody_could_date_is_told_with_the_home() -> None:
    assert house.told([gap("h", "", None), gap("r", "kitchen", None)]) == [gap("h", "", None)]
