from datetime import UTC, datetime

from msgspec.structs import replace

from contract.catalogue import Urgency, catalogue
from hub.alert import Alert, News
from hub.faults import Fault
from hub.render import Renderer
from hub.settings import HubSettings
from hub.supervise import Trouble
from hub.view import MissedSound
from tests.hub.house import SETTINGS
from tests.hub.make import START, new_id


def renderer(settings: HubSettings = SETTINGS) -> Renderer:
    return Renderer(settings, catalogue())


def smoke(*, missed: bool) -> News:
    return News(
        "raised",
        Alert(
            alert_id=new_id(),
            sound="smoke_alarm",
            urgency=Urgency.EMERGENCY,
            room_id="kitchen",
            reason="missed" if missed else "emergency",
            since_s=START.wall_s,
            raised_s=START.mono_s,
            missed=missed,
        ),
    )


def test_missed_emergency_shakes_no_wristband_and_moves_no_display() -> None:
    message = renderer().alert_message(smoke(missed=True), START.wall_s)
    assert message
    assert (message.pattern, message.vibration_ms) == ("none", ())
    assert message.text_en == "You missed – Kitchen: Smoke alarm"


def summary(count: int, since_s: float = START.wall_s) -> News:
    parts = (
        MissedSound(sound="smoke_alarm", room_id="kitchen", times=3),
        MissedSound(sound="doorbell", room_id="nursery", times=1),
    )
    missed = replace(
        smoke(missed=True).alert,
        since_s=since_s,
        until_s=since_s + 1860.0,
        parts=(parts * count)[:count],
    )
    return News("raised", missed)


def local(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC).astimezone():%H:%M}"


def test_summary_names_every_sound_and_room_once_in_both_languages() -> None:
    message = renderer().alert_message(summary(2), START.wall_s)
    assert message
    span = f"{local(START.wall_s)}–{local(START.wall_s + 1860.0)}"
    assert message.text_en == (
        f"While nobody could tell you, {span}: Smoke alarm ×3 (Kitchen), Doorbell (Nursery)"
    )
    assert message.text_ko == (
        f"알려 드리지 못하는 동안, {span}: 화재 경보기 ×3 (주방), 초인종 (Nursery)"
    )
    assert (message.pattern, message.vibration_ms) == ("none", ())


def test_summary_tells_the_time_of_the_home() -> None:
    seoul = renderer(replace(SETTINGS, time_zone="Asia/Seoul"))
    message = seoul.alert_message(summary(1), START.wall_s)
    assert message
    assert message.text_en.startswith("While nobody could tell you, 23:13–23:44: ")


def test_summary_of_very_much_stays_short_and_says_that_there_is_more() -> None:
    message = renderer().alert_message(summary(300), START.wall_s)
    assert message
    assert message.text_en.endswith(", +288")


def test_summary_tells_no_times_that_cannot_be_right() -> None:
    message = renderer().alert_message(summary(1, since_s=100.0), START.wall_s)
    assert message
    assert message.text_en == "While nobody could tell you: Smoke alarm ×3 (Kitchen)"


def test_live_emergency_shakes_and_moves() -> None:
    message = renderer().alert_message(smoke(missed=False), START.wall_s)
    assert message
    assert message.pattern == "alarm"
    assert message.vibration_ms


def test_trouble_keeps_its_id_until_its_end() -> None:
    trouble = Trouble(
        fault=Fault(trouble="no_audio", subject="nursery", detail="deaf"),
        since_s=START.wall_s,
        told_s=START.mono_s,
    )
    begin = renderer().trouble_message(trouble, "raised", START.wall_s)
    end = renderer().trouble_message(trouble, "ended", START.wall_s + 60.0)
    assert (begin.alert_id, begin.phase, end.phase) == (end.alert_id, "raised", "ended")
