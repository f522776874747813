"""An ESPHome light over MQTT: the colour apart from the brightness, numbers whole or unheard."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contract.errors import PayloadError
from soribit.lamps.port import Said

BYTE = 255
COLDEST, WARMEST = 153, 500


class EsphomeLight(Struct, frozen=True, kw_only=True):
    """The values of a light that has colours and, beside them, whites."""

    on: bool = True
    brightness: int = 120
    r: int = 255
    g: int = 255
    b: int = 255
    color_temp: int = 370
    is_white: bool = True


class EsphomeLamp:
    """esphome.io, MQTT; esphome/components/light/light_json_schema.cpp and light_call.cpp."""

    def __init__(self, topic: str, light: EsphomeLight | None = None) -> None:
        self.light = light or EsphomeLight()
        self.hears = (f"{topic}/command",)
        self._topic = topic

    def recall(self, memory: bytes) -> None:
        """Take on a light that was kept."""
        self.light = msgspec.json.decode(memory, type=EsphomeLight)

    def alive(self, *, here: bool) -> Said:
        """The node's birth and will, below its topic_prefix."""
        status = f"{self._topic.partition('/')[0]}/status"
        return Said(status, b"online" if here else b"offline", retain=True)

    def state(self) -> list[Said]:
        """Its state, retained by default; a light that shows white names no colour."""
        light, told = self.light, {}
        if light.is_white:
            told = {"color_mode": "color_temp", "color": {}, "color_temp": light.color_temp}
        else:
            colour = {"r": light.r, "g": light.g, "b": light.b}
            told = {"color_mode": "rgb", "color": colour}
        state = "ON" if light.on else "OFF"
        whole = {**told, "state": state, "brightness": light.brightness}
        return [Said(f"{self._topic}/state", msgspec.json.encode(whole), retain=True)]

    def obey(self, topic: str, payload: bytes, now_s: float) -> list[Said]:  # noqa: ARG002
        """Take a call; it is published whatever it changed."""
        try:
            wish = msgspec.json.decode(payload, type=dict[str, object])
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise PayloadError(f"{topic}: {error}") from error
        self._call(wish)
        return self.state()

    def idle(self, now_s: float) -> list[Said]:  # noqa: ARG002
        """Say nothing."""
        return []

    def _call(self, wish: Mapping[str, object]) -> None:
        """What is not of its type is passed over, as ArduinoJson's is<uint8_t>() does."""
        light, colour = self.light, wish.get("color")
        if wish.get("state") in ("ON", "OFF"):
            light = replace(light, on=wish["state"] == "ON")
        if (brightness := _whole(wish.get("brightness"), BYTE)) is not None:
            light = replace(light, brightness=brightness, on=light.on and brightness > 0)
        if isinstance(colour, dict):
            parts = {key: _whole(colour.get(key), BYTE) for key in "rgb"}
            told = {key: value for key, value in parts.items() if value is not None}
            light = replace(light, is_white=False, **told)
        if (mired := _whole(wish.get("color_temp"), 1 << 16)) is not None:
            kept = min(WARMEST, max(COLDEST, mired))
            light = replace(light, is_white=True, color_temp=kept)
        self.light = light


def _whole(value: object, most: int) -> int | None:
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
    return value if is_one and isinstance(value, int) else None
