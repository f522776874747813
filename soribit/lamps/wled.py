"""A WLED strip: it tells changes only, at most once a second, brightness and colour apart."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from contract.messages import decode
from soribit.lamps.port import Said

COOLDOWN_S = 1.0
"""INTERFACE_UPDATE_COOLDOWN in wled00/const.h."""

Byte = Annotated[int, Meta(ge=0, le=255)]


class WledLight(Struct, frozen=True, kw_only=True):
    """What WLED remembers: red, green, blue, white of its first colour."""

    on: bool = True
    bri: Byte = 120
    col: tuple[Byte, ...] = (255, 160, 60, 0)
    fx: int = 0


class _Segment(Struct, frozen=True):
    col: tuple[tuple[Byte, ...], ...] = ()
    fx: int | None = None


class _Wish(Struct, frozen=True):
    """What of the JSON API concerns a light."""

    on: bool | None = None
    bri: Byte | None = None
    seg: _Segment | None = None


class WledLamp:
    """kno.wled.ge, MQTT and JSON API; wled00/mqtt.cpp and led.cpp."""

    def __init__(self, topic: str, light: WledLight | None = None) -> None:
        self.light = light or WledLight()
        self.hears = (f"{topic}/api",)
        self._topic = topic
        self._changed, self._may_speak_s = False, 0.0

    def recall(self, memory: bytes) -> None:
        """Take on a light that was kept."""
        self.light = msgspec.json.decode(memory, type=WledLight)

    def alive(self, *, here: bool) -> Said:
        """Its status."""
        return Said(f"{self._topic}/status", b"online" if here else b"offline", retain=True)

    def state(self) -> list[Said]:
        """Brightness, 0 while it is off, and colour; kept, as docs/lights.md asks for."""
        brightness = self.light.bri if self.light.on else 0
        red, green, blue, white = self.light.col
        colour = f"#{white << 24 | red << 16 | green << 8 | blue:06X}"
        return [
            Said(f"{self._topic}/g", str(brightness).encode(), retain=True),
            Said(f"{self._topic}/c", colour.encode(), retain=True),
        ]

    def obey(self, topic: str, payload: bytes, now_s: float) -> list[Said]:
        """Take a command of the JSON API; what changes nothing is not answered."""
        wish, before = decode(_Wish, payload, source=topic), self.light
        if wish.bri is not None:
            self.light = replace(self.light, on=wish.bri > 0, bri=wish.bri or self.light.bri)
        if wish.on is not None:
            self.light = replace(self.light, on=wish.on)
        if wish.seg and wish.seg.col:
            self.light = replace(self.light, col=(*wish.seg.col[0], 0)[:4])
        if wish.seg and wish.seg.fx is not None:
            self.light = replace(self.light, fx=wish.seg.fx)
        self._changed = self._changed or self.light != before
        return self.idle(now_s)

    def idle(self, now_s: float) -> list[Said]:
        """Say what has changed, when it may."""
        if not self._changed or now_s < self._may_speak_s:
            return []
        self._changed, self._may_speak_s = False, now_s + COOLDOWN_S
        return self.state()
