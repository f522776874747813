"""From an event that a node publishes to the command that a bulb receives, under load."""

import json
import threading
import time
import uuid

from bench.stack import Stack, stack
from bench.table import Table, percentile
from contract.clock import rfc3339
from contract.messages import Health, Phase, SoundEvent, encode
from contract.mqtt import Arrival, MqttLink
from contract.topics import HUB_STATUS, node_event, node_health

ROOMS = 100
SECONDS = 30
HOPS = 1000
HEALTH_EVERY_S = 5
BOOT = uuid.uuid4()


def measure() -> Table:
    """Run 100 nodes in 100 rooms with a bulb each, one event a second each."""
    hub: dict[str, object] = {
        "alerts": {"lamps": "room", "cooldown_s": 0.0},
        "rooms": {_id(n): {"name": f"Room {n}", "nodes": [_id(n)]} for n in range(ROOMS)},
        "lights": {
            _id(n): {
                "name": f"Lamp {n}",
                "topic": f"zigbee2mqtt/{_id(n)}",
                "room": _id(n),
                "sight_group": _id(n),
            }
            for n in range(ROOMS)
        },
    }
    with stack(hub, {"nodes": "hub", "bulbs": "lamp"}) as running:
        one_hop_ms = _one_hop(running)
        delays_ms, sent = _drive(running)
    return Table(
        title="Event published to bulb command received",
        command="make bench ARGS=light_latency",
        columns=("path", "messages", "answered", "p50 ms", "p95 ms", "p99 ms", "worst ms"),
        rows=(
            ("event, hub, bulb command", str(sent), *_figures(delays_ms)),
            ("one hop through mosquitto, no hub", str(HOPS), *_figures(one_hop_ms)),
        ),
        notes=(
            f"{ROOMS} simulated nodes in {ROOMS} rooms with a bulb each, one event a second each, "
            f"began and ended in turn, cool-down 0, for {SECONDS} s; loopback, mosquitto, "
            "history on disk. Only `began` lights a bulb.",
            "The second row is machine and broker alone; an event goes through mosquitto twice.",
            "Goal: p50 <= 2 ms, p99 <= 20 ms.",
        ),
    )


def _figures(delays_ms: list[float]) -> tuple[str, ...]:
    shares = (f"{percentile(delays_ms, share):.2f}" for share in (0.5, 0.95, 0.99, 1.0))
    return (str(len(delays_ms)), *shares)


def _one_hop(running: Stack) -> list[float]:
    """Time bare messages at the same pace, from one link to another; returns the delays in ms."""
    sender, receiver = running.link("nodes"), running.link("bulbs")
    delays_ms: list[float] = []
    receiver.subscribe(
        "zigbee2mqtt/hop",
        lambda arrival: delays_ms.append((time.perf_counter() - float(arrival.payload)) * 1000),
    )
    time.sleep(1.0)
    for _ in range(HOPS):
        time.sleep(1.0 / ROOMS)
        sender.publish("zigbee2mqtt/hop", repr(time.perf_counter()).encode())
    time.sleep(0.5)
    sender.stop()
    receiver.stop()
    return delays_ms


class Bulbs:
    """All bulbs at once: they obey, report their state, and note how long a wish was on its way.

    Attributes:
        delays_ms: From each event's publication to the first command that lights its bulb.
    """

    def __init__(self, link: MqttLink) -> None:
        self.delays_ms: list[float] = []
        self._link = link
        self._published_s: dict[str, float] = {}
        for n in range(ROOMS):
            link.publish(f"zigbee2mqtt/{_id(n)}", b'{"state":"OFF","brightness":254}')
        link.subscribe("zigbee2mqtt/+/set", self._commanded)

    def expect(self, lamp: str) -> None:
        """Note that an event which lights this lamp is published now."""
        self._published_s[lamp] = time.perf_counter()

    def _commanded(self, arrival: Arrival) -> None:
        received_s, lamp = time.perf_counter(), arrival.topic.split("/")[1]
        wish = json.loads(arrival.payload)
        if wish["state"] == "ON" and (sent_s := self._published_s.pop(lamp, None)) is not None:
            self.delays_ms.append((received_s - sent_s) * 1000)
        self._link.publish(f"zigbee2mqtt/{lamp}", json.dumps({"brightness": 254} | wish).encode())


def _drive(running: Stack) -> tuple[list[float], int]:
    """Publish and listen; returns the delays in ms and how many `began` were sent."""
    nodes, hub_up = running.link("nodes"), threading.Event()
    nodes.subscribe(HUB_STATUS, lambda _: hub_up.set())
    if not hub_up.wait(30.0):
        raise TimeoutError("the hub did not come up")
    bulb_link = running.link("bulbs")
    bulbs = Bulbs(bulb_link)
    for n in range(ROOMS):
        _health(nodes, n)
    time.sleep(2.0)
    sent = sum(_second(nodes, bulbs, second) for second in range(SECONDS))
    time.sleep(1.0)
    nodes.stop()
    bulb_link.stop()
    return bulbs.delays_ms, sent


def _second(nodes: MqttLink, bulbs: Bulbs, second: int) -> int:
    """Publish one event of each node, evenly spread; returns how many were `began`."""
    begin_s, began = time.perf_counter(), second % 2 == 0
    for n in range(ROOMS):
        time.sleep(max(0.0, begin_s + n / ROOMS - time.perf_counter()))
        if second % HEALTH_EVERY_S == 0:
            _health(nodes, n)
        if began:
            bulbs.expect(_id(n))
        nodes.publish(node_event(_id(n)), encode(_event(n, second)))
    return ROOMS if began else 0


def _event(n: int, second: int) -> SoundEvent:
    """A doorbell that begins in even seconds and ends in odd ones."""
    began_id = str(uuid.uuid5(BOOT, f"{n} {second // 2}"))
    began = second % 2 == 0
    return SoundEvent(
        event_id=began_id if began else str(uuid.uuid4()),
        boot_id=str(BOOT),
        seq=second,
        sound="doorbell",
        phase=Phase.BEGAN if began else Phase.ENDED,
        began_id=None if began else began_id,
        score=0.9,
        level_db=-20.0,
        heard_mono_s=time.monotonic(),
        heard_at=rfc3339(time.time()),
        clock_ok=True,
        model="bench",
    )


def _health(nodes: MqttLink, n: int) -> None:
    health = Health(boot_id=str(BOOT), mono_s=time.monotonic(), frame_age_s=0.0)
    nodes.publish(node_health(_id(n)), encode(health))


def _id(n: int) -> str:
    return f"r{n:03d}"
