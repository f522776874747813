"""After a power cut everything starts in some order, the clock at 1970: the hub alerts at once."""

import itertools
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.messages import Health, Sounding, encode
from contract.mqtt import MqttLink
from contract.topics import node_health
from hub import broker_mosquitto
from hub.announce import link_of_hub
from hub.service import Hub
from soribit.bulb import Bulb
from soribit.lamps.zigbee2mqtt import Zigbee2MqttLamp
from tests import brokers
from tests.hub.house import ACCOUNTS, EVENING, SETTINGS, TOPIC
from tests.hub.make import BOOT, new_id
from tests.real import need, until

PARTS = ("broker", "hub", "node")
APART_S = 1.0
"""Between two starts: a part that comes first has tried in vain by then."""


class At1970(SystemClock):
    """A machine without a clock chip, half a minute after its start."""

    def __init__(self) -> None:
        self._behind_s = super().wall_s() - 30.0

    def wall_s(self) -> float:
        return super().wall_s() - self._behind_s


@pytest.mark.parametrize("order", list(itertools.permutations(PARTS)), ids=" ".join)
def test_alarm_that_sounds_lights_the_lamp_in_every_order_of_starting(
    order: tuple[str, ...], tmp_path: Path
) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    off = brokers.start(tmp_path, "mosquitto", ACCOUNTS)
    off.stop()
    lit: list[dict[str, object]] = []
    ended, beep = threading.Event(), new_id()
    with ExitStack() as home:

        def broker() -> None:
            home.callback(brokers.restart(off).stop)

        def hub() -> None:
            link = link_of_hub(off.account("hub"))
            made = Hub(SETTINGS, link, tmp_path / "state", At1970(), broker="mosquitto")
            made.start()
            home.callback(made.stop)

        def node() -> None:
            links = [MqttLink(off.account(name), client_id=name) for name in ("kitchen", "lamp")]
            bulb = Bulb(links[1], Zigbee2MqttLamp(TOPIC, EVENING), lit.append)
            speaker = threading.Thread(target=speak, args=(links[0], ended, beep))
            shining = threading.Thread(target=bulb.run, args=(ended,))
            for link in links:
                link.start()
                home.callback(link.stop)
            for thread in (speaker, shining):
                thread.start()
                home.callback(thread.join)
            home.callback(ended.set)

        starts = {"broker": broker, "hub": hub, "node": node}
        for name in order:
            starts[name]()
            ended.wait(APART_S)
        until(lambda: any("color" in str(line.get("payload")) for line in lit), what="the lamp")


def speak(link: MqttLink, ended: threading.Event, beep: str) -> None:
    """Give signs of life of a kitchen in which the smoke alarm sounds, as its node would."""
    sounding = (Sounding(sound="smoke_alarm", event_id=beep, for_s=90.0),)
    while not ended.wait(0.5):
        life = Health(boot_id=BOOT, mono_s=time.monotonic(), frame_age_s=0.0, sounding=sounding)
        link.publish(node_health("kitchen"), encode(life))
