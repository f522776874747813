import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import PayloadError
from contract.messages import NodeStatus, encode
from contract.mqtt import Arrival
from contract.topics import node_ack, node_event, node_health, node_status
from hub.ingest import (
    BURST,
    RATE_PER_S,
    RESERVE,
    STRANGERS,
    Alive,
    Gate,
    Heard,
    Receipts,
    Told,
    read,
)
from tests.hub.make import event, health, new_id


def arrival(topic: str, payload: bytes = b"{}", *, retained: bool = False) -> Arrival:
    return Arrival(topic, payload, retained)


def test_event_of_a_node_in_a_room_comes_in() -> None:
    assert Gate(["oven"]).admit(arrival(node_event("oven")), 0.0)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (arrival(node_event("stranger")), "unknown_node"),
        (arrival("soribit/v1/node/OVEN/event"), "unknown_node"),
        (arrival("zigbee2mqtt/oven"), "unknown_node"),
        (arrival(node_event("oven"), retained=True), "retained"),
        (arrival(node_health("oven"), retained=True), "retained"),
    ],
)
def test_message_that_may_not_come_in_is_counted(message: Arrival, reason: str) -> None:
    gate = Gate(["oven"])
    assert not gate.admit(message, 0.0)
    assert dict(gate.refused) == {reason: 1}


def test_stranger_is_noted_by_its_live_signs_of_life_alone() -> None:
    gate = Gate(["oven"])
    gate.admit(arrival(node_status("revoked"), retained=True), 1.0)
    gate.admit(arrival(node_health("long-gone"), retained=True), 1.0)
    gate.admit(arrival(node_health("oven")), 1.0)
    assert gate.stranger_s == {}
    gate.admit(arrival(node_health("attic")), 2.0)
    assert gate.stranger_s == {"attic": 2.0}


def test_strangers_are_noted_up_to_a_number() -> None:
    gate = Gate(["oven"])
    for number in range(100):
        gate.admit(arrival(node_health(f"stranger-{number}")), float(number))
    assert len(gate.stranger_s) == STRANGERS


def test_retained_status_comes_in() -> None:
    assert Gate(["oven"]).admit(arrival(node_status("oven"), retained=True), 0.0)


def test_node_that_floods_is_held_to_its_pace_and_others_are_not() -> None:
    gate = Gate(["oven", "cot"])
    flood = [gate.admit(arrival(node_event("oven")), second / 1000) for second in range(10_000)]
    assert sum(flood) == pytest.approx(BURST + 10 * RATE_PER_S, abs=2)
    assert gate.too_fast_s["oven"] == pytest.approx(9.999)
    assert gate.admit(arrival(node_event("cot")), 10.0)


def test_node_gets_its_pace_back_after_a_flood() -> None:
    gate = Gate(["oven"])
    for _ in range(300):
        gate.admit(arrival(node_event("oven")), 0.0)
    assert gate.admit(arrival(node_event("oven")), 1.0 / RATE_PER_S)


def flooded(gate: Gate, *payloads: bytes) -> Gate:
    """Let a node send far more than it may, all at once."""
    for payload in payloads or (b"{}",):
        for _ in range(1000):
            gate.admit(arrival(node_event("oven"), payload), 0.0)
    return gate


FIRE = encode(event("smoke_alarm"))


def test_emergency_comes_in_right_behind_a_flood_of_its_own_node() -> None:
    gate = flooded(Gate(["oven"], ["smoke_alarm"]))
    assert gate.admit(arrival(node_event("oven"), FIRE), 0.0)
    assert not gate.admit(arrival(node_event("oven"), encode(event("dog"))), 0.0)
    assert gate.too_fast_s == {"oven": 0.0}


def test_malformed_emergencies_use_up_no_reserve() -> None:
    gate = flooded(Gate(["oven"], ["smoke_alarm"]), FIRE[:-9], FIRE.replace(b"0.9", b"NaN"))
    assert gate.admit(arrival(node_event("oven"), FIRE), 0.0)


def test_node_that_floods_with_emergencies_is_held_to_a_pace_too() -> None:
    gate = flooded(Gate(["oven"], ["smoke_alarm"]))
    admitted = [gate.admit(arrival(node_event("oven"), FIRE), 0.0) for _ in range(1000)]
    assert sum(admitted) == RESERVE


def test_sign_of_life_comes_in_though_its_node_floods() -> None:
    gate = flooded(Gate(["oven"], ["smoke_alarm"]))
    for topic in (node_health("oven"), node_status("oven")):
        gate.admit(arrival(topic, b"{}"), 0.0)
    assert gate.admit(arrival(node_health("oven"), encode(health(1.0))), 0.0)
    assert gate.admit(arrival(node_status("oven"), encode(NodeStatus(state="online"))), 0.0)


def test_each_topic_has_its_message() -> None:
    sound, sign, status = event(), health(1.0), NodeStatus(state="online")
    assert read(arrival(node_event("oven"), encode(sound))) == Heard("oven", sound)
    assert read(arrival(node_health("oven"), encode(sign))) == Alive("oven", sign)
    assert read(arrival(node_status("oven"), encode(status))) == Told("oven", status)


def test_our_own_acknowledgement_is_no_message_for_us() -> None:
    with pytest.raises(PayloadError, match="no message for the hub"):
        read(arrival(node_ack("oven")))


GOOD = json.loads(encode(event()))
HOSTILE = [
    b"",
    b"\xff\xfe",
    b"[" * 900,
    encode(event())[:-9],
    json.dumps(GOOD | {"score": float("nan")}).encode(),
    json.dumps(GOOD | {"score": 2**70}).encode(),
    json.dumps(GOOD | {"model": "\ud800"}).encode(),
    json.dumps(GOOD | {"model": "a\u0000b"}).encode(),
    json.dumps(GOOD | {"sound": "../../etc"}).encode(),
    json.dumps(GOOD | {"event_id": "1"}).encode(),
    b"true",
]


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_payload_is_refused_by_one_error(payload: bytes) -> None:
    with pytest.raises(PayloadError):
        read(arrival(node_event("oven"), payload))


@given(st.binary(max_size=1024))
def test_no_bytes_break_the_reader(payload: bytes) -> None:
    with pytest.raises(PayloadError):
        read(arrival(node_event("oven"), payload))


def test_event_is_known_once_it_was_decided() -> None:
    receipts: Receipts[str] = Receipts()
    receipts.add("a", None)
    assert "a" in receipts
    assert not receipts.is_stored("a")


def test_event_is_acknowledged_again_only_after_its_commit() -> None:
    receipts: Receipts[str] = Receipts()
    receipts.add("a", None)
    receipts.stored("a")
    assert receipts.is_stored("a")


def test_events_of_an_earlier_run_are_known_and_stored() -> None:
    receipts: Receipts[str] = Receipts(["a"])
    assert "a" in receipts
    assert receipts.is_stored("a")


def test_event_without_room_in_the_store_is_offered_again_until_it_is_taken() -> None:
    receipts: Receipts[str] = Receipts()
    receipts.add("a", "record")
    offers: list[str] = []

    def full(record: str) -> bool:
        offers.append(record)
        return len(offers) > 1

    for _ in range(4):
        receipts.offer_again("a", full)
    assert offers == ["record", "record"]


def test_oldest_ids_are_forgotten() -> None:
    receipts: Receipts[str] = Receipts(size=3)
    ids = [new_id() for _ in range(5)]
    for event_id in ids:
        receipts.add(event_id, None)
        receipts.stored(event_id)
    assert [event_id in receipts for event_id in ids] == [False, False, True, True, True]
    assert [receipts.is_stored(event_id) for event_id in ids] == [False, False, True, True, True]


def test_memory_that_comes_late_drives_out_nothing_that_came_in_meanwhile() -> None:
    receipts: Receipts[str] = Receipts(size=3)
    receipts.add("new", "record")
    receipts.recall(["a", "b", "c"])
    assert [event_id in receipts for event_id in ("a", "b", "c", "new")] == [
        False,
        True,
        True,
        True,
    ]
    assert [receipts.is_stored(event_id) for event_id in ("a", "c", "new")] == [False, True, False]
