"""A lamp made for Home Assistant's MQTT light, JSON schema: it reports the keys that changed."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from contract.messages import decode
from soribit.lamps.port import Said

Byte = Annotated[int, Meta(ge=0, le=255)]


class Rgb(Struct, frozen=True):
    """A colour, each part 0..255."""

    r: Byte
    g: Byte
    b: Byte


class HomeAssistantLight(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The JSON of command and state: both have one schema."""

    state: Literal["ON", "OFF"] | None = None
    brightness: Byte | None = None
    color_mode: Literal["rgb", "color_temp"] | None = None
    color: Rgb | None = None
    color_temp: Annotated[int, Meta(ge=153, le=500)] | None = None


EVENING = HomeAssistantLight(state="ON", brightness=120, color_mode="color_temp", color_temp=370)


class HomeAssistantLamp:
    """home-assistant.io, MQTT Light."""

    def __init__(self, topic: str, light: HomeAssistantLight = EVENING) -> None:
        self.light = light
        self.hears = (f"{topic}/set",)
        self._topic = topic

    def recall(self, memory: bytes) -> None:
        """Take on a light that was kept."""
        self.light = msgspec.json.decode(memory, type=HomeAssistantLight)

    def alive(self, *, here: bool) -> Said:
        """Home Assistant's default words."""
        word = b"online" if here else b"offline"
        return Said(f"{self._topic}/availability", word, retain=True)

    def state(self) -> list[Said]:
        """Its whole state, retained as Home Assistant asks for."""
        return [Said(self._topic, msgspec.json.encode(self.light), retain=True)]

    def obey(self, topic: str, payload: bytes, now_s: float) -> list[Said]:  # noqa: ARG002
        """Take a command; one sort of light ends the other."""
        wish = decode(HomeAssistantLight, payload, source=topic)
        before = self.light
        if wish.color:
            self.light = replace(self.light, color=wish.color, color_mode="rgb", color_temp=None)
        if wish.color_temp:
            white = wish.color_temp
            self.light = replace(self.light, color_temp=white, color_mode="color_temp", color=None)
        if wish.brightness:
            self.light = replace(self.light, brightness=wish.brightness)
        self.light = replace(self.light, state=wish.state or self.light.state)
        return [Said(self._topic, self._news(before)), *self.state()]

    def idle(self, now_s: float) -> list[Said]:  # noqa: ARG002
        """Say nothing."""
        return []

    def _news(self, before: HomeAssistantLight) -> bytes:
        """What has changed alone, as lamps say that save their words."""
        news = {
            key: getattr(self.light, key)
            for key in HomeAssistantLight.__struct_fields__
            if getattr(self.light, key) not in (None, getattr(before, key))
        }
        return msgspec.json.encode(news)
