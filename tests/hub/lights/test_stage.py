import threading
import time
from collections.abc import Iterator

import pytest

from contract.catalogue import Urgency
from hub.deliver import Workers
from hub.flash import RHYTHMS, Cue, Director
from hub.lights.calm import RETRY_S
from hub.lights.port import LampReport, LampState, Look
from hub.lights.stage import Stage
from hub.store.records import LampRecord
from tests.hub.lights.fake_lamp import FakeLamp
from tests.real import until

EVENING = LampState(on=True, brightness=120, mired=370)
RED = Look("#ff2a1a", 254)
SMOKE = Cue(
    cue_id="kitchen/smoke_alarm",
    event_id="beep",
    urgency=Urgency.EMERGENCY,
    colour=RED.colour,
    rhythm=RHYTHMS["alarm"],
    lamps=frozenset({"hall", "attic"}),
)


class Lights:
    """Two fake lamps on a stage; what they say reaches it when the test hands it on."""

    def __init__(self, kept: tuple[LampRecord, ...] = ()) -> None:
        self.said: list[LampReport] = []
        self.records: list[LampRecord] = []
        self.has_room = True
        self.lamps = {name: FakeLamp(name, EVENING, self.said.append) for name in ("hall", "attic")}
        limits = {name: lamp.limit_per_s for name, lamp in self.lamps.items()}
        self.workers = Workers(limits, time.monotonic)
        director = Director(dict.fromkeys(self.lamps, "home"))
        self.stage = Stage(self.lamps, self.workers, director, self._keep)
        self.start_s = time.monotonic()
        self.stage.recall(kept, [RED.colour], self.start_s)
        self.workers.start()

    def _keep(self, record: LampRecord) -> bool:
        if self.has_room:
            self.records.append(record)
        return self.has_room

    def hand_on(self, *lamps: str) -> None:
        """Wait for a word of each of these lamps, and hand all that was said to the stage."""
        until(lambda: set(lamps) <= {report.lamp_id for report in self.said}, what="reports")
        for report in self.said.copy():
            self.stage.reported(report, time.monotonic())
        self.said.clear()


@pytest.fixture
def lights() -> Iterator[Lights]:
    made = Lights()
    made.stage.tick(time.monotonic())
    made.hand_on("hall", "attic")
    yield made
    made.workers.stop()


def test_idle_lamps_are_asked_and_what_they_say_is_kept(lights: Lights) -> None:
    assert {(r.lamp_id, r.calm, r.flashing) for r in lights.records} == {
        ("hall", EVENING, False),
        ("attic", EVENING, False),
    }


def test_alert_reaches_every_lamp_at_once_and_is_marked_on_disk(lights: Lights) -> None:
    lights.records.clear()
    lights.stage.play(SMOKE, time.monotonic())
    until(lambda: all(lamp.looks == [RED] for lamp in lights.lamps.values()), what="light")
    assert {(r.lamp_id, r.calm, r.flashing) for r in lights.records} == {
        ("hall", EVENING, True),
        ("attic", EVENING, True),
    }


def test_lamp_that_hangs_delays_no_other_and_is_found_silent(lights: Lights) -> None:
    hang = lights.lamps["attic"].hang = threading.Event()
    now_s = time.monotonic()
    lights.stage.play(SMOKE, now_s)
    lights.hand_on("hall")
    assert lights.lamps["hall"].looks == [RED]
    lights.stage.tick(now_s + 5.0)
    assert list(lights.stage.silent_since_s()) == ["attic"]
    hang.set()


def test_silent_lamp_is_named_with_what_its_driver_knows(lights: Lights) -> None:
    attic = lights.lamps["attic"]
    hang = attic.hang = threading.Event()
    attic.fault = "another lamp is at its address"
    now_s = time.monotonic()
    lights.stage.play(SMOKE, now_s)
    lights.hand_on("hall")
    lights.stage.tick(now_s + 5.0)
    assert lights.stage.silences(while_broker_away=False) == {"attic": attic.fault}
    assert lights.stage.silences(while_broker_away=True) == {"attic": attic.fault}
    attic.needs_broker = True
    assert lights.stage.silences(while_broker_away=True) == {}
    hang.set()


def test_stopped_alert_brings_the_calm_state_back_and_clears_the_mark(lights: Lights) -> None:
    now_s = time.monotonic()
    lights.stage.play(SMOKE, now_s)
    lights.hand_on("hall", "attic")
    lights.stage.stop(SMOKE.cue_id, time.monotonic())
    lights.hand_on("hall", "attic")
    assert [lamp.state for lamp in lights.lamps.values()] == [EVENING, EVENING]
    assert not lights.stage.is_flashing("hall")
    assert lights.records[-1].flashing is False


def test_lamp_marked_by_a_killed_run_is_put_back() -> None:
    kept = LampRecord(lamp_id="hall", calm=EVENING, flashing=True)
    lights = Lights((kept,))
    lights.lamps["hall"].state = LampState(on=False, brightness=254)
    lights.stage.tick(lights.start_s)
    lights.hand_on("hall")
    lights.stage.tick(lights.start_s + RETRY_S)
    until(lambda: lights.lamps["hall"].state == EVENING, what="the calm light")
    lights.workers.stop()


def test_putting_lamps_right_keeps_to_the_flash_budget(lights: Lights) -> None:
    now_s = time.monotonic()
    group = lights.stage._director
    assert [group.spend("hall", now_s) for _ in range(4)] == [True, True, True, False]


def test_hub_that_ends_sends_every_lamp_back(lights: Lights) -> None:
    lights.stage.play(SMOKE, time.monotonic())
    lights.hand_on("hall", "attic")
    lights.stage.leave(time.monotonic())
    until(lambda: all(lamp.state == EVENING for lamp in lights.lamps.values()), what="calm light")


def test_calm_state_that_found_no_room_is_kept_later(lights: Lights) -> None:
    lights.has_room = False
    lights.stage.play(SMOKE, time.monotonic())
    lights.hand_on("hall", "attic")
    before = len(lights.records)
    lights.has_room = True
    lights.stage.advance(lights.stage.due_s)
    assert {record.lamp_id for record in lights.records[before:]} == {"hall", "attic"}
