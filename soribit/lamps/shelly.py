"""A Shelly RGBW of the second generation: JSON-RPC in, the state of its component out."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from contract.errors import PayloadError
from contract.messages import decode
from soribit.lamps.port import Said

SHORTEST_FADE_S = 0.5

Byte = Annotated[int, Meta(ge=0, le=255)]
Percent = Annotated[int, Meta(ge=0, le=100)]


class ShellyLight(Struct, frozen=True, kw_only=True):
    """The status of rgbw:0."""

    id: int = 0
    source: str = "MQTT"
    output: bool = True
    rgb: tuple[Byte, Byte, Byte] = (255, 160, 60)
    brightness: Percent = 47
    white: Byte = 0


class _Params(Struct, frozen=True, forbid_unknown_fields=True):
    id: int
    on: bool | None = None
    brightness: Percent | None = None
    rgb: tuple[Byte, Byte, Byte] | None = None
    white: Byte | None = None
    transition_duration: Annotated[float, Meta(ge=SHORTEST_FADE_S)] | None = None


class _Call(Struct, frozen=True):
    """A frame of JSON-RPC as Shelly takes it."""

    id: int
    src: str
    method: str
    params: _Params


class ShellyLamp:
    """shelly-api-docs.shelly.cloud, Gen2+: RGBW, MQTT; with "generic status update" on."""

    def __init__(self, topic: str, light: ShellyLight | None = None) -> None:
        self.light = light or ShellyLight()
        self.hears = (f"{topic}/rpc", f"{topic}/command")
        self._topic = topic

    def recall(self, memory: bytes) -> None:
        """Take on a light that was kept."""
        self.light = msgspec.json.decode(memory, type=ShellyLight)

    def alive(self, *, here: bool) -> Said:
        """Its last will."""
        return Said(f"{self._topic}/online", b"true" if here else b"false", retain=True)

    def state(self) -> list[Said]:
        """The status of its one component."""
        return [Said(f"{self._topic}/status/rgbw:0", msgspec.json.encode(self.light))]

    def obey(self, topic: str, payload: bytes, now_s: float) -> list[Said]:  # noqa: ARG002
        """Take a call, or the request for all of its status."""
        if topic.endswith("/command"):
            return self.state() if payload == b"status_update" else []
        call, before = decode(_Call, payload, source=topic), self.light
        if call.method != "RGBW.Set" or call.params.id != 0:
            raise PayloadError(f"{call.method[:40]} is not known here")
        self.light = self._after(call.params)
        reply = {"id": call.id, "src": self._topic, "result": {"was_on": before.output}}
        answer = Said(f"{call.src}/rpc", msgspec.json.encode(reply))
        return [answer, *(self.state() if self.light != before else [])]

    def idle(self, now_s: float) -> list[Said]:  # noqa: ARG002
        """Say nothing."""
        return []

    def _after(self, params: _Params) -> ShellyLight:
        light = self.light
        return replace(
            light,
            output=light.output if params.on is None else params.on,
            brightness=light.brightness if params.brightness is None else params.brightness,
            rgb=params.rgb or light.rgb,
            white=light.white if params.white is None else params.white,
        )
