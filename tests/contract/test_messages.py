"""Messages: what is accepted, what is refused, and how long they get."""

import uuid
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct
from msgspec.structs import replace

from contract.errors import PayloadError
from contract.messages import (
    EVENT_IDS_PER_ACK,
    SOUNDING_PER_HEALTH,
    Ack,
    Health,
    HeardBy,
    NodeStatus,
    Phase,
    RunnerUp,
    SoundEvent,
    Sounding,
    Trouble,
    decode,
    encode,
)
from contract.topics import LIVE_MESSAGE_BYTES

ID = "267c59bd-44c1-4a26-8844-edf2c96d920c"
LONGEST_SOUND = "a" * 48
EVENT = SoundEvent(
    event_id=ID,
    boot_id=ID,
    seq=7,
    sound="smoke_alarm",
    phase=Phase.BEGAN,
    score=0.98,
    level_db=-21.5,
    heard_mono_s=12.25,
    heard_at="2026-01-01T00:00:00.000Z",
    clock_ok=True,
    model="household",
)
NOT_MESSAGES = {
    "nothing": b"",
    "a number": b"7",
    "truncated JSON": encode(EVENT)[:60],
    "deep nesting": b"[" * 100_000,
    "NaN": encode(EVENT).replace(b"0.98", b"NaN"),
    "a number beyond double": encode(EVENT).replace(b"0.98", b"1e999"),
    "a huge integer": encode(EVENT).replace(b'"seq":7', b'"seq":1' + b"0" * 30),
    "a lone surrogate": encode(EVENT).replace(b"household", b"\\ud800"),
    "broken UTF-8": encode(EVENT).replace(b"household", b"\xff\xfe"),
    "a control character": encode(EVENT).replace(b"household", b"a\\u0000b"),
    "text direction tricks": encode(EVENT).replace(b"household", "a\u202eb".encode()),
    "a score above one": encode(EVENT).replace(b"0.98", b"1.01"),
    "a boolean as a number": encode(EVENT).replace(b"0.98", b"true"),
    "a foreign schema": encode(EVENT).replace(b'"schema":1', b'"schema":2'),
    "an unknown phase": encode(EVENT).replace(b"began", b"begun"),
    "a path as a sound": encode(EVENT).replace(b"smoke_alarm", b"../smoke"),
}


NO_DATES = (
    "2026-99-45T99:99:99Z",
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2200-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
)


@pytest.mark.parametrize("instant", NO_DATES)
def test_an_instant_that_is_no_date_of_ours_is_refused(instant: str) -> None:
    trouble = Trouble(id="no_frames", since=instant)
    status = NodeStatus(state="online", troubles=(trouble,))
    with pytest.raises(PayloadError, match="kitchen"):
        decode(SoundEvent, encode(replace(EVENT, heard_at=instant)), source="kitchen")
    with pytest.raises(PayloadError, match="kitchen"):
        decode(NodeStatus, encode(status), source="kitchen")


@pytest.mark.parametrize("instant", ["1970-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z"])
def test_the_first_and_the_last_instant_are_taken(instant: str) -> None:
    event = replace(EVENT, heard_at=instant)
    assert decode(SoundEvent, encode(event), source="kitchen") == event


@pytest.mark.parametrize("payload", NOT_MESSAGES.values(), ids=NOT_MESSAGES)
def test_a_broken_event_is_refused_by_one_error_that_names_its_source(payload: bytes) -> None:
    with pytest.raises(PayloadError, match="kitchen"):
        decode(SoundEvent, payload, source="kitchen")


@given(st.binary(max_size=300))
def test_random_bytes_never_raise_anything_else(payload: bytes) -> None:
    with pytest.raises(PayloadError):
        decode(SoundEvent, payload, source="kitchen")


def test_an_event_survives_the_wire_unchanged() -> None:
    assert decode(SoundEvent, encode(EVENT), source="kitchen") == EVENT


def test_keys_of_a_newer_peer_are_ignored() -> None:
    newer = encode(EVENT).replace(b'"schema":1', b'"schema":1,"mood":"calm"')
    assert decode(SoundEvent, newer, source="kitchen") == EVENT


def test_the_longest_messages_fit_their_topics() -> None:
    other = RunnerUp(LONGEST_SOUND, 0.123456789012345678)
    event = msgspec.structs.replace(
        EVENT,
        sound=LONGEST_SOUND,
        phase=Phase.POSSIBLE,
        heard_by=HeardBy.NETWORK,
        began_id=ID,
        others=(other, other, other),
        model="m" * 64,
        level_db=-123.45678901234567,
        over_floor_db=-123.45678901234567,
        duration_s=123456.78901234567,
        heard_mono_s=123456.78901234567,
    )
    sounding = Sounding(sound="low_battery_chirp", event_id=ID, for_s=123456.123)
    health = Health(
        boot_id=ID, mono_s=1e9, frame_age_s=1e6, sounding=(sounding,) * SOUNDING_PER_HEALTH
    )
    trouble = Trouble(id="microphone_missing", since="2026-01-01T00:00:00.000Z", detail="x" * 120)
    status = NodeStatus(state="online", version="1.0.0", model="household", troubles=(trouble,) * 4)
    ack = Ack(event_ids=tuple(str(uuid.uuid4()) for _ in range(EVENT_IDS_PER_ACK)))
    lengths = [len(encode(message)) for message in (event, health, status, ack)]
    assert max(lengths) <= LIVE_MESSAGE_BYTES


@pytest.mark.parametrize("kind", [SoundEvent, Health, NodeStatus], ids=lambda kind: kind.__name__)
def test_every_text_and_list_that_a_node_sends_is_bounded(kind: type[Struct]) -> None:
    assert not list(unbounded(kind))


def test_the_search_for_unbounded_fields_finds_one() -> None:
    class Leaky(Struct):
        note: str | None = None
        clip: Annotated[tuple[float, ...], Meta(description="samples")] = ()

    assert list(unbounded(Leaky)) == ["Leaky.note", "Leaky.clip"]


def unbounded(kind: type[Struct]) -> Iterator[str]:
    """Fields through which more than a few words could leave a node, and with them sound."""
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for part in parts(hint):
            metas = [meta for meta in get_args(part)[1:] if isinstance(meta, Meta)]
            base = get_args(part)[0] if get_origin(part) is Annotated else part
            bounded = any(meta.max_length or meta.pattern for meta in metas)
            endless = base in {str, bytes, bytearray, dict, list} or get_origin(base) is tuple
            if endless and not bounded:
                yield f"{kind.__name__}.{name}"


def parts(hint: object) -> list[object]:
    """The members of a union, else the hint itself."""
    return list(get_args(hint)) if get_origin(hint) in {UnionType, Union} else [hint]
