"""What a node measures of itself."""

from pathlib import Path

import numpy as np
import pytest

from contract.messages import NodeStatus, decode, encode
from contract.topics import limit_bytes, node_status
from node.blocks import AudioBlock
from node.health import Meter, Troubles, is_time_synchronised, some_unproven, temperature_c

NOON, LATER = "2026-01-31T12:00:00.000Z", "2026-01-31T12:05:00.000Z"


def test_zeros_and_clipped_samples_are_counted_since_the_last_sign_of_life() -> None:
    meter = Meter(0.0)
    meter.hear(
        AudioBlock(np.array([0.0, 0.0, 1.0, -1.0, 0.5, 0.1, 0.2, 0.3], np.float32), 0.0), 1.0
    )

    assert meter.shares() == (0.25, 0.25)
    assert meter.shares() == (0.0, 0.0)


def test_the_age_of_the_last_frame_counts_from_the_start() -> None:
    meter = Meter(100.0)

    assert meter.frame_age_s(103.0) == 3.0
    meter.hear(AudioBlock(np.zeros(8, np.float32), 103.0), 104.0)
    assert meter.frame_age_s(104.5) == 0.5


def test_a_trouble_keeps_the_time_when_it_began() -> None:
    troubles = Troubles()

    assert troubles.update({"no_audio": "no sound", "cannot_store": ""}, NOON)
    troubles.update({"no_audio": "still no sound", "cannot_store": ""}, LATER)

    (trouble,) = troubles.listed()
    assert (trouble.id, trouble.since, trouble.detail) == ("no_audio", NOON, "still no sound")


def test_what_is_newly_known_of_a_trouble_is_told_too() -> None:
    troubles = Troubles()
    troubles.update({"microphone_missing": "the microphone was lost"}, NOON)

    assert troubles.update({"microphone_missing": "several fit microphone 'desk'"}, LATER)
    assert not troubles.update({"microphone_missing": "several fit microphone 'desk'"}, LATER)


def test_a_trouble_that_is_over_is_told_by_its_absence() -> None:
    troubles = Troubles()
    troubles.update({"no_audio": "no sound"}, NOON)

    assert troubles.update({"no_audio": ""}, LATER)
    assert troubles.listed() == ()


def test_a_long_detail_is_cut_to_what_a_status_may_carry() -> None:
    troubles = Troubles()
    troubles.update({"cannot_store": "x" * 500}, NOON)

    assert len(troubles.listed()[0].detail) == 110


@pytest.mark.parametrize("character", ["소", '"', "\\", "\n", "\x00", "\u202e", "\ud800", "🔥"])
def test_whatever_a_detail_says_the_status_can_be_sent_and_read(character: str) -> None:
    names = ("microphone_missing", "microphone_faint", "microphone_rate", "node_overloaded")
    troubles = Troubles()
    troubles.update(dict.fromkeys(names, f"lost {character * 500}"), NOON)
    unproven = some_unproven(["low_battery_chirp"] * 16)
    status = NodeStatus(
        state="online",
        version="1.0",
        model="소" * 21,
        unproven=unproven,
        troubles=troubles.listed(),
    )

    payload = encode(status)

    assert len(payload) <= limit_bytes(node_status("kitchen"))
    assert decode(NodeStatus, payload, source="test") == status
    assert all(each.detail.startswith("lost ") for each in status.troubles)


def test_a_status_names_as_many_unproven_sounds_as_it_has_room_for() -> None:
    shipped = ("smoke_alarm", "co_alarm", "doorbell", "kettle", "appliance_beep", "telephone")
    assert some_unproven(shipped) == shipped
    assert some_unproven(["low_battery_chirp"] * 16) == ("low_battery_chirp",) * 6


@pytest.mark.parametrize(("text", "wanted"), [("48312\n", 48.312), ("", None), ("hot", None)])
def test_the_temperature_is_told_where_the_machine_knows_it(
    tmp_path: Path, text: str, wanted: float | None
) -> None:
    (tmp_path / "temp").write_text(text)

    assert temperature_c(tmp_path / "temp") == wanted
    assert temperature_c(tmp_path / "none") is None


def test_the_clock_is_believed_once_systemd_has_set_it(tmp_path: Path) -> None:
    assert is_time_synchronised(tmp_path / "another clock service")
    assert not is_time_synchronised(tmp_path)
    (tmp_path / "synchronized").touch()
    assert is_time_synchronised(tmp_path)
