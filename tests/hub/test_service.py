"""The hub at work on a real broker, a real database and a virtual bulb."""

import json
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.catalogue import Urgency
from contract.clock import SETTLES_S, SystemClock
from contract.messages import Phase, encode
from contract.topics import HUB_STATUS, node_event, node_status
from hub.rules import Alerts
from hub.service import Hub
from hub.settings import HubSettings, Light
from soribit.light import Light as BulbLight
from tests.hub import house as homes
from tests.hub.house import EVENING, SETTINGS, VIOLET, House
from tests.hub.make import event, new_id
from tests.hub.store.test_database import looked_into
from tests.hub.store.test_history import LOCK
from tests.hub.test_ingest import HOSTILE
from tests.real import ROOT, until

RED = {"r": 255, "g": 42, "b": 26}
"""The catalogue's colour of the smoke alarm."""
GREEN = {"r": 47, "g": 191, "b": 74}
"""Of the doorbell."""


def open_alert(hub: Hub) -> str:
    until(lambda: hub.home.view().alerts, what="the alert")
    return hub.home.view().alerts[0].alert_id


def test_sound_becomes_light_history_and_an_acknowledgement(house: House) -> None:
    with house.hub() as hub:
        house.lives()
        ring = house.sound("doorbell")
        until(house.lit, what="the lamp")
        until(lambda: ring in house.acknowledged, what="the acknowledgement")
        until(lambda: hub.home.history(1), what="the history")
    (row,) = hub.home.history(10)
    assert (row.event_id, row.room_id, row.alerted, row.reason) == (
        ring,
        "kitchen",
        True,
        "attention",
    )
    assert [message.text_ko for message in house.alerts[:1]] == ["주방: 초인종"]


class LongRunning(SystemClock):
    """A machine that has been up for long, so that its wall clock is trusted."""

    def mono_s(self) -> float:
        return super().mono_s() + SETTLES_S


def _told(house: House) -> set[str]:
    return {message.alert_id for message in house.alerts}


def test_ring_in_quiet_hours_is_history_and_a_fire_is_light(house: House) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    starts, ends = now - timedelta(hours=1), now + timedelta(hours=1)
    hours = Alerts(quiet_hours=f"{starts:%H:%M}-{ends:%H:%M}")
    settings = replace(SETTINGS, alerts=hours, time_zone="UTC")
    with house.hub(settings, LongRunning()) as hub:
        ring, fire = house.sound("doorbell"), house.sound("smoke_alarm")
        until(lambda: len(hub.home.history(10)) > 1, what="the history")
        until(lambda: fire in _told(house), what="the alert")
        rows = {row.event_id: row for row in hub.home.history(10)}
    assert (rows[ring].reason, rows[ring].until_s) == ("quiet_hours", ends.timestamp())
    assert ring not in _told(house)  # a trouble of a busy machine may be
    colours = [command["color"] for command in house.lit()]
    assert RED in colours
    assert GREEN not in colours


def test_lamp_flashes_before_the_database_has_stored_anything(house: House) -> None:
    with house.hub():
        command = [sys.executable, "-c", LOCK, str(house.state / "hub.sqlite")]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout is not None
            other.stdout.readline()
            beep = house.sound("smoke_alarm")
            until(house.lit, what="the lamp")
            assert house.lit()[0]["color"] == RED
            assert house.acknowledged == []
            other.communicate()
        until(lambda: beep in house.acknowledged, what="the acknowledgement")


def test_failing_store_is_a_trouble_that_heals(house: House) -> None:
    def troubles() -> list[str]:
        return [trouble.trouble for trouble in hub.home.view().troubles]

    with house.hub() as hub:
        command = [sys.executable, "-c", LOCK, str(house.state / "hub.sqlite")]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout is not None
            other.stdout.readline()
            house.sound("smoke_alarm")
            until(lambda: "history_not_stored" in troubles(), what="the trouble")
            other.communicate()
        until(lambda: "history_not_stored" not in troubles(), what="the end of the trouble")

    def said() -> list[tuple[str, str]]:
        return [(m.sound, m.phase) for m in house.alerts if m.urgency == "trouble"]

    until(lambda: ("history_not_stored", "ended") in said(), what="the word of its end")


def test_event_that_comes_again_is_acknowledged_again_and_nothing_else(house: House) -> None:
    with house.hub() as hub:
        ring = house.sound("doorbell")
        until(lambda: house.acknowledged == [ring], what="the first acknowledgement")
        for _ in range(5):
            house.sound("doorbell", event_id=ring)
        until(lambda: len(house.acknowledged) == 6, what="five more")
        assert len(hub.home.history(10)) == 1
        assert hub.home.counters().alerts == 1


def test_event_that_comes_again_after_a_restart_is_known(house: House) -> None:
    with house.hub():
        ring = house.sound("doorbell")
        until(lambda: house.acknowledged == [ring], what="the first acknowledgement")
    with house.hub() as hub:
        house.sound("doorbell", event_id=ring)
        until(lambda: house.acknowledged == [ring, ring], what="the second acknowledgement")
        assert hub.home.counters().alerts == 0
        assert [row.event_id for row in hub.home.history(10)] == [ring]


def test_alarm_that_still_sounds_when_the_hub_starts_flashes(house: House) -> None:
    with house.hub() as hub:
        house.lives(("smoke_alarm", new_id()))
        until(house.lit, what="the lamp")
        until(
            lambda: [alert.sound for alert in hub.home.view().alerts] == ["smoke_alarm"],
            what="the alert on the page",
        )


def test_event_that_waited_five_minutes_flashes_nothing(house: House) -> None:
    with house.hub() as hub:
        house.lives()
        late = house.sound("doorbell", ago_s=300.0)
        until(lambda: late in house.acknowledged, what="the acknowledgement")
        until(lambda: hub.home.history(1), what="the history")
        assert (hub.home.history(1)[0].reason, house.flashes()) == ("late", [])


def test_after_malformed_messages_the_next_good_alarm_flashes(house: House) -> None:
    with house.hub() as hub:
        for payload in HOSTILE:
            house.send(node_event("kitchen"), payload)
        house.sound("smoke_alarm")
        until(house.lit, what="the lamp")
        assert hub.home.counters().events_dropped == len(HOSTILE)


def test_message_that_is_too_long_is_counted(house: House) -> None:
    with house.hub() as hub:

        def counted() -> bool:  # sent again: the hub may not have subscribed yet
            house.kitchen._client.publish(node_event("kitchen"), b"x" * 2000)
            return hub.home.counters().events_dropped > 0

        until(counted, what="the refusal")


class SetClock(SystemClock):
    """A machine whose wall clock somebody sets back."""

    back_s = 0.0

    def wall_s(self) -> float:
        return super().wall_s() - self.back_s


def test_picture_is_renewed_though_the_wall_clock_was_set_back(house: House) -> None:
    clock = SetClock()
    with house.hub(clock=clock) as hub:
        before_s = hub.home.view().at_s
        clock.back_s = 3600.0
        until(lambda: hub.home.view().at_s < before_s, what="a new picture", within_s=10.0)


def test_hostile_reports_of_a_lamp_do_not_keep_it_from_flashing(house: House) -> None:
    with house.hub():
        lamp = house.bulb
        for payload in (b"[" * 50_000, b'{"brightness":NaN}', b"\xff", b"x" * 500_000):
            lamp._link.publish(homes.TOPIC, payload)
        house.sound("smoke_alarm")
        until(house.lit, what="the lamp")


def test_retained_event_is_refused(house: House) -> None:
    with house.hub() as hub:
        house.send(node_event("kitchen"), encode(event("smoke_alarm")), retain=True)
        until(lambda: hub.home.counters().events == 1, what="the live copy")
    with house.hub() as hub:
        until(lambda: hub.home.counters().events_dropped == 1, what="the refusal")


def test_acknowledging_puts_the_lamp_back(house: House) -> None:
    with house.hub() as hub:
        house.lives()
        house.sound("smoke_alarm")
        until(lambda: len(house.lit()) >= 2, what="two flashes")
        assert hub.home.acknowledge(open_alert(hub))
        until(lambda: house.bulb_is(EVENING), what="the calm light")
        until(lambda: not hub.home.view().lamps[0].flashing, what="the lamp's release")
    assert [message.phase for message in house.alerts] == ["raised", "acknowledged"]


def test_lamp_that_was_off_goes_off_with_its_own_colour(house: House) -> None:
    night = BulbLight(on=False, brightness=33, mired=400)
    house.lamp.light = night
    with house.hub() as hub:
        until(lambda: not hub.home.view().lamps[0].on, what="the lamp's report")
        house.sound("smoke_alarm")
        until(house.lit, what="the lamp")
        hub.home.acknowledge(open_alert(hub))
        until(lambda: house.bulb_is(night), what="the calm light")


def test_hub_that_ends_puts_the_lamp_back_and_says_goodbye(house: House) -> None:
    seen: list[bytes] = []
    house.kitchen.subscribe(HUB_STATUS, lambda arrival: seen.append(arrival.payload))
    with house.hub():
        house.sound("smoke_alarm")
        until(house.lit, what="the lamp")
    until(lambda: house.bulb_is(EVENING), what="the calm light")
    until(lambda: seen and json.loads(seen[-1])["state"] == "offline", what="the goodbye")


def test_hub_killed_in_mid_flash_restores_the_lamp_at_its_next_start(
    house: House, tmp_path: Path
) -> None:
    config = tmp_path / "killed.toml"
    rooms = '[rooms.kitchen]\nname = "Kitchen"\nnodes = ["kitchen"]\n'
    config.write_text(f"{house.broker.config.read_text()}\n{rooms}")
    command = [sys.executable, "-c", HUB, str(config), str(house.state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        house.sound("smoke_alarm")
        until(lambda: len(house.lit()) >= 2, what="the lamp")
        process.send_signal(signal.SIGKILL)
    assert not house.bulb_is(EVENING)
    with house.hub():
        until(lambda: house.bulb_is(EVENING), what="the calm light", within_s=15.0)


HUB = """
import sys, threading
from pathlib import Path
from contract import settings as files
from contract.clock import SystemClock
from hub.announce import link_of_hub
from hub.service import Hub
from hub.settings import HubSettings
settings = files.load(Path(sys.argv[1]), HubSettings)
link = link_of_hub(settings.broker.account(default_username="hub"))
hub = Hub(settings, link, Path(sys.argv[2]), SystemClock(), broker="mosquitto")
hub.start()
while not hub.home.view().lamps[0].brightness:
    threading.Event().wait(0.02)
print("up", flush=True)
threading.Event().wait()
"""


def test_lamp_that_does_not_answer_is_named(house: House) -> None:
    lights = {**SETTINGS.lights, "attic": Light(topic="zigbee2mqtt/attic", name="Attic")}
    settings = HubSettings(rooms=SETTINGS.rooms, lights=lights)
    with house.hub(settings) as hub:
        until(
            lambda: (
                [(t.trouble, t.subject) for t in hub.home.view().troubles]
                == [("lamp_silent", "attic")]
            ),
            what="the trouble",
        )
        assert [lamp.answers for lamp in hub.home.view().lamps] == [True, False]


def test_node_that_the_broker_lost_is_a_trouble_in_violet(house: House) -> None:
    with house.hub() as hub:
        house.lives()
        house.send(node_status("kitchen"), b'{"state":"offline","schema":1}')
        until(
            lambda: "node_offline" in [t.trouble for t in hub.home.view().troubles],
            what="the trouble",
        )
        until(house.lit, what="the lamp")
    assert house.lit()[0]["color"] == VIOLET
    assert house.alerts[0].urgency == "trouble"


def test_node_that_belongs_to_no_room_is_a_trouble_and_alerts_nothing(house: House) -> None:
    nursery = replace(SETTINGS, rooms={"nursery": SETTINGS.rooms["nursery"]}, lights={})
    with house.hub(nursery) as hub:
        house.lives()
        house.sound("smoke_alarm")

        def named() -> bool:
            known = [(t.trouble, t.subject) for t in hub.home.view().troubles]
            return ("node_unknown", "kitchen") in known

        until(named, what="the trouble")
        assert hub.home.view().alerts == ()


def test_room_says_whether_it_hears_and_what(house: House) -> None:
    rooms: dict[str, object] = {}
    watch = house._links[1]
    watch.subscribe(
        "soribit/v1/hub/room/+",
        lambda arrival: rooms.update({arrival.topic[-7:]: json.loads(arrival.payload)}),
    )

    def kitchen(key: str) -> object:
        said = rooms.get("kitchen")
        return said.get(key) if isinstance(said, dict) else None

    with house.hub():
        until(lambda: kitchen("hears") is False, what="a room that does not hear")
        house.lives()
        until(lambda: kitchen("hears") is True, what="a room that hears")
        cough = house.sound("cough")
        until(lambda: kitchen("sounds"), what="a sound")
        house.sound("cough", Phase.ENDED, began_id=cough)
        until(lambda: kitchen("sounds") == [], what="its end")


def test_hub_is_back_after_the_broker_was_away(house: House, tmp_path: Path) -> None:
    with house.hub() as hub:
        house.broker.process.kill()
        until(lambda: not hub.home.view().broker_up, what="the loss")
        command = [sys.executable, "-m", "hub", "broker", "--config", str(house.broker.config)]
        with subprocess.Popen([*command, "--state", str(tmp_path)], cwd=ROOT) as again:
            until(lambda: hub.home.view().broker_up, what="the return")
            until(lambda: house.kitchen.is_up, what="the node's return")
            until(lambda: house.sound("smoke_alarm") and house.lit(), what="the lamp")
            again.terminate()


def test_each_stage_of_an_event_is_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with house.hub():
        beep = house.sound("smoke_alarm")
        until(lambda: beep in house.acknowledged, what="the acknowledgement")
        until(lambda: "acknowledged" in stages(caplog, beep), what="the log")
        until(lambda: len(house.lit()) >= 2, what="two flashes")
    said = stages(caplog, beep)
    assert {"dispatched", "delivered", "alert raised", "received", "stored"} <= set(said)
    assert said.count("delivered") == 1, "once, however often the lamp flashes"
    assert any(stage.startswith("decided: ") for stage in said)


def stages(caplog: pytest.LogCaptureFixture, event_id: str) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if getattr(record, "event_id", "") == event_id
    ]


def test_threads_end_with_the_hub(house: House) -> None:
    before = threading.active_count()
    with house.hub():
        assert threading.active_count() > before
    until(lambda: threading.active_count() <= before, what="the threads' end")


def gaps(hub: Hub) -> list[tuple[str, str, bool]]:
    return [(gap.room_id, gap.why, gap.is_open) for gap in hub.home.view().gaps]


@pytest.mark.parametrize(("same_boot", "why"), [(True, "hub"), (False, "power")])
def test_time_in_which_the_hub_was_away_is_in_the_history(
    house: House, same_boot: bool, why: str
) -> None:
    with house.hub():
        house.lives()
    with looked_into(house.state / "hub.sqlite") as connection:
        connection.exec_driver_sql("UPDATE alive SET mono_s = mono_s - 1800")
        connection.exec_driver_sql("UPDATE alive SET wall_s = wall_s - 1800")
        if not same_boot:
            connection.exec_driver_sql("UPDATE alive SET boot_id = 'another start'")
        connection.commit()
    with house.hub() as hub:
        until(lambda: ("", why, True) in gaps(hub), what="the open gap")
        house.lives()
        until(lambda: ("", why, False) in gaps(hub), what="its end")
        told = next(gap for gap in hub.home.view().gaps if not gap.room_id)
        assert told.from_s is not None
        assert told.to_s is not None
        assert 1800.0 <= told.to_s - told.from_s < 1860.0
    with house.hub() as hub:
        assert ("", why, False) in gaps(hub)


def test_outage_is_one_message_that_can_be_acknowledged_and_lights_no_lamp(house: House) -> None:
    with house.hub() as hub:
        house.lives()
        for number in range(20):
            house.sound("glass_breaking", ago_s=300.0 + number)
        house.sound("doorbell", ago_s=200.0)
        summary = open_alert(hub)
        (shown,) = hub.home.view().alerts
        assert [(part.sound, part.times) for part in shown.parts] == [
            ("glass_breaking", 20),
            ("doorbell", 1),
        ]
        assert hub.home.acknowledge(summary)
        until(lambda: not hub.home.view().alerts, what="the end of the message")
    said = [message for message in house.alerts if message.urgency is not Urgency.TROUBLE]
    assert [(message.phase, message.pattern) for message in said] == [
        ("raised", "none"),
        ("acknowledged", "none"),
    ]
    assert "Glass breaking ×20 (Kitchen), Doorbell (Kitchen)" in said[0].text_en
    assert house.flashes() == []


def test_hub_whose_history_opens_late_still_knows_what_it_has_stored(house: House) -> None:
    with house.hub():
        ring = house.sound("doorbell")
        until(lambda: house.acknowledged == [ring], what="the first acknowledgement")
    nobody_reads = LOCK.replace("BEGIN", "PRAGMA locking_mode = EXCLUSIVE; BEGIN")
    nobody_reads = nobody_reads.replace("connection.execute(", "connection.executescript(")
    command = [sys.executable, "-c", nobody_reads, str(house.state / "hub.sqlite")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with house.hub() as hub:
            assert hub.home.history(10) == []
            other.communicate()
            until(lambda: [row.event_id for row in hub.home.history(10)] == [ring], what="it")
            house.sound("doorbell", event_id=ring)
            until(lambda: house.acknowledged == [ring, ring], what="the second")
            assert hub.home.counters().alerts == 0
