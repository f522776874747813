"""Names, times and numbers in the reader's language."""

from datetime import datetime, tzinfo

from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from flask import current_app, request
from flask_babel import get_locale, gettext

from contract.catalogue import Urgency, catalogue
from contract.clock import NOT_BEFORE_S
from hub.view import HomeView, LampView, RoomView
from hub.zone import local

LANGUAGES = ("en", "ko")
UNITS_S = (("day", 86400), ("hour", 3600), ("minute", 60))
FULL_BRIGHTNESS = 254
"""As Zigbee2MQTT counts."""
DIMMEST = 0.25
"""How much of its colour a lamp at the least brightness shows: less would look switched off."""


def choose_language() -> str:
    """Return which of our languages the browser asks for, English for any other."""
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"


def language() -> str:
    """Return "ko" or "en"."""
    locale = get_locale()
    return locale.language if locale else "en"


def sound_name(sound: str) -> str:
    """Return what people call a sound."""
    return catalogue().get(sound).name(language())


def icon_of(sound: str) -> str:
    """Return the name of a sound's picture in icons.svg."""
    return catalogue().get(sound).icon


def urgency_name(urgency: Urgency) -> str:
    """Return what people call an urgency."""
    return catalogue().urgency[urgency].name(language())


def title(thing: RoomView | LampView) -> str:
    """Return the name of a room or lamp."""
    return (thing.name_ko or thing.name_en) if language() == "ko" else thing.name_en


def room_of(view: HomeView, room_id: str) -> str:
    """Return the name of a room by its id; an id that nobody knows stands for itself."""
    return next((title(room) for room in view.rooms if room.room_id == room_id), room_id)


def minute(at_s: float) -> str:
    """Return a wall time of the home's time zone, "21:46"."""
    return f"{_local(at_s):%H:%M}"


def moment(at_s: float, now_s: float) -> str:
    """Return a wall time, "21:46:52"; with its date where that is not today's."""
    then = _local(at_s)
    if then.date() == _local(now_s).date():
        return f"{then:%H:%M:%S}"
    return f"{format_skeleton('MMMd', then, locale=language())} {then:%H:%M}"


def dated(at_s: float | None, now_s: float) -> str:
    """Return `moment`, or that nobody knows: the clock was not set then."""
    if at_s is None or at_s < NOT_BEFORE_S:
        return gettext("time unsure")
    return moment(at_s, now_s)


def utc_offset_s(at_s: float) -> int:
    """Return how far the home's time zone is ahead of UTC."""
    offset = _local(at_s).utcoffset()
    return round(offset.total_seconds()) if offset else 0


def duration(seconds: float) -> str:
    """Return a length of time in its largest unit, "22 sec" or "22초"; clock.js does the same."""
    for unit, unit_s in UNITS_S:
        if seconds >= unit_s:
            return format_unit(int(seconds // unit_s), unit, "short", locale=language())
    return format_unit(max(int(seconds), 0), "second", "short", locale=language())


def percent(share: float) -> str:
    """Return 0..1 as "98%"."""
    return format_percent(share, locale=language())


def decibel(level_db: float) -> str:
    """Return a level, "-38 dB"."""
    return f"{format_decimal(round(level_db), locale=language())} dB"


def milliseconds(length_ms: float) -> str:
    """Return a short time, "8.2 ms"."""
    return f"{format_decimal(round(length_ms, 1), locale=language())} ms"


def lamp_opacity(lamp: LampView) -> float:
    """Return how strongly a lamp's colour is drawn, 0..1; lamps.js does the same."""
    return round(DIMMEST + (1.0 - DIMMEST) * lamp.brightness / FULL_BRIGHTNESS, 2)


def lamp_share(lamp: LampView) -> float:
    """Return a lamp's brightness as 0..1."""
    return lamp.brightness / FULL_BRIGHTNESS


def _local(at_s: float) -> datetime:
    zone: tzinfo = current_app.config["SORIBIT_ZONE"]
    return local(at_s, zone)
