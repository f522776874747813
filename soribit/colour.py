"""Colours as lamps write them: CIE 1931 xy, sRGB, hue and saturation, colour temperature."""

import colorsys
from bisect import bisect

Xy = tuple[float, float]
Rgb = tuple[float, float, float]
"""sRGB, each 0..1."""

D65: Xy = (0.3127, 0.3290)

_BLACK_BODY = (
    (154.0, 0.3135, 0.3237),
    (200.0, 0.3451, 0.3516),
    (250.0, 0.3804, 0.3767),
    (333.0, 0.4369, 0.4041),
    (400.0, 0.4770, 0.4137),
    (500.0, 0.5267, 0.4133),
)
"""Mired, x, y of the Planckian locus (CIE 15)."""

_DARK = 0.0031308
"""Below this sRGB is linear (IEC 61966-2-1)."""


def xy_of_rgb(rgb: Rgb) -> Xy:
    """Return the chromaticity of an sRGB colour (IEC 61966-2-1); white for black."""
    r, g, b = (_linear(part) for part in rgb)
    x = 0.4124 * r + 0.3576 * g + 0.1805 * b
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = 0.0193 * r + 0.1192 * g + 0.9505 * b
    total = x + y + z
    return (x / total, y / total) if total else D65


def rgb_of_xy(xy: Xy) -> Rgb:
    """Return the brightest sRGB colour of a chromaticity, clipped to what sRGB can show."""
    x, y = xy[0], max(xy[1], 1e-4)
    big_x, big_z = x / y, (1 - x - y) / y
    linear = (
        max(3.2406 * big_x - 1.5372 - 0.4986 * big_z, 0.0),
        max(-0.9689 * big_x + 1.8758 + 0.0415 * big_z, 0.0),
        max(0.0557 * big_x - 0.2040 + 1.0570 * big_z, 0.0),
    )
    brightest = max(linear) or 1.0
    r, g, b = (_companded(part / brightest) for part in linear)
    return (r, g, b)


def rgb_of_hue(hue: float, saturation: float) -> Rgb:
    """Return the colour of a hue in degrees and a saturation in percent."""
    return colorsys.hsv_to_rgb(hue % 360 / 360, saturation / 100, 1.0)


def hue_of_xy(xy: Xy) -> tuple[int, int]:
    """Return the hue in degrees and the saturation in percent."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*rgb_of_xy(xy))
    return round(hue * 360) % 360, round(saturation * 100)


def xy_of_mired(mired: float) -> Xy:
    """Return the chromaticity of a colour temperature, along the black body's curve."""
    left = max(bisect(_BLACK_BODY, (mired,)) - 1, 0)
    (m0, x0, y0), (m1, x1, y1) = _BLACK_BODY[min(left, len(_BLACK_BODY) - 2) :][:2]
    share = (mired - m0) / (m1 - m0)
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 12.92 * _DARK else float(((part + 0.055) / 1.055) ** 2.4)


def _companded(part: float) -> float:
    return part * 12.92 if part <= _DARK else float(1.055 * part ** (1 / 2.4) - 0.055)
