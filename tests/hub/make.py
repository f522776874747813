"""Messages and settings for tests of the hub, with everything that a test does not care about."""

import uuid
from datetime import UTC

from contract.catalogue import catalogue
from contract.clock import rfc3339
from contract.messages import Health, Phase, SoundEvent, Sounding
from hub.household import Household, Moment
from hub.policy import Policy
from hub.rules import SoundRule

BOOT = str(uuid.UUID(int=1))
OLD_BOOT = str(uuid.UUID(int=2))
START = Moment(1000.0, 1_790_000_000.0)
"""Monotonic and wall clock of the hub when tests begin; a node's own clock shows 900 s less."""
NODE_BEHIND_S = 900.0


def at(seconds: float) -> Moment:
    """Return the moment so many seconds after the start."""
    return Moment(START.mono_s + seconds, START.wall_s + seconds)


def new_id() -> str:
    return str(uuid.uuid4())


def event(  # noqa: PLR0913  a message has many parts, a test names the ones it means
    sound: str = "doorbell",
    phase: Phase = Phase.BEGAN,
    *,
    heard: float = 0.0,
    event_id: str = "",
    began_id: str | None = None,
    boot_id: str = BOOT,
    clock_ok: bool = False,
) -> SoundEvent:
    """Return what a node reports; `heard` is in seconds after the start, by its true time."""
    return SoundEvent(
        event_id=event_id or new_id(),
        boot_id=boot_id,
        seq=1,
        sound=sound,
        phase=phase,
        began_id=began_id,
        score=0.9,
        level_db=-20.0,
        heard_mono_s=START.mono_s - NODE_BEHIND_S + heard,
        heard_at=rfc3339(START.wall_s + heard),
        clock_ok=clock_ok,
        model="test",
    )


def health(
    now: float,
    *sounding: tuple[str, str],
    frame_age_s: float = 0.0,
    boot_id: str = BOOT,
    dropped_windows: int = 0,
    outbox_depth: int = 0,
) -> Health:
    """Return a sign of life; `sounding` are pairs of sound and event id."""
    return Health(
        boot_id=boot_id,
        mono_s=START.mono_s - NODE_BEHIND_S + now,
        frame_age_s=frame_age_s,
        dropped_windows=dropped_windows,
        outbox_depth=outbox_depth,
        sounding=tuple(Sounding(sound=s, event_id=i, for_s=1.0) for s, i in sounding),
    )


def household(
    room_of: dict[str, str] | None = None,
    rules: dict[str, SoundRule] | None = None,
    now: Moment = START,
    *,
    quiet: str = "",
) -> Household:
    """Return a home: two nodes in the kitchen, one in the nursery."""
    nodes = room_of or {"oven": "kitchen", "sink": "kitchen", "cot": "nursery"}
    policy = Policy(catalogue(), rules or {}, cooldown_s=60.0, quiet=quiet, zone=UTC)
    return Household(nodes, policy, now, new_id=new_id)
