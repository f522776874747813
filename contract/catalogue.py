"""The one list of what a sound means to people, read from catalogue.toml."""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

BACKGROUND = "background"
"""The class a network must know in order to keep quiet; never an event."""


class Urgency(StrEnum):
    """How strongly people must be told, most urgent first."""

    EMERGENCY = "emergency"
    ATTENTION = "attention"
    NOTICE = "notice"
    AMBIENT = "ambient"
    TROUBLE = "trouble"


class Sound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sound of the catalogue."""

    name_ko: str
    name_en: str
    urgency: Urgency
    colour: str
    icon: str
    vibration_ms: tuple[int, ...]

    def name(self, language: str) -> str:
        """Return the name in "ko", else in English."""
        return self.name_ko if language == "ko" else self.name_en


class UrgencyEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an urgency is called, and the rhythm that shows it on a lamp."""

    name_ko: str
    name_en: str
    pattern: str

    def name(self, language: str) -> str:
        """Return the name in "ko", else in English."""
        return self.name_ko if language == "ko" else self.name_en


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All sounds by id, and the urgencies."""

    urgency: dict[Urgency, UrgencyEntry]
    sound: dict[str, Sound]

    def get(self, sound_id: str) -> Sound:
        """Return a sound; one that nobody has described is a notice under its own name."""
        return self.sound.get(sound_id) or Sound(
            name_ko=sound_id.replace("_", " "),
            name_en=sound_id.replace("_", " "),
            urgency=Urgency.NOTICE,
            colour="#9aa4b2",
            icon="question",
            vibration_ms=(100, 1000),
        )


@cache
def catalogue() -> Catalogue:
    """Read the catalogue that ships with Soribit."""
    text = (Path(__file__).parent / "catalogue.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Catalogue)
