"""Homes to look at: calm, a smoke alarm, trouble. Times count back from `at_s`."""

import time

from msgspec.structs import replace

from contract.catalogue import Urgency, catalogue
from hub.view import (
    AlertView,
    Gap,
    HistoryRow,
    HomeView,
    LampView,
    MissedSound,
    NodeView,
    RoomView,
    SoundView,
    TroubleView,
)

SCENES = ("calm", "alarm", "attention", "trouble", "empty")


def scene(name: str, at_s: float | None = None) -> HomeView:
    """Return one of `SCENES`."""
    now_s = time.time() if at_s is None else at_s
    return {
        "calm": _calm,
        "alarm": _alarm,
        "attention": _attention,
        "trouble": _trouble,
        "empty": _empty,
    }[name](now_s)


def rows(at_s: float, count: int = 60) -> list[HistoryRow]:
    """Return a plausible past: pairs of began and ended, one possible among seven."""
    sounds = ("appliance_beep", "door_knock", "water", "dog", "doorbell", "cough", "baby_crying")
    rooms = ("kitchen", "nursery", "bathroom", "living")
    made: list[HistoryRow] = []
    for n in range(count // 2):
        began_s, length_s = at_s - 180.0 - n * 640.0, 12.0 + (n * 37) % 200
        sound, room = sounds[n % len(sounds)], rooms[n % len(rooms)]
        if n % 7 == 5:
            made.append(row(f"p{n}", sound, room, "possible", heard_s=began_s))
            continue
        made.append(row(f"b{n}", sound, room, "began", heard_s=began_s))
        ended_s = began_s + length_s
        made.append(row(f"e{n}", sound, room, "ended", heard_s=ended_s, duration_s=length_s))
    return made


def row(
    event_id: str,
    sound: str,
    room_id: str,
    phase: str,
    *,
    heard_s: float,
    duration_s: float = 0.0,
) -> HistoryRow:
    """Return one stored event."""
    urgency = catalogue().get(sound).urgency
    began = phase == "began"
    return HistoryRow(
        event_id=event_id,
        node_id=room_id,
        room_id=room_id,
        sound=sound,
        phase="began" if began else "ended" if phase == "ended" else "possible",
        urgency=urgency,
        score=0.41 if phase == "possible" else 0.93,
        level_db=-31.0,
        duration_s=duration_s,
        heard_s=heard_s,
        alerted=began and urgency is not Urgency.NOTICE,
        reason=phase if not began else "notice_only" if urgency is Urgency.NOTICE else urgency,
    )


def node(node_id: str, at_s: float, *, hears: bool = True, over_floor_db: float = 2.0) -> NodeView:
    """Return one ear."""
    return NodeView(
        node_id=node_id,
        hears=hears,
        level_db=-58.0 + over_floor_db,
        floor_db=-58.0,
        inference_ms=8.24,
        outbox_depth=0,
        dropped_windows=0,
        version="0.1.0",
        model="household 1",
        last_heard_s=at_s - (2.0 if hears else 27_900.0),
    )


def room(room_id: str, name: str, name_ko: str, *nodes: NodeView, **sounds: float) -> RoomView:
    """Return a room; each sound by its id and for how long it has been on."""
    at_s = max((ear.last_heard_s or 0.0 for ear in nodes), default=0.0) + 2.0
    return RoomView(
        room_id=room_id,
        name_en=name,
        name_ko=name_ko,
        hears=any(ear.hears for ear in nodes),
        nodes=nodes,
        sounds=tuple(
            SoundView(
                sound=sound,
                urgency=catalogue().get(sound).urgency,
                score=0.98,
                since_s=at_s - for_s,
            )
            for sound, for_s in sounds.items()
        ),
    )


def alert(alert_id: str, sound: str, room_id: str, since_s: float, **other: object) -> AlertView:
    """Return an open alert of a sound that is on."""
    made = AlertView(
        alert_id=alert_id,
        sound=sound,
        urgency=catalogue().get(sound).urgency,
        room_id=room_id,
        since_s=since_s,
        score=0.98,
        heard_by="both" if sound == "smoke_alarm" else "network",
        reason="emergency",
        sounding=True,
        acknowledged_s=None,
        ear_lost=False,
    )
    return replace(made, **other)


def lamp(lamp_id: str, name: str, name_ko: str, room_id: str, **other: object) -> LampView:
    """Return a lamp that shines warm white."""
    made = LampView(
        lamp_id=lamp_id,
        name_en=name,
        name_ko=name_ko,
        room_id=room_id,
        on=True,
        brightness=178,
        colour="#ffd9a0",
        flashing=False,
        answers=True,
    )
    return replace(made, **other)


def gap(gap_id: str, room_id: str, from_s: float | None, **other: object) -> Gap:
    """Return half an hour in which nobody listened; "" is the whole home."""
    made = Gap(
        gap_id=gap_id,
        room_id=room_id,
        why="power" if not room_id else "ear",
        from_s=from_s,
        to_s=None if from_s is None else from_s + 1860.0,
        is_open=False,
    )
    return replace(made, **other)


def _rooms(at_s: float) -> dict[str, RoomView]:
    return {
        "kitchen": room("kitchen", "Kitchen", "주방", node("kitchen", at_s)),
        "nursery": room("nursery", "Nursery", "아기방", node("nursery", at_s)),
        "living": room("living", "Living room", "거실", node("living", at_s, over_floor_db=9.0)),
        "bathroom": room("bathroom", "Bathroom", "욕실", node("bathroom", at_s)),
        "study": room("study", "Study", "서재", node("study", at_s)),
        "balcony": room("balcony", "Balcony", "베란다"),
    }


def _lamps(**other: object) -> tuple[LampView, ...]:
    return (
        lamp("kitchen-lamp", "Kitchen lamp", "주방 등", "kitchen", **other),
        lamp("nursery-lamp", "Night light", "아기방 수면등", "nursery", **other),
        lamp("living-lamp", "Floor lamp", "거실 스탠드", "living", **({"on": False} | other)),
    )


def _home(at_s: float, rooms: dict[str, RoomView], **other: object) -> HomeView:
    made = HomeView(
        at_s=at_s,
        version="0.1.0",
        broker="mosquitto",
        broker_up=True,
        rooms=tuple(rooms.values()),
        lamps=_lamps(),
    )
    return replace(made, **other)


def _calm(at_s: float) -> HomeView:
    rooms = _rooms(at_s)
    del rooms["balcony"]
    return _home(at_s, rooms)


def _alarm(at_s: float) -> HomeView:
    kitchen = node("kitchen", at_s, over_floor_db=41.0)
    nursery = node("nursery", at_s, over_floor_db=19.0)
    bathroom = node("bathroom", at_s, over_floor_db=10.0)
    rooms = _rooms(at_s) | {
        "kitchen": room("kitchen", "Kitchen", "주방", kitchen, smoke_alarm=22.0),
        "nursery": room("nursery", "Nursery", "아기방", nursery, baby_crying=185.0),
        "bathroom": room("bathroom", "Bathroom", "욕실", bathroom, water=64.0),
        "study": room("study", "Study", "서재", node("study", at_s, hears=False)),
    }
    return _home(
        at_s,
        rooms,
        alerts=(
            alert("1f0e", "baby_crying", "nursery", at_s - 185.0, score=0.91),
            alert("2c7a", "smoke_alarm", "kitchen", at_s - 22.0, also_in=("living",)),
        ),
        lamps=_lamps(on=True, brightness=254, colour="#ff2a1a", flashing=True),
        troubles=(_deaf_study(at_s),),
    )


def _attention(at_s: float) -> HomeView:
    living = node("living", at_s, over_floor_db=26.0)
    rooms = _rooms(at_s) | {"living": room("living", "Living room", "거실", living, doorbell=4.0)}
    return _home(at_s, rooms, alerts=(alert("3b1d", "doorbell", "living", at_s - 4.0),))


def _trouble(at_s: float) -> HomeView:
    rooms = _rooms(at_s)
    rooms["study"] = room("study", "Study", "서재", node("study", at_s, hears=False))
    lamps = _lamps()
    silent = TroubleView(
        trouble="lamp_silent",
        subject="living-lamp",
        room_id="living",
        since_s=at_s - 300.0,
        detail="no state within 2 s",
    )
    broken = lamp("living-lamp", "Floor lamp", "거실 스탠드", "living", answers=False)
    return _home(
        at_s,
        rooms,
        lamps=(*lamps[:2], broken),
        alerts=(
            alert(
                "5e2f",
                "smoke_alarm",
                "kitchen",
                at_s - 8900.0,
                reason="missed",
                sounding=False,
                score=0.0,
                until_s=at_s - 7300.0,
                parts=(
                    MissedSound(sound="smoke_alarm", room_id="kitchen", times=3),
                    MissedSound(sound="doorbell", room_id="living", times=2),
                    MissedSound(sound="baby_crying", room_id="nursery", times=1),
                ),
            ),
        ),
        troubles=(_deaf_study(at_s), silent),
        gaps=(
            gap("g1", "", at_s - 9000.0),
            gap("g2", "nursery", at_s - 3000.0),
            gap("g3", "study", at_s - 2460.0, to_s=None, is_open=True),
            gap("g4", "living", None),
        ),
    )


def _empty(at_s: float) -> HomeView:
    return _home(at_s, {}, lamps=())


def _deaf_study(at_s: float) -> TroubleView:
    return TroubleView(
        trouble="no_audio",
        subject="study",
        room_id="study",
        since_s=at_s - 2460.0,
        detail="last frame 2460 s ago",
    )
