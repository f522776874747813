"""The port to one lamp: what can be asked of any lamp, and what it says of itself."""

from collections.abc import Callable
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from hub.lights.colour import LampColour

FULL = 254
"""Brightness counts 0..254, as Zigbee does."""
BRIGHTNESS_STEPS = 3
"""Lamps round: 254 may come back as 251 after a trip through percent."""
STEP_S = 0.15
"""A lamp that has not begun a step by then skips it: late, it would be a flash of its own."""

DEADLINE_S = 2.0
"""A lamp that has not answered a question by then does not answer it."""


class Look(Struct, frozen=True):
    """What a lamp shows during one step of an alert."""

    colour: str
    """sRGB, "#rrggbb"."""
    brightness: int
    """0..254; 0 is dark."""


DARK = Look("#000000", 0)


class LampState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a lamp is, as far as it says; None is what it does not say."""

    on: bool | None = None
    brightness: Annotated[float, Meta(ge=0, le=FULL)] | None = None
    colour: LampColour | None = None
    mired: Annotated[float, Meta(ge=1, le=2000)] | None = None
    """Colour temperature; a lamp has either this, or a colour, or a scene."""
    scene: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    """A play of light of the lamp's own, by its own number."""
    scene_speed: Annotated[int, Meta(ge=1, le=1000)] | None = None
    """How fast the scene plays, in the lamp's own measure."""


OFF = LampState(on=False)
"""What a lamp goes back to that has never said how it was."""


class LampReport(Struct, frozen=True, kw_only=True):
    """A lamp said how it is."""

    lamp_id: str
    state: LampState
    """One that says nothing proves that the lamp is there, no more."""
    live: bool
    """False for a memory of the broker: it does not prove that the lamp answers."""
    gone: bool = False
    """Something that must know, its bridge or the broker, says that it does not answer."""


Report = Callable[[LampReport], None]
"""Where a driver hands in what its lamp says; called on a thread of the driver."""


class Lamp(Protocol):
    """One lamp. Calls may block, DEADLINE_S at most: each lamp has a worker of its own.

    Every call raises UnavailableError when it is known at once that the lamp was not reached.
    Where a family of lamps can be searched for, its driver has a function `discover`.

    Attributes:
        limit_per_s: How many of these calls the lamp takes in any second.
        needs_broker: It cannot be reached while the broker is away.
        fault: Why it does not answer, as far as its driver knows; "" if it does not.
    """

    limit_per_s: int
    needs_broker: bool
    fault: str

    def show(self, look: Look) -> None:
        """Take on a look at once, without a fade."""

    def restore(self, state: LampState) -> None:
        """Go back to an earlier state: on or off, brightness, colour or colour temperature."""

    def ask(self) -> None:
        """Ask the lamp for a snapshot: it says how it is in a LampReport."""


def merged(state: LampState, earlier: LampState | None) -> LampState:
    """Fill what a lamp left unsaid with what it said before."""
    if earlier is None:
        return state
    no_tint = state.colour is None and state.mired is None and state.scene is None
    tint = earlier if no_tint else state
    return LampState(
        on=earlier.on if state.on is None else state.on,
        brightness=earlier.brightness if state.brightness is None else state.brightness,
        colour=tint.colour,
        mired=tint.mired,
        scene=tint.scene,
        scene_speed=tint.scene_speed,
    )
