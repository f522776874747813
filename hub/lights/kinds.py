"""How a family of MQTT lamps is spoken to: its template, from kinds.toml or from hub.toml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from contract.settings import load
from hub.lights.port import FULL

SHIPPED = Path(__file__).with_name("kinds.toml")
USUAL = "zigbee2mqtt"


class Reads(Struct, frozen=True, kw_only=True):
    """Where in a lamp's state is what; a text that is no JSON object goes by its last level."""

    on: Annotated[str, Meta(description="Place of on and off, a.b for b inside a.")] = ""
    on_is: Annotated[str, Meta(description="What stands there when it is on.")] = "ON"
    off_is: Annotated[str, Meta(description="What stands there when it is off.")] = "OFF"
    brightness: Annotated[
        str, Meta(description="Place of the brightness; without `on`, 0 means off.")
    ] = ""
    colour: Annotated[str, Meta(description="Place of the colour.")] = ""
    colour_as: Annotated[
        Literal["object", "rgb", "hsb", "hex"],
        Meta(
            description="object: r g b, x y, h s; rgb and hsb: a list, or with commas; hex: "
            "rrggbb or wwrrggbb."
        ),
    ] = "object"
    colour_if: Annotated[
        str, Meta(description="Place that tells whether it shows a colour, or white.")
    ] = ""
    colour_is: Annotated[
        tuple[str, ...], Meta(description="What stands there when it shows a colour.")
    ] = ()
    white: Annotated[str, Meta(description="Place of white light beside a colour, 0..255.")] = ""
    mired: Annotated[str, Meta(description="Place of the colour temperature, in mired.")] = ""


class LampKind(Struct, frozen=True, kw_only=True):
    """A family of MQTT lamps of your own; docs/lights.md shows how to write one."""

    command: Annotated[str, Meta(description="Topic of commands.")] = "$topic/set"
    on: Annotated[str, Meta(description="Says: on, with $light; the parts below stand there.")] = ""
    off: Annotated[str, Meta(description="Says: off.")] = ""
    full: Annotated[
        float, Meta(description="What the lamp calls full brightness.", gt=0, le=65535)
    ] = FULL
    brightness: Annotated[str, Meta(description="Part of $light, with $brightness.")] = ""
    colour: Annotated[
        str,
        Meta(
            description="Part of $light, with $red $green $blue $white, $hex, $hue $saturation, "
            "or $colour."
        ),
    ] = ""
    mired: Annotated[str, Meta(description="Part of $light, with $mired or $kelvin.")] = ""
    ask_topic: Annotated[str, Meta(description="Topic of the question how it is.")] = ""
    ask: Annotated[str, Meta(description="The question.")] = ""
    echoes: Annotated[
        bool, Meta(description="It reports after a command that changed nothing, too.")
    ] = True
    states: Annotated[tuple[str, ...], Meta(description="Topics of its state.")] = ("$topic",)
    availability: Annotated[str, Meta(description="Topic of its last will.")] = ""
    online: Annotated[str, Meta(description="What stands there while it is there.")] = "online"
    offline: Annotated[str, Meta(description="What stands there when it is gone.")] = "offline"
    reads: Reads = Reads()

    def at(self, topic: str) -> "LampKind":
        """Return the same with the topics of one lamp.

        Args:
            topic: The lamp's topic in the settings.
        """
        return replace(
            self,
            command=filled(self.command, topic),
            ask_topic=filled(self.ask_topic, topic),
            states=tuple(filled(state, topic) for state in self.states),
            availability=filled(self.availability, topic),
        )

    def reads_from(self) -> list[str]:
        """Return the topics that the lamp itself reads."""
        return [topic for topic in (self.command, self.ask_topic) if topic]

    def writes_to(self) -> list[str]:
        """Return the topics that the lamp itself writes."""
        return [topic for topic in (*self.states, self.availability) if topic]


class _File(Struct, frozen=True):
    """kinds.toml."""

    kinds: dict[str, LampKind] = field(default_factory=dict)


@cache
def shipped() -> Mapping[str, LampKind]:
    """Return the families that Soribit brings, by id."""
    return load(SHIPPED, _File).kinds


def filled(pattern: str, topic: str) -> str:
    """Return a topic of one lamp.

    Args:
        pattern: With $topic, or $root for its first level.
        topic: The lamp's topic in the settings.
    """
    root = topic.partition("/")[0]
    return pattern.replace("$topic", topic).replace("$root", root)
