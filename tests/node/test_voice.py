"""What a node says keeps to the contract, whatever it has heard."""

import uuid
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import (
    SOUNDING_PER_HEALTH,
    Health,
    Phase,
    RunnerUp,
    SoundEvent,
    decode,
    encode,
)
from contract.topics import LIVE_MESSAGE_BYTES
from node.detection import Detection
from node.voice import Voice


def new_ids() -> Iterator[str]:
    while True:
        yield str(uuid.uuid4())


def new_voice(model: str = "tiny") -> Voice:
    return Voice(model, new_ids().__next__)


def heard(phase: Phase, *, key: int = 1, sound: str = "dog", at_s: float = 1000.0) -> Detection:
    return Detection(sound, phase, 0.87654321, at_s, -20.06, 33.33, key, duration_s=1.23456)


def say(voice: Voice, detection: Detection) -> SoundEvent:
    return voice.event(detection, wall_offset_s=1_769_860_000.0, clock_ok=True)


def test_an_end_names_its_beginning() -> None:
    voice = new_voice()

    began, ended = say(voice, heard(Phase.BEGAN)), say(voice, heard(Phase.ENDED))

    assert ended.began_id == began.event_id != ended.event_id
    assert began.began_id is None
    assert ended.boot_id == began.boot_id == voice.boot_id
    assert (began.seq, ended.seq) == (1, 2)


def test_an_event_tells_both_clocks_and_rounds_what_it_measured() -> None:
    event = say(new_voice(), heard(Phase.BEGAN))

    assert event.heard_mono_s == 1000.0
    assert event.heard_at == "2026-01-31T12:03:20.000Z"
    assert (event.score, event.level_db, event.over_floor_db) == (0.8765, -20.1, 33.3)


def test_what_sounds_now_names_its_event_with_emergencies_first() -> None:
    voice = new_voice()
    sounds = [heard(Phase.BEGAN, key=n, sound=f"own_{n}") for n in range(8)]
    sounds.append(heard(Phase.BEGAN, key=9, sound="smoke_alarm", at_s=1004.0))
    events = {detection.sound: say(voice, detection).event_id for detection in sounds}

    sounding = voice.sounding(sounds, 1010.0)

    assert len(sounding) == SOUNDING_PER_HEALTH
    assert (sounding[0].sound, sounding[0].for_s) == ("smoke_alarm", 6.0)
    assert all(each.event_id == events[each.sound] for each in sounding)


LONG = "x" * 48
SHARES = st.floats(0.0, 1.0)


@given(
    phase=st.sampled_from(Phase),
    score=SHARES,
    others=st.lists(SHARES, max_size=3),
    at_s=st.floats(0.0, 1e8),
    level_db=st.floats(-120.0, 10.0),
    duration_s=st.floats(0.0, 1e8),
)
def test_every_event_fits_the_contract(
    phase: Phase, score: float, others: list[float], at_s: float, level_db: float, duration_s: float
) -> None:
    voice = new_voice("m" * 64)
    say(voice, heard(Phase.BEGAN))
    detection = Detection(
        sound=LONG,
        phase=phase,
        score=score,
        at_s=at_s,
        level_db=level_db,
        over_floor_db=level_db + 120.0,
        key=1,
        duration_s=duration_s,
        others=tuple(RunnerUp(LONG, other) for other in others),
    )

    event = say(voice, detection)

    payload = encode(event)
    assert len(payload) <= LIVE_MESSAGE_BYTES
    assert decode(SoundEvent, payload, source="test") == event


def test_the_fullest_sign_of_life_fits_its_kilobyte() -> None:
    voice = new_voice()
    sounds = [heard(Phase.BEGAN, key=n, sound=LONG) for n in range(9)]
    for detection in sounds:
        say(voice, detection)
    health = Health(
        boot_id=voice.boot_id,
        mono_s=123456789.123,
        frame_age_s=123456.123,
        sounding=voice.sounding(sounds, 123456.789),
        level_db=-120.1,
        floor_db=-120.1,
        zero_share=0.1234,
        clipping=0.1234,
        inference_ms=1234.567,
        dropped_windows=123456,
        outbox_depth=10000,
        temperature_c=-12.345,
    )

    assert len(encode(health)) <= LIVE_MESSAGE_BYTES
    assert msgspec.json.decode(encode(health), type=Health) == health


def test_a_sound_that_never_began_cannot_end() -> None:
    with pytest.raises(KeyError):
        say(new_voice(), heard(Phase.ENDED))
