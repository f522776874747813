"""What an MQTT lamp is told: its family's template, filled with a light."""

import colorsys
from string import Template

import msgspec

from hub.lights.colour import LampColour, hex_of
from hub.lights.kinds import LampKind
from hub.lights.port import FULL, LampState

PARTS = ("colour", "mired", "brightness")
"""In this order: to several lamps, brightness is one of the colour set before."""

_COLOUR = {"red", "green", "blue", "white", "hex", "hue", "saturation", "colour"}
KNOWN = {
    "on": {"light"},
    "off": set[str](),
    "brightness": {"brightness"},
    "colour": _COLOUR | {"brightness"},
    "mired": {"mired", "kelvin", "brightness"},
    "ask": set[str](),
}
"""The placeholders that each text of a template may hold."""
NEEDED = {"brightness": {"brightness"}, "colour": _COLOUR, "mired": {"mired", "kelvin"}}
"""Of which it must hold one."""


def lit(kind: LampKind, state: LampState) -> str:
    """Return what brings a lamp on, with as much of a light as is known and the lamp takes."""
    known = [part for part in PARTS if getattr(state, part) is not None]
    values = _values(kind, state)
    light = "".join(Template(getattr(kind, part)).substitute(values) for part in known)
    return Template(kind.on).substitute(light=light)


def dark(kind: LampKind) -> str:
    """Return what switches a lamp off."""
    return Template(kind.off).substitute()


def has_light(kind: LampKind, state: LampState) -> bool:
    """Tell whether a lamp of a family could be told anything of a light beside on and off."""
    return any(getattr(kind, part) and getattr(state, part) is not None for part in PARTS)


def _values(kind: LampKind, state: LampState) -> dict[str, object]:
    """What every placeholder stands for; a brightness that nobody knows is full."""
    brightness = FULL if state.brightness is None else state.brightness
    values: dict[str, object] = {"brightness": _scaled(brightness, kind.full)}
    if state.colour is not None:
        values |= _colour_values(state.colour)
    if state.mired is not None:
        values |= {"mired": round(state.mired), "kelvin": round(1e6 / state.mired)}
    return values


def _scaled(brightness: float, full: float) -> int:
    """Brightness as the lamp counts it; what shines at all does not become 0."""
    return max(min(1, round(brightness)), round(brightness * full / FULL))


def _colour_values(colour: LampColour) -> dict[str, object]:
    """A colour in every way of writing it; the lamp's own numbers where they are known."""
    unmixed = LampColour(r=colour.r, g=colour.g, b=colour.b)
    rgb = unmixed.rgb() if _is_rgb(colour) else colour.rgb()
    hue, saturation, _ = colorsys.rgb_to_hsv(*rgb)
    known = colour.hue is not None and colour.saturation is not None
    own = (colour.hue, colour.saturation) if known else (360.0 * hue, 100.0 * saturation)
    red, green, blue = (round(255.0 * part) for part in rgb)
    plain = colour.plain() or LampColour(r=red, g=green, b=blue)
    return {
        "red": red,
        "green": green,
        "blue": blue,
        "white": round(colour.warm or 0.0),
        "hex": hex_of(rgb)[1:],
        "hue": round(own[0] or 0.0),
        "saturation": round(own[1] or 0.0),
        "colour": msgspec.json.encode(plain).decode(),
    }


def _is_rgb(colour: LampColour) -> bool:
    return colour.x is None and colour.hue is None and colour.r is not None
