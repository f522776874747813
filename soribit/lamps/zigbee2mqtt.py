"""A lamp behind Zigbee2MQTT: set, get, state, availability, effects."""

import msgspec

from soribit.lamps.port import Said
from soribit.light import EFFECT_S, Light, after, as_json, read

STATES = {True: b'{"state":"online"}', False: b'{"state":"offline"}'}


class Zigbee2MqttLamp:
    """zigbee2mqtt.io, MQTT topics and messages."""

    def __init__(self, topic: str, light: Light | None = None) -> None:
        self.light = light or Light()
        self.hears = (f"{topic}/set", f"{topic}/get")
        self.effect = ""
        self._topic, self._ends_s = topic, 0.0

    def recall(self, memory: bytes) -> None:
        """Take on a light that was kept."""
        self.light = msgspec.json.decode(memory, type=Light)

    def alive(self, *, here: bool) -> Said:
        """Its availability, as Zigbee2MQTT writes it for its lamps."""
        return Said(f"{self._topic}/availability", STATES[here], retain=True)

    def state(self) -> list[Said]:
        """Its whole state."""
        return [Said(self._topic, as_json(self.light))]

    def obey(self, topic: str, payload: bytes, now_s: float) -> list[Said]:
        """Take a command, or a question."""
        if topic.endswith("/set"):
            command = read(payload, source=topic)
            effect = command.effect_name()
            self.light = after(self.light, command)
            if effect:
                self.effect, self._ends_s = effect, now_s + EFFECT_S.get(effect, 0.0)
        return self.state()

    def idle(self, now_s: float) -> list[Said]:
        """An effect ends by itself, and the lamp is as it was before."""
        if self.effect and now_s >= self._ends_s:
            self.effect = ""
        return []
