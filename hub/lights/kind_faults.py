"""What is wrong with a household's own template of MQTT lamps, a sentence each."""

from collections.abc import Iterator
from string import Template

import msgspec

from hub.lights import speech
from hub.lights.colour import LampColour
from hub.lights.kinds import LampKind, filled
from hub.lights.port import FULL, LampState
from hub.lights.topic import is_one

SAMPLES = (
    LampState(on=True),
    LampState(on=True, brightness=FULL),
    LampState(on=True, brightness=FULL, colour=LampColour(r=1, g=2, b=3)),
    LampState(on=True, brightness=FULL, mired=370),
)
SHOWN = 40


def faults(key: str, kind: LampKind) -> Iterator[str]:
    """Return every fault of a template.

    Args:
        key: Its name in the settings, lamp_kinds.<id>.
        kind: The template.
    """
    yield from _wrong_topics(key, kind)
    texts = [*_wrong_texts(key, kind)]
    yield from texts or _no_json(key, kind)
    yield from _one_way(key, kind)


def _wrong_topics(key: str, kind: LampKind) -> Iterator[str]:
    topics = {"command": (kind.command,), "states": kind.states}
    for name, patterns in topics.items():
        if not patterns or not all("$topic" in pattern for pattern in patterns):
            yield f"{key}.{name} lacks $topic: all lamps would share it; write $topic into it"
    topics |= {"ask_topic": (kind.ask_topic,), "availability": (kind.availability,)}
    for name, patterns in topics.items():
        for pattern in patterns:
            if pattern and not is_one(filled(pattern, "lamp")):
                yield f"{key}.{name} = {_short(pattern)} is no topic; no #, no +, no empty level"


def _wrong_texts(key: str, kind: LampKind) -> Iterator[str]:
    for name in speech.KNOWN:
        yield from _wrong_text(f"{key}.{name}", getattr(kind, name), name)
    for name in ("on", "off"):
        if not getattr(kind, name):
            yield f"{key}.{name} is missing; say how the lamp is switched {name}"
    has_parts = any(getattr(kind, part) for part in speech.PARTS)
    if has_parts and kind.on and "light" not in Template(kind.on).get_identifiers():
        yield f"{key}.on lacks $light: brightness and colour would have no place; add it"


def _wrong_text(key: str, text: str, name: str) -> Iterator[str]:
    known, needed = speech.KNOWN[name], speech.NEEDED.get(name, set())
    if not Template(text).is_valid():
        yield f"{key} = {_short(text)} has a $ that begins no name; write $$ for a $"
        return
    names = set(Template(text).get_identifiers())
    for strange in sorted(names - known):
        yield f"{key}: ${strange[:SHOWN]} is not known there; known: {_listed(known)}"
    if text and names <= known and needed and not names & needed:
        yield f"{key} = {_short(text)} says nothing of it; write {_listed(needed)} into it"


def _listed(names: set[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(names)) or "none"


def _no_json(key: str, kind: LampKind) -> Iterator[str]:
    """A command that begins like JSON and is none, for whatever of a light is known."""
    for text in (speech.dark(kind), *(speech.lit(kind, sample) for sample in SAMPLES)):
        if text.startswith("{"):
            try:
                msgspec.json.decode(text)
            except msgspec.DecodeError as error:
                yield f"{key} would send {text[:120]!r}, which is no JSON ({error}); check commas"
                return


def _one_way(key: str, kind: LampKind) -> Iterator[str]:
    """What is read and cannot be said again, and lamps that nobody could ever miss."""
    for part in speech.PARTS:
        if getattr(kind.reads, part) and not getattr(kind, part):
            yield f"{key}.{part} is missing: what reads.{part} finds could not be brought back"
    if not (kind.reads.on or kind.reads.brightness):
        yield f"{key}.reads.on is missing: nobody would know whether the lamp is on"
    if bool(kind.reads.colour_if) != bool(kind.reads.colour_is):
        yield f"{key}.reads needs colour_if and colour_is, or neither of them"
    if not (kind.ask_topic or kind.availability):
        yield f"{key} needs ask_topic or availability: else nobody would know that a lamp is gone"


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
