from contract.messages import Sounding
from hub.rooms import SOUNDS_PER_NODE, UNLISTED_S, Hearing, Rooms
from tests.hub.make import new_id

NODES = {"oven": "kitchen", "sink": "kitchen", "cot": "nursery"}
WALL_S = 1_790_000_000.0


def quiet() -> Rooms:
    return Rooms(NODES, lambda sound: sound == "smoke_alarm")


def hearing(node_id: str, sound: str = "dog", now_s: float = 0.0, event_id: str = "") -> Hearing:
    return Hearing(
        node_id=node_id,
        sound=sound,
        event_id=event_id or new_id(),
        since_s=WALL_S + now_s,
        began_s=now_s,
        listed_s=now_s,
        score=0.5,
    )


def listed(rooms: Rooms, node_id: str, now_s: float, *sounds: str) -> list[str]:
    entries = [Sounding(sound=sound, event_id=new_id(), for_s=3.0) for sound in sounds]
    return rooms.listed(node_id, entries, now_s=now_s, wall_s=WALL_S + now_s)


def test_same_sound_from_two_nodes_of_a_room_counts_once() -> None:
    rooms = quiet()
    rooms.began(hearing("oven", now_s=1.0))
    rooms.began(hearing("sink", now_s=0.5))
    assert [(h.sound, h.since_s) for h in rooms.sounds("kitchen")] == [("dog", WALL_S + 0.5)]


def test_sound_is_over_in_a_room_when_its_last_node_says_so() -> None:
    rooms = quiet()
    rooms.began(hearing("oven"))
    rooms.began(hearing("sink"))
    assert not rooms.ended("oven", "dog")
    assert rooms.ended("sink", "dog")
    assert rooms.sounds("kitchen") == []


def test_late_end_of_an_earlier_sound_does_not_end_this_one() -> None:
    rooms = quiet()
    rooms.began(hearing("cot", event_id="second"))
    assert not rooms.ended("cot", "dog", "first")
    assert rooms.is_on("nursery", "dog")


def test_end_of_what_nobody_heard_is_no_end() -> None:
    assert not quiet().ended("cot", "dog")


def test_listed_sound_is_on_even_if_its_beginning_was_lost() -> None:
    rooms = quiet()
    listed(rooms, "cot", 10.0, "baby_crying")
    assert [(h.sound, h.since_s) for h in rooms.sounds("nursery")] == [
        ("baby_crying", WALL_S + 7.0)
    ]


def test_sound_that_is_not_listed_for_fifteen_seconds_is_over() -> None:
    rooms = quiet()
    rooms.began(hearing("cot"))
    listed(rooms, "cot", 5.0, "dog")
    assert listed(rooms, "cot", 5.0 + UNLISTED_S) == []
    assert listed(rooms, "cot", 5.1 + UNLISTED_S) == ["dog"]


def test_what_a_lost_node_heard_neither_shows_nor_ends_until_it_is_back() -> None:
    rooms = quiet()
    rooms.began(hearing("cot"))
    assert [h.sound for h in rooms.lose("cot")] == ["dog"]
    assert (rooms.sounds("nursery"), rooms.is_on("nursery", "dog")) == ([], True)
    assert listed(rooms, "cot", 500.0) == []
    assert listed(rooms, "cot", 500.1 + UNLISTED_S) == ["dog"]


def test_sound_is_found_in_all_its_rooms() -> None:
    rooms = quiet()
    rooms.began(hearing("cot"))
    rooms.began(hearing("sink"))
    assert rooms.where("dog") == ["kitchen", "nursery"]


def test_node_that_reports_endless_sounds_keeps_a_bounded_number() -> None:
    rooms = quiet()
    for number in range(SOUNDS_PER_NODE + 10):
        rooms.began(hearing("cot", sound=f"sound_{number}"))
    assert len(rooms.sounds("nursery")) == SOUNDS_PER_NODE


def test_emergency_is_neither_driven_out_by_other_sounds_nor_refused() -> None:
    rooms = quiet()
    rooms.began(hearing("cot", "smoke_alarm"))
    for number in range(SOUNDS_PER_NODE + 10):
        rooms.began(hearing("cot", sound=f"sound_{number}"))
    assert rooms.is_on("nursery", "smoke_alarm")
    rooms.ended("cot", "smoke_alarm")
    rooms.began(hearing("cot", sound="one_more"))
    rooms.began(hearing("cot", "smoke_alarm"))
    assert rooms.is_on("nursery", "smoke_alarm")
