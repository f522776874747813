"""Events for the tests of a node."""

import uuid

from contract.messages import Phase, SoundEvent


def event(sound: str = "dog", phase: Phase = Phase.BEGAN, seq: int = 0) -> SoundEvent:
    """Return an event as a node reports it."""
    return SoundEvent(
        event_id=str(uuid.uuid4()),
        boot_id="6f0c7a52-0d7e-4f6f-9d2b-0c6c5a2c1d11",
        seq=seq,
        sound=sound,
        phase=phase,
        score=0.9,
        level_db=-20.0,
        heard_mono_s=12.0,
        heard_at="2026-01-31T12:00:00.000Z",
        clock_ok=True,
        model="tiny",
    )
