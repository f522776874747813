"""A WiZ device's light in its own words, a pilot, and in ours."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contract.errors import PayloadError
from hub.lights.colour import Byte, LampColour
from hub.lights.port import FULL, LampState

RHYTHM = 1000
"""The scene that stands for a schedule of its own; pywizlight's number for it."""


class Pilot(Struct, frozen=True):
    """The part of a device's answer to getPilot that means light."""

    mac: str
    state: bool
    dimming: Annotated[float, Meta(ge=0, le=100)] | None = None
    temp: Annotated[int, Meta(ge=0, le=20_000)] = 0
    r: Byte | None = None
    g: Byte | None = None
    b: Byte | None = None
    c: Byte | None = None
    w: Byte | None = None
    scene_id: Annotated[int, Meta(ge=0, le=10_000)] = msgspec.field(name="sceneId", default=0)
    speed: Annotated[int, Meta(ge=0, le=1000)] = 0
    schedule: int | None = msgspec.field(name="schdPsetId", default=None)

    def light(self) -> LampState:
        """Return how the device is; a scene hides a white, a white hides a colour."""
        brightness = None if self.dimming is None else self.dimming * FULL / 100
        scene = RHYTHM if self.schedule is not None else self.scene_id
        if scene:
            return LampState(
                on=self.state, brightness=brightness, scene=scene, scene_speed=self.speed or None
            )
        if self.temp:
            return LampState(on=self.state, brightness=brightness, mired=1e6 / max(self.temp, 500))
        colour = LampColour(r=self.r, g=self.g, b=self.b, cold=self.c, warm=self.w)
        known = colour if colour.plain() else None
        return LampState(on=self.state, brightness=brightness, colour=known)


class _Reply(Struct, frozen=True):
    result: Pilot


def read(said: object) -> Pilot:
    """Read an untrusted answer to getPilot.

    Raises:
        PayloadError: It is no such answer.
    """
    try:
        return msgspec.convert(said, _Reply).result
    except msgspec.ValidationError as error:
        raise PayloadError(f"getPilot: {error}") from error


def restoring(state: LampState) -> dict[str, object]:
    """Return what gives a device its colour, white or scene back."""
    if state.scene is not None:
        speed = {} if state.scene_speed is None else {"speed": state.scene_speed}
        return {"sceneId": state.scene, **speed}
    if state.mired is not None:
        return {"temp": round(1e6 / state.mired)}
    if state.colour is None:
        return {}
    colour = state.colour
    if colour.plain() and colour.r is not None:
        parts = {"r": colour.r, "g": colour.g, "b": colour.b, "c": colour.cold, "w": colour.warm}
        return {name: round(part) for name, part in parts.items() if part is not None}
    red, green, blue = (round(255 * part) for part in colour.rgb())
    return {"r": red, "g": green, "b": blue}


def dimming(brightness: float) -> int:
    """Return a brightness in whole percent; 1 is the least."""
    return max(1, round(100 * brightness / FULL))
