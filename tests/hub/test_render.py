from contract.catalogue import Urgency, catalogue
from hub.alerts import Alert, News
from hub.render import Renderer
from hub.settings import HubSettings
from hub.supervise import Fault, Trouble
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
