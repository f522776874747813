"""A Tasmota bulb with five channels: one answer for each command of a Backlog, in percent."""

import re

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contract.errors import PayloadError
from soribit.lamps.port import Said

DIMMEST, BRIGHTEST = 0, 100
COLDEST, WARMEST = 153, 500
MOST_COMMANDS = 30
"""What a Backlog takes."""


class TasmotaLight(Struct, frozen=True, kw_only=True):
    """What Tasmota remembers of a light."""

    on: bool = True
    dimmer: int = 47
    hue: int = 0
    saturation: int = 0
    ct: int = 370
    is_white: bool = True


class TasmotaLamp:
    """tasmota.github.io, Commands (Light) and MQTT; %prefix%/%topic%/ as by default."""

    def __init__(self, topic: str, light: TasmotaLight | None = None) -> None:
        self.light = light or TasmotaLight()
        self.hears = (f"cmnd/{topic}/+",)
        self._topic = topic

    def recall(self, memory: bytes) -> None:
        """Take on a light that was kept."""
        self.light = msgspec.json.decode(memory, type=TasmotaLight)

    def alive(self, *, here: bool) -> Said:
        """Its LWT."""
        return Said(f"tele/{self._topic}/LWT", b"Online" if here else b"Offline", retain=True)

    def state(self) -> list[Said]:
        """What it says every few minutes, the light among much else."""
        told = {"Time": "2026-11-28T06:00:00", "Uptime": "0T00:10:00", **self._light()}
        return [Said(f"tele/{self._topic}/STATE", msgspec.json.encode(told))]

    def obey(self, topic: str, payload: bytes, now_s: float) -> list[Said]:  # noqa: ARG002
        """Take one command, or a Backlog of several."""
        name, value = topic.rpartition("/")[2], payload.decode(errors="replace").strip()
        if not name.lower().startswith("backlog"):
            return self._one(name, value)
        commands = [command.strip().partition(" ") for command in value.split(";")]
        return [
            said for name, _, value in commands[:MOST_COMMANDS] for said in self._one(name, value)
        ]

    def idle(self, now_s: float) -> list[Said]:  # noqa: ARG002
        """Say nothing."""
        return []

    def _one(self, name: str, value: str) -> list[Said]:
        match name.lower():
            case "power" | "power1":
                if value:
                    self.light = replace(self.light, on=_word(value, {"ON": True, "OFF": False}))
                power = self._light()["POWER"]
                return [self._result({"POWER": power}), self._stat("POWER", str(power).encode())]
            case "state":
                return [self._result(self._light())]
            case "dimmer":
                dimmer = _number(value, DIMMEST, BRIGHTEST)
                kept = dimmer or self.light.dimmer
                self.light = replace(self.light, on=dimmer > 0, dimmer=kept)
            case "hsbcolor":
                self._colour([_number(part, 0, 360) for part in value.split(",")])
            case "ct":
                ct = _number(value, COLDEST, WARMEST)
                self.light = replace(self.light, on=True, ct=ct, is_white=True)
            case _:
                return [self._result({"Command": "Unknown"})]
        return [self._result(self._light())]

    def _colour(self, hsb: list[int]) -> None:
        """SetOption20 is off by default: a colour switches on."""
        hue, saturation, dimmer = hsb
        lit = {"on": True, "hue": hue, "saturation": saturation, "dimmer": dimmer}
        self.light = replace(self.light, is_white=False, **lit)

    def _light(self) -> dict[str, object]:
        light = self.light
        white = light.dimmer if light.is_white else 0
        return {
            "POWER": "ON" if light.on else "OFF",
            "Dimmer": light.dimmer,
            "HSBColor": f"{light.hue},{light.saturation},{0 if light.is_white else light.dimmer}",
            "White": white,
            "CT": light.ct,
            "Fade": "OFF",
        }

    def _result(self, told: dict[str, object]) -> Said:
        return self._stat("RESULT", msgspec.json.encode(told))

    def _stat(self, name: str, payload: bytes) -> Said:
        return Said(f"stat/{self._topic}/{name}", payload)


def _number(text: str, lowest: int, highest: int) -> int:
    if not re.fullmatch(r"\d{1,3}", text) or not lowest <= int(text) <= highest:
        raise PayloadError(f"{text[:40]!r} is not in {lowest}..{highest}")
    return int(text)


def _word(text: str, words: dict[str, bool]) -> bool:
    if text.upper() not in words:
        raise PayloadError(f"{text[:40]!r} is none of {', '.join(words)}")
    return words[text.upper()]
