"""What travels over MQTT: typed, bounded messages, none with a field that could carry sound."""

import re
import unicodedata
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from contract.clock import from_rfc3339
from contract.errors import PayloadError

SCHEMA = 1
EVENT_IDS_PER_ACK = 20
UNPROVEN_SOUNDS = 16
SOUNDING_PER_HEALTH = 5
"""With full-length ids five entries keep a health message under 1 KB; emergencies come first."""

NodeId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}$")]
SoundId = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,48}$")]
Uuid = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Detail = Annotated[str, Meta(max_length=120)]
INSTANT = r"^(19[7-9]|20\d|21\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$"
Instant = Annotated[str, Meta(max_length=40, pattern=INSTANT)]
"""RFC 3339 in UTC, from 1970 to 2199; `decode` refuses a date that no calendar has."""
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Decibel = Annotated[float, Meta(ge=-200.0, le=200.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=1e9)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}$")]


class Phase(StrEnum):
    """Where in its life a sound is."""

    BEGAN = "began"
    ENDED = "ended"
    POSSIBLE = "possible"


class HeardBy(StrEnum):
    """Which of the two ears of a node recognised a sound."""

    NETWORK = "network"
    RHYTHM = "rhythm"
    BOTH = "both"


class RunnerUp(Struct, frozen=True):
    """A sound that was less likely than the one reported."""

    sound: SoundId
    score: Share


class SoundEvent(Struct, frozen=True, kw_only=True):
    """A sound began, ended or may have been in a room. The node's id stands in the topic alone."""

    event_id: Uuid
    boot_id: Uuid
    seq: Count
    sound: SoundId
    phase: Phase
    score: Share
    level_db: Decibel
    """RMS of the loudest 0.1 s, dBFS."""
    heard_mono_s: Seconds
    """The node's monotonic clock when the sound was heard."""
    heard_at: Instant
    clock_ok: bool
    """False while the node's wall clock has not been set by the network."""
    model: Name
    heard_by: HeardBy = HeardBy.NETWORK
    began_id: Uuid | None = None
    """In an `ended` event: the id of the event it ends."""
    duration_s: Seconds = 0.0
    over_floor_db: Decibel = 0.0
    others: Annotated[tuple[RunnerUp, ...], Meta(max_length=3)] = ()
    schema: Literal[1] = 1


class Sounding(Struct, frozen=True, kw_only=True):
    """A sound that a node hears at this moment."""

    sound: SoundId
    event_id: Uuid
    for_s: Seconds


class Health(Struct, frozen=True, kw_only=True):
    """A node's sign of life, made by its audio loop: live, never queued, never retained."""

    boot_id: Uuid
    mono_s: Seconds
    frame_age_s: Seconds
    """Age of the last audio frame."""
    sounding: Annotated[tuple[Sounding, ...], Meta(max_length=SOUNDING_PER_HEALTH)] = ()
    level_db: Decibel = -120.0
    floor_db: Decibel = -120.0
    zero_share: Share = 0.0
    clipping: Share = 0.0
    inference_ms: Annotated[float, Meta(ge=0.0, le=1e6)] = 0.0
    dropped_windows: Count = 0
    outbox_depth: Count = 0
    temperature_c: Annotated[float, Meta(ge=-100.0, le=200.0)] | None = None
    schema: Literal[1] = 1


class Trouble(Struct, frozen=True, kw_only=True):
    """Something is broken, and a person must know."""

    id: SoundId
    since: Instant
    detail: Detail = ""


class NodeStatus(Struct, frozen=True, kw_only=True):
    """What a node is, retained; `offline` is its last will."""

    state: Literal["online", "offline"]
    version: Name = "unknown"
    model: Name = "none"
    unproven: Annotated[tuple[SoundId, ...], Meta(max_length=UNPROVEN_SOUNDS)] = ()
    """Sounds that this model was never tested for with a real recording."""
    settings_revision: Count = 0
    troubles: Annotated[tuple[Trouble, ...], Meta(max_length=4)] = ()
    schema: Literal[1] = 1


class Ack(Struct, frozen=True, kw_only=True):
    """The hub has committed these events to its history: the node may forget them."""

    event_ids: Annotated[tuple[Uuid, ...], Meta(max_length=EVENT_IDS_PER_ACK)]
    schema: Literal[1] = 1


class HubStatus(Struct, frozen=True, kw_only=True):
    """The hub's life sign, retained; `offline` is its last will."""

    state: Literal["online", "offline"]
    version: Name = "unknown"
    schema: Literal[1] = 1


class RoomSound(Struct, frozen=True, kw_only=True):
    """One sound in a room's retained state."""

    sound: SoundId
    urgency: str
    score: Share
    since: Instant


class RoomMessage(Struct, frozen=True, kw_only=True):
    """A room's state, retained, for wristbands, displays and Node-RED."""

    room: NodeId
    name: Name
    hears: bool
    """False where no node of the room is known to hear: then silence means nothing."""
    sounds: tuple[RoomSound, ...] = ()
    schema: Literal[1] = 1


class AlertMessage(Struct, frozen=True, kw_only=True):
    """An alert for wristbands and displays."""

    alert_id: Uuid
    phase: Literal["raised", "acknowledged", "ended"]
    sound: SoundId
    urgency: str
    room: NodeId
    room_name: Name
    text_ko: str
    text_en: str
    colour: Colour
    pattern: str
    vibration_ms: tuple[int, ...]
    at: Instant
    schema: Literal[1] = 1


M = TypeVar("M", bound=Struct)


def encode(message: Struct) -> bytes:
    """Return a message as UTF-8 JSON."""
    return msgspec.json.encode(message)


def decode(kind: type[M], payload: bytes, *, source: str) -> M:
    """Read an untrusted payload strictly: types, ranges, lengths, dates, no control characters.

    Args:
        kind: The message that its topic promises.
        payload: The bytes as received; the MQTT door has already refused oversized ones.
        source: Where it came from, for the error's text; usually the topic.

    Raises:
        PayloadError: It is not valid JSON of that shape.
    """
    try:
        message = msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise PayloadError(f"{source}: {error} in {payload[:40]!r}") from error
    for text in _texts(message):
        if any(unicodedata.category(character)[0] == "C" for character in text):
            raise PayloadError(f"{source}: control character or surrogate in {text[:40]!r}")
        if re.fullmatch(INSTANT, text):
            _refuse_no_date(text, source)
    return message


def _refuse_no_date(instant: str, source: str) -> None:
    try:
        from_rfc3339(instant)
    except ValueError as error:
        raise PayloadError(f"{source}: {instant} is no date: {error}") from error


def _texts(value: object) -> list[str]:
    """All strings inside a decoded message."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, Struct):
        return [text for field in value.__struct_fields__ for text in _texts(getattr(value, field))]
    return []
