"""Colours as lamps state them, as sRGB, and whether two of them mean the same to the eye."""

import colorsys
import math
from typing import Annotated

from msgspec import Meta, Struct

Fraction = Annotated[float, Meta(ge=0.0, le=1.0)]
Byte = Annotated[float, Meta(ge=0.0, le=255.0)]

LIKE_HUE, LIKE_SATURATION = 60.0 / 360.0, 0.5
"""A lamp shows the nearest colour that it can: green may come back 48 degrees nearer to yellow."""
SAME_HUE, SAME_SATURATION = 10.0 / 360.0, 0.1
"""What is left of a colour after a trip through a lamp's own units."""
HIGHEST_KELVIN, LOWEST_KELVIN = 40_000.0, 1_000.0

Rgb = tuple[float, float, float]
"""Red, green, blue, 0..1, with sRGB's gamma."""


class LampColour(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A colour in the lamp's own words: CIE 1931 x and y, or hue and saturation, or sRGB."""

    x: Fraction | None = None
    y: Fraction | None = None
    hue: Annotated[float, Meta(ge=0.0, le=360.0)] | None = None
    """Degrees."""
    saturation: Annotated[float, Meta(ge=0.0, le=100.0)] | None = None
    """Percent."""
    r: Byte | None = None
    g: Byte | None = None
    b: Byte | None = None
    cold: Byte | None = None
    """White light beside r, g and b, from two kinds of diodes."""
    warm: Byte | None = None
    kelvin: Annotated[float, Meta(ge=0.0, le=100_000.0)] | None = None
    """The white that a pale hue is mixed with; 0: none."""

    def plain(self) -> "LampColour | None":
        """Return the same colour in one way of saying it, None when it is incomplete."""
        if self.x is not None and self.y is not None:
            return LampColour(x=self.x, y=self.y)
        if self.hue is not None and self.saturation is not None:
            return LampColour(hue=self.hue, saturation=self.saturation)
        if self.r is not None and self.g is not None and self.b is not None:
            return LampColour(r=self.r, g=self.g, b=self.b)
        return None

    def rgb(self) -> Rgb:
        """Return the colour at full brightness; white when it is incomplete."""
        if self.x is not None and self.y is not None:
            return _rgb_of_xy(self.x, self.y)
        if self.hue is not None and self.saturation is not None:
            return colorsys.hsv_to_rgb(self.hue / 360.0, self.saturation / 100.0, 1.0)
        if self.r is not None and self.g is not None and self.b is not None:
            white = max(self.cold or 0.0, self.warm or 0.0)
            return (_paler(self.r, white), _paler(self.g, white), _paler(self.b, white))
        return (1.0, 1.0, 1.0)


def rgb_of(colour: str) -> Rgb:
    """Return "#rrggbb" as three numbers."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255.0 for place in (1, 3, 5))
    return (red, green, blue)


def hex_of(rgb: Rgb) -> str:
    """Return three numbers as "#rrggbb"."""
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, part))):02x}" for part in rgb)


def look_alike(one: Rgb, other: Rgb) -> bool:
    """Tell whether two colours may be the same one, asked for and as a lamp could show it."""
    hue, saturation = _apart(one, other)
    return hue <= LIKE_HUE and saturation <= LIKE_SATURATION


def same(one: Rgb, other: Rgb) -> bool:
    """Tell whether two colours are one, but for rounding."""
    hue, saturation = _apart(one, other)
    return saturation <= SAME_SATURATION and (hue <= SAME_HUE or max(*one, *other) <= 0.0)


def rgb_of_mired(mired: float) -> Rgb:
    """Return the sRGB of a white of a colour temperature.

    Curve fit by Tanner Helland to Mitchell Charity's black-body table, good for 1000..40000 K.
    """
    hundreds = min(HIGHEST_KELVIN, max(LOWEST_KELVIN, 1e6 / mired)) / 100.0
    if hundreds <= 66:  # noqa: PLR2004  where the fitted curve bends
        red = 255.0
        green = 99.4708025861 * math.log(hundreds) - 161.1195681661
        blue = (
            0.0 if hundreds <= 19 else 138.5177312231 * math.log(hundreds - 10) - 305.0447927307  # noqa: PLR2004
        )
    else:
        red = 329.698727446 * (hundreds - 60) ** -0.1332047592
        green = 288.1221695283 * (hundreds - 60) ** -0.0755148492
        blue = 255.0
    return (_fraction(red), _fraction(green), _fraction(blue))


def _apart(one: Rgb, other: Rgb) -> tuple[float, float]:
    """How far hue (0..0.5 of a turn) and saturation (0..1) differ."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*one)
    other_hue, other_saturation, _ = colorsys.rgb_to_hsv(*other)
    turn = abs(hue - other_hue)
    return min(turn, 1.0 - turn), abs(saturation - other_saturation)


def _paler(byte: float, white: float) -> float:
    return _fraction(byte + white)


def _fraction(byte: float) -> float:
    return min(255.0, max(0.0, byte)) / 255.0


def _rgb_of_xy(x: float, y: float) -> Rgb:
    """The sRGB matrix, IEC 61966-2-1; what a lamp can and a screen cannot show is clipped."""
    y = max(y, 1e-4)
    big_x, big_z = x / y, (1.0 - x - y) / y
    linear = (
        3.2406 * big_x - 1.5372 - 0.4986 * big_z,
        -0.9689 * big_x + 1.8758 + 0.0415 * big_z,
        0.0557 * big_x - 0.2040 + 1.0570 * big_z,
    )
    brightest = max(*linear, 1e-6)
    red, green, blue = (_gamma(max(0.0, part / brightest)) for part in linear)
    return (red, green, blue)


def _gamma(linear: float) -> float:
    """The sRGB transfer curve, IEC 61966-2-1."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055  # noqa: PLR2004
