"""The families of virtual lamps, by the names that the settings use."""

from collections.abc import Callable, Mapping

from soribit.lamps.esphome import EsphomeLamp
from soribit.lamps.homeassistant import HomeAssistantLamp
from soribit.lamps.port import VirtualLamp
from soribit.lamps.shelly import ShellyLamp
from soribit.lamps.tasmota import TasmotaLamp
from soribit.lamps.wled import WledLamp
from soribit.lamps.zigbee2mqtt import Zigbee2MqttLamp

KINDS: Mapping[str, Callable[[str], VirtualLamp]] = {
    "zigbee2mqtt": Zigbee2MqttLamp,
    "homeassistant": HomeAssistantLamp,
    "tasmota": TasmotaLamp,
    "wled": WledLamp,
    "shelly": ShellyLamp,
    "esphome": EsphomeLamp,
}
"""Makes one of its topic, in warm light."""
