"""What a node says: detections and measurements as messages; pure but for the ids it is given."""

from collections.abc import Callable, Sequence

from contract.clock import rfc3339
from contract.messages import (
    SOUNDING_PER_HEALTH,
    Phase,
    RunnerUp,
    SoundEvent,
    Sounding,
)
from node.detection import Detection
from node.ear import emergencies

SCORE_DIGITS, DB_DIGITS, TIME_DIGITS = 4, 1, 3
"""What is worth saying: a message stays far below its 1 KB."""


class Voice:
    """Gives every detection its identity, and every end the id of its beginning.

    Attributes:
        boot_id: Who speaks: one run of this process.
    """

    def __init__(self, model: str, new_id: Callable[[], str]) -> None:
        """Begin a run.

        Args:
            model: Name of the bundle that hears.
            new_id: Gives a fresh UUID.
        """
        self.boot_id = new_id()
        self._model, self._new_id = model, new_id
        self._seq = 0
        self._begun: dict[int, str] = {}

    def event(self, heard: Detection, *, wall_offset_s: float, clock_ok: bool) -> SoundEvent:
        """Put a detection into words.

        Args:
            heard: The detection, on the monotonic clock.
            wall_offset_s: From the monotonic to the wall clock.
            clock_ok: Whether that wall clock can be believed.
        """
        event_id, self._seq = self._new_id(), self._seq + 1
        if heard.phase is Phase.BEGAN:
            self._begun[heard.key] = event_id
        ended = heard.phase is Phase.ENDED
        return SoundEvent(
            event_id=event_id,
            boot_id=self.boot_id,
            seq=self._seq,
            sound=heard.sound,
            phase=heard.phase,
            score=round(heard.score, SCORE_DIGITS),
            others=tuple(_short(other) for other in heard.others),
            heard_by=heard.heard_by,
            began_id=self._begun.pop(heard.key) if ended else None,
            level_db=round(heard.level_db, DB_DIGITS),
            over_floor_db=round(heard.over_floor_db, DB_DIGITS),
            duration_s=round(heard.duration_s, TIME_DIGITS),
            heard_mono_s=round(heard.at_s, TIME_DIGITS),
            heard_at=rfc3339(heard.at_s + wall_offset_s),
            clock_ok=clock_ok,
            model=self._model,
        )

    def sounding(self, heard: Sequence[Detection], now_s: float) -> tuple[Sounding, ...]:
        """Say what sounds now, emergencies first, as many as a sign of life has room for."""
        urgent = emergencies([each.sound for each in heard])
        first = sorted(heard, key=lambda each: each.sound not in urgent)[:SOUNDING_PER_HEALTH]
        return tuple(
            Sounding(
                sound=each.sound,
                event_id=self._begun[each.key],
                for_s=round(max(0.0, now_s - each.at_s), TIME_DIGITS),
            )
            for each in first
        )


def _short(other: RunnerUp) -> RunnerUp:
    return RunnerUp(other.sound, round(other.score, SCORE_DIGITS))
