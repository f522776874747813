"""A lamp as Zigbee2MQTT describes one in JSON: its state, and what a command makes of it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from contract.errors import PayloadError
from contract.messages import decode
from soribit.colour import hue_of_xy, rgb_of_hue, xy_of_mired, xy_of_rgb

EFFECT_S = {"blink": 1.0, "breathe": 15.0, "okay": 1.0, "channel_change": 8.0}
"""How long each lasts: breathe is 15 one-second cycles; the others are short."""
ENDING = ("finish_effect", "stop_effect")
FLASH = {2: "blink", 10: "breathe"}
"""The only two flash times that Zigbee2MQTT takes."""

Channel = Annotated[int, Meta(ge=0, le=255)]
Chromaticity = Annotated[float, Meta(ge=0.0, le=1.0)]
Brightness = Annotated[int, Meta(ge=0, le=254)]
Mired = Annotated[int, Meta(ge=150, le=500)]


class Light(Struct, frozen=True, kw_only=True):
    """What a lamp is doing."""

    on: bool = False
    brightness: Brightness = 127
    x: Chromaticity = 0.4592
    y: Chromaticity = 0.4094
    mired: Mired | None = 370
    """Colour temperature; None while it shows a colour."""


class Colour(Struct, frozen=True):
    """A colour in one of four ways of writing it."""

    r: Channel | None = None
    g: Channel | None = None
    b: Channel | None = None
    x: Chromaticity | None = None
    y: Chromaticity | None = None
    hue: Annotated[float, Meta(ge=0, le=360)] | None = None
    saturation: Annotated[float, Meta(ge=0, le=100)] | None = None
    hex: Annotated[str, Meta(pattern="^#?[0-9a-fA-F]{6}$")] | None = None

    def xy(self) -> tuple[float, float]:
        """Return its chromaticity.

        Raises:
            PayloadError: It is incomplete.
        """
        if self.x is not None and self.y is not None:
            return self.x, self.y
        if self.hex is not None:
            return _xy_of_bytes(*bytes.fromhex(self.hex.removeprefix("#")))
        if self.r is not None and self.g is not None and self.b is not None:
            return _xy_of_bytes(self.r, self.g, self.b)
        if self.hue is not None and self.saturation is not None:
            return xy_of_rgb(rgb_of_hue(self.hue, self.saturation))
        raise PayloadError("color needs {r, g, b}, {x, y}, {hue, saturation} or {hex}")


class Command(Struct, frozen=True):
    """What came in on `<topic>/set`."""

    state: Literal["ON", "OFF", "TOGGLE", "on", "off", "toggle"] | None = None
    brightness: Brightness | None = None
    color: Colour | None = None
    color_temp: Mired | None = None
    transition: Annotated[float, Meta(ge=0)] | None = None
    effect: str | None = None
    flash: float | None = None

    def effect_name(self) -> str | None:
        """Return the effect that is asked for.

        Raises:
            PayloadError: There is no such effect.
        """
        if self.effect is not None and self.effect not in {*EFFECT_S, *ENDING}:
            valid = ", ".join([*EFFECT_S, *ENDING])
            raise PayloadError(f"effect {self.effect[:40]!r} is unknown; valid: {valid}")
        if self.flash is not None and self.flash not in FLASH:
            raise PayloadError(f"flash {self.flash} is not possible; valid: 2, 10")
        return self.effect if self.flash is None else FLASH[int(self.flash)]


def read(payload: bytes, *, source: str) -> Command:
    """Read a command.

    Raises:
        PayloadError: It is no JSON object of that shape.
    """
    return decode(Command, payload, source=source)


def after(light: Light, command: Command) -> Light:
    """Return what the lamp does after a command; transitions are over at once."""
    if command.color_temp is not None:
        x, y = xy_of_mired(command.color_temp)
        light = replace(light, x=x, y=y, mired=command.color_temp)
    if command.color is not None:
        x, y = command.color.xy()
        light = replace(light, x=x, y=y, mired=None)
    if command.brightness is not None:
        # Zigbee's "move to level with on/off": a level switches on, zero switches off.
        level = command.brightness or light.brightness
        light = replace(light, on=command.brightness > 0, brightness=level)
    if command.state is not None:
        wanted = command.state.upper()
        light = replace(light, on=not light.on if wanted == "TOGGLE" else wanted == "ON")
    return light


def as_json(light: Light) -> bytes:
    """Return the state as it is published on `<topic>`."""
    hue, saturation = hue_of_xy((light.x, light.y))
    x, y = round(light.x, 4), round(light.y, 4)
    state: dict[str, object] = {
        "state": "ON" if light.on else "OFF",
        "brightness": light.brightness,
        "color": {"x": x, "y": y, "hue": hue, "saturation": saturation},
        "color_mode": "xy" if light.mired is None else "color_temp",
    }
    return msgspec.json.encode(
        state if light.mired is None else state | {"color_temp": light.mired}
    )


def _xy_of_bytes(r: int, g: int, b: int) -> tuple[float, float]:
    return xy_of_rgb((r / 255, g / 255, b / 255))
