"""What an MQTT lamp says of itself, read by its family's template."""

import math
from collections.abc import Callable, Mapping

import msgspec

from contract.errors import PayloadError
from hub.lights.colour import LampColour
from hub.lights.kinds import LampKind, Reads
from hub.lights.port import FULL, LampState

LONGEST_BYTES = 16 * 1024
"""A lamp's state with all its settings stays far below; more is no lamp."""
HIGHEST_MIRED = 2000.0
SHORT = {"h": "hue", "s": "saturation"}
"""How Home Assistant writes them."""

Said = Mapping[str, object]


def read(payload: bytes, topic: str, kind: LampKind) -> LampState:
    """Read an untrusted state of a lamp.

    Args:
        payload: As it came in.
        topic: Where; a text that is no JSON object goes by its last level.
        kind: How the lamp's family speaks.

    Raises:
        PayloadError: It is too long, or not such a state.
    """
    said, reads = _decoded(payload, topic), kind.reads
    try:
        brightness = _brightness(_found(said, reads.brightness), kind.full)
        on = _is_on(_found(said, reads.on), reads)
        colour = _colour(said, reads)
        mired = _number(_found(said, reads.mired), lowest=1.0, highest=HIGHEST_MIRED)
    except (ValueError, OverflowError) as error:  # msgspec's own are among them
        raise PayloadError(f"{error} in {payload[:40]!r}") from error
    if not reads.on and brightness is not None:
        on, brightness = brightness > 0, brightness or None
    return LampState(
        on=on,
        brightness=None if brightness is None else round(brightness),
        colour=colour,
        mired=None if colour or mired is None else round(mired),
    )


def _decoded(payload: bytes, topic: str) -> Said:
    if len(payload) > LONGEST_BYTES:
        raise PayloadError(f"{len(payload)} bytes, limit {LONGEST_BYTES}")
    try:
        said = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        said = _plain(payload, error)
    return said if isinstance(said, dict) else {topic.rpartition("/")[2]: said}


def _plain(payload: bytes, error: Exception) -> str:
    """A word that is no JSON, as OFF or #ff0000."""
    if not payload.isascii() or not payload.strip() or payload.lstrip()[:1] in b'{["':
        raise PayloadError(f"{error} in {payload[:40]!r}") from error
    return payload.decode().strip()


def _found(said: Said, place: str) -> object:
    """What stands at a place, None for nothing."""
    here: object = said
    for key in place.split("."):
        here = here.get(key) if isinstance(here, Mapping) else None
    return here


def _is_on(value: object, reads: Reads) -> bool | None:
    if value is None:
        return None
    word = _word(value)
    if word not in (reads.on_is.casefold(), reads.off_is.casefold()):
        raise ValueError(f"{reads.on} is neither {reads.on_is} nor {reads.off_is}")
    return word == reads.on_is.casefold()


def _brightness(value: object, full: float) -> float | None:
    """0..254; some lamps count one step further than they say."""
    steps = _number(value, lowest=0.0, highest=full * 255.0 / FULL)
    return None if steps is None else min(float(FULL), steps * FULL / full)


def _number(value: object, *, lowest: float, highest: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a number")
    number = float(value)
    if not (math.isfinite(number) and lowest <= number <= highest):
        raise ValueError(f"{number:g} is not in {lowest:g}..{highest:g}")
    return number


def _colour(said: Said, reads: Reads) -> LampColour | None:
    """The colour that the lamp shows, None while it shows white."""
    value, mode = _found(said, reads.colour), _found(said, reads.colour_if)
    if value is None or (
        mode is not None and _word(mode) not in map(str.casefold, reads.colour_is)
    ):
        return None
    colour = FORMS[reads.colour_as](value)
    white = _number(_found(said, reads.white), lowest=0.0, highest=255.0)
    if colour is None or not white:
        return colour
    return msgspec.structs.replace(colour, warm=white)


def _of_object(value: object) -> LampColour | None:
    if isinstance(value, dict):
        value = {SHORT.get(key, key): inner for key, inner in value.items()}
    return msgspec.convert(value, LampColour).plain()


def _of_rgb(value: object) -> LampColour:
    red, green, blue = _three(value)
    return msgspec.convert({"r": red, "g": green, "b": blue}, LampColour)


def _of_hsb(value: object) -> LampColour:
    hue, saturation, _ = _three(value)
    return msgspec.convert({"hue": hue, "saturation": saturation}, LampColour)


def _of_hex(value: object) -> LampColour:
    """Red, green, blue, and before them the white of WLED."""
    digits = str(value).removeprefix("#")
    white, red, green, blue = bytes.fromhex(digits.rjust(8, "0"))
    colour = LampColour(r=red, g=green, b=blue)
    return msgspec.structs.replace(colour, warm=white) if white else colour


def _three(value: object) -> list[float]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) < 3:  # noqa: PLR2004
        raise ValueError("not three numbers")
    return [_number(part, lowest=0.0, highest=360.0) or 0.0 for part in parts[:3]]


def _word(value: object) -> str:
    """A value as a template writes it: true, 0, color_temp."""
    return (value if isinstance(value, str) else msgspec.json.encode(value).decode()).casefold()


FORMS: Mapping[str, Callable[[object], LampColour | None]] = {
    "object": _of_object,
    "rgb": _of_rgb,
    "hsb": _of_hsb,
    "hex": _of_hex,
}
