"""One lamp's memory: how it was before the alert, whether it answers, what it still needs."""

from enum import Enum

from hub.lights.colour import Rgb, look_alike, rgb_of, rgb_of_mired, same
from hub.lights.port import BRIGHTNESS_STEPS, DARK, OFF, LampReport, LampState, Look, merged

ANSWER_S = 5.0
"""A lamp that has not said how it is this long after a command does not answer."""
ASK_EVERY_S = 60.0
RETRY_S = 5.0
"""Also in the first minute of its silence: the broker may have been away, not the lamp."""
MIRED_STEPS = 10


class Want(Enum):
    """What a lamp needs now."""

    ASK = "ask"
    RESTORE = "restore"


class CalmKeeper:
    """Keeps what one lamp goes back to after alerts; a person's change always wins.

    Attributes:
        calm: How the lamp is outside alerts, None until it has ever said so.
        last: How it last said it is, alert or not.
        flashing: An alert has changed the lamp and it is not yet back.
        silent_since_s: When it should have answered; None while it answers.
    """

    def __init__(
        self, calm: LampState | None, *, flashing: bool, looks: frozenset[Look], now_s: float
    ) -> None:
        """Begin with what is on disk.

        Args:
            calm: The state kept by an earlier run.
            flashing: Whether that run ended while an alert had the lamp.
            looks: Every look that an alert may have left on it.
            now_s: Monotonic time.
        """
        self.calm = calm
        self.last: LampState | None = None
        self.flashing = flashing
        self.silent_since_s: float | None = None
        self._ours = set(looks | {DARK}) if flashing else set(looks)
        self._returning = flashing
        self._heard_yet = False
        self._answer_due_s: float | None = None
        self._ask_s = now_s
        self._restore_s = now_s + RETRY_S

    def showed(self, look: Look | None, now_s: float) -> None:
        """Note that an alert's look went out; None: the calm state, for a rest within it."""
        if not self.flashing:
            self._ours = set()
        if look:
            self._ours.add(look)
        self.flashing, self._returning = True, False
        self._commanded(now_s)

    def restored(self, now_s: float) -> None:
        """Note that the lamp was told to go back; it counts as back when it says so."""
        self._returning = True
        long_silent = self.silent_since_s is not None and now_s - self.silent_since_s >= ASK_EVERY_S
        self._restore_s = now_s + (ASK_EVERY_S if long_silent else RETRY_S)
        self._commanded(now_s)

    def asked(self, now_s: float) -> None:
        """Note that the lamp was asked how it is."""
        self._commanded(now_s)

    @property
    def target(self) -> LampState:
        """What the lamp goes back to."""
        return self.calm or OFF

    def reported(self, report: LampReport, now_s: float) -> None:
        """Take in what the lamp says of itself."""
        if report.gone:
            self.silent_since_s = self.silent_since_s or now_s
        if report.live:
            self._answer_due_s = self.silent_since_s = None
            self._ask_s = now_s + ASK_EVERY_S
        if report.state == LampState():
            return
        self.last = state = merged(report.state, self.last)
        first, self._heard_yet = not self._heard_yet, True
        if first and not self.flashing and self.calm and self._is_left_by_us(state):
            self.flashing = self._returning = True
        if not self.flashing:
            self.calm = state
        elif self._is_persons(state):
            self.calm = state
            self.flashing = not self._returning
            self._returning = False
        elif self._returning:
            self._came_back(state, now_s)

    def wants(self, now_s: float) -> Want | None:
        """Say what the lamp needs now, and note a missing answer."""
        if self._answer_due_s is not None and now_s >= self._answer_due_s:
            self.silent_since_s = self.silent_since_s or now_s
        if self._returning and now_s >= self._restore_s:
            if not self._is_back_unsaid():
                return Want.RESTORE
            self.flashing = self._returning = False
        if now_s >= self._ask_s and (self._returning or not self.flashing):
            return Want.ASK
        return None

    def _commanded(self, now_s: float) -> None:
        self._ask_s = now_s + ASK_EVERY_S
        if self._answer_due_s is None:
            self._answer_due_s = now_s + ANSWER_S

    def _came_back(self, state: LampState, now_s: float) -> None:
        if _agrees(state, self.target):
            self.flashing = self._returning = False
        elif not self._heard_restore(now_s):
            self._restore_s = now_s

    def _is_back_unsaid(self) -> bool:
        """Whether a lamp that tells changes only was told to be as it was: it does not say so."""
        there = self._answer_due_s is None
        return there and self.last is not None and _agrees(self.last, self.target)

    def _heard_restore(self, now_s: float) -> bool:
        """Whether a command to go back is still on its way; what comes in now is older."""
        return self._answer_due_s is not None and now_s < self._restore_s

    def _is_left_by_us(self, state: LampState) -> bool:
        """Whether a run of ours that could not write it down left the lamp in an alert's look."""
        lit = any(look != DARK and _shows(state, look) for look in self._ours)
        return lit and not _agrees(state, self.target)

    def _is_persons(self, state: LampState) -> bool:
        """Whether brightness or colour is neither ours nor the calm one: a person changed it.

        A lamp may report half a command, the new brightness with the old colour: each part is
        judged for itself. On and off are both ours.
        """
        if not state.on:
            return False
        known: list[float] = [look.brightness for look in self._ours]
        if self.target.brightness is not None:
            known.append(self.target.brightness)
        if state.brightness is not None and known:
            nearest = min(abs(state.brightness - brightness) for brightness in known)
            if nearest > BRIGHTNESS_STEPS:
                return True
        return not (_same_tint(state, self.target) or self._is_our_tint(state))

    def _is_our_tint(self, state: LampState) -> bool:
        colour = state.colour
        return colour is not None and any(
            look_alike(colour.rgb(), rgb_of(look.colour)) for look in self._ours
        )


def _agrees(state: LampState, wanted: LampState) -> bool:
    """Whether a lamp is as wanted, as far as both are known."""
    return (
        state.on is wanted.on
        and (
            state.brightness is None
            or wanted.brightness is None
            or abs(state.brightness - wanted.brightness) <= BRIGHTNESS_STEPS
        )
        and _same_tint(state, wanted)
    )


def _same_tint(one: LampState, other: LampState) -> bool:
    """Whether two states have one colour or scene, as far as both are known."""
    if one.scene is not None or other.scene is not None:
        return one.scene == other.scene or _is_unknown(one) or _is_unknown(other)
    if one.mired is not None and other.mired is not None:
        return abs(one.mired - other.mired) <= MIRED_STEPS
    tint, other_tint = _tint(one), _tint(other)
    return tint is None or other_tint is None or same(tint, other_tint)


def _is_unknown(state: LampState) -> bool:
    """Whether a lamp has not said which light it gives."""
    return state.colour is None and state.mired is None and state.scene is None


def _shows(state: LampState, look: Look) -> bool:
    return bool(
        state.on
        and state.brightness is not None
        and abs(state.brightness - look.brightness) <= BRIGHTNESS_STEPS
        and state.colour is not None
        and look_alike(state.colour.rgb(), rgb_of(look.colour))
    )


def _tint(state: LampState) -> Rgb | None:
    if state.colour is not None:
        return state.colour.rgb()
    return None if state.mired is None else rgb_of_mired(state.mired)
