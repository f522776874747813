"""What Prometheus reads: the hub's counters, and a gauge a room, node and lamp."""

from collections.abc import Iterator

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from hub.view import Counters, Home, HomeView, NodeView

COUNTED = {
    "events": "New events of nodes.",
    "events_dropped": "Messages that were refused unread, or made no sense.",
    "alerts": "Times that an alert was raised, or raised again.",
    "lamp_commands": "Messages sent to lamps: commands and questions.",
    "lamp_failures": "Messages to lamps that could not be sent.",
    "stored": "Events written to the history.",
    "store_failures": "Times that the history could not be opened or written.",
}


def blueprint(home: Home) -> Blueprint:
    """Return the route /metrics."""
    metrics = Blueprint("metrics", __name__)
    registry = CollectorRegistry()
    registry.register(_Collector(home))

    @metrics.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return metrics


class _Collector(Collector):
    """Asks the home at each scrape; nothing is counted twice."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def describe(self) -> list[Metric]:
        """Return nothing: names are known without asking the home."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        view = self._home.view()
        yield from _counters(self._home.counters())
        yield _gauge("broker_up", "1 while the link to the broker is up.", float(view.broker_up))
        yield _gauge("alerts_open", "Alerts on the page now.", float(len(view.alerts)))
        yield from _rooms(view)
        yield from _nodes([node for room in view.rooms for node in room.nodes])
        yield from _lamps(view)


def _counters(counters: Counters) -> Iterator[Metric]:
    for name, text in COUNTED.items():
        yield CounterMetricFamily(f"soribit_{name}", text, value=getattr(counters, name))


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"soribit_{name}", text, value=value)


def _rooms(view: HomeView) -> Iterator[Metric]:
    hears = GaugeMetricFamily("soribit_room_hears", "1 while the room is heard.", labels=["room"])
    sounds = GaugeMetricFamily("soribit_room_sounds", "Sounds on now.", labels=["room"])
    for room in view.rooms:
        hears.add_metric([room.room_id], float(room.hears))
        sounds.add_metric([room.room_id], float(len(room.sounds)))
    yield hears
    yield sounds


def _nodes(nodes: list[NodeView]) -> Iterator[Metric]:
    shown = {
        "hears": "1 while the node hears.",
        "level_db": "Level now, dBFS.",
        "floor_db": "Learned quiet level, dBFS.",
        "inference_ms": "Time of one decision.",
        "outbox_depth": "Events that wait on the node.",
        "dropped_windows": "Pieces of sound it had no time for, since it started.",
    }
    for name, text in shown.items():
        family = GaugeMetricFamily(f"soribit_node_{name}", text, labels=["node"])
        for node in nodes:
            family.add_metric([node.node_id], float(getattr(node, name)))
        yield family


def _lamps(view: HomeView) -> Iterator[Metric]:
    answers = GaugeMetricFamily("soribit_lamp_answers", "1 while it answers.", labels=["lamp"])
    for lamp in view.lamps:
        answers.add_metric([lamp.lamp_id], float(lamp.answers))
    yield answers
