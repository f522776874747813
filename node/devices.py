"""The microphones of this machine as `soribit devices` shows them: a list, or live bars."""

import threading
from collections.abc import Callable, Mapping

from contract.clock import Clock
from contract.errors import UnavailableError
from node import microphone
from node.capture import Collect
from node.gauge import Gauge
from node.microphone import Device

BLOCK_S = 0.1
DRAW_S = 0.2

Show = Callable[[list[str]], None]


def listed() -> list[str]:
    """Return a line for each microphone.

    Raises:
        UnavailableError: The PortAudio library is missing, or cannot list them.
    """
    return [f"{each.id}{' (default)' if each.is_default else ''}" for each in microphone.devices()]


def watch(
    wanted: str | None, show: Show, stop: threading.Event, clock: Clock, for_s: float
) -> bool:
    """Open all microphones and show how loud they hear, until told to stop.

    Args:
        wanted: The microphone that the settings name, "" the default one; None: no settings.
        show: Takes the lines of each picture.
        stop: Set to end it.
        clock: The monotonic clock.
        for_s: So long it shows what the opened ones hear.

    Returns:
        Whether there is any microphone.

    Raises:
        UnavailableError: The PortAudio library is missing, or cannot list them.
    """
    gauges: dict[Device, Gauge] = {}

    def hears(device: Device) -> Collect:
        gauges[device] = Gauge(device.id)
        return gauges[device].hear

    opened = microphone.open_all(BLOCK_S, hears)
    for device, capture in opened:
        if isinstance(capture, UnavailableError):
            gauges[device].refused = str(capture)
    remark, until_s = _mark(gauges, wanted), clock.mono_s() + for_s
    while clock.mono_s() < until_s and not stop.wait(min(DRAW_S, until_s - clock.mono_s())):
        show([line for gauge in gauges.values() for line in gauge.lines()] + remark)
    for _, capture in opened:
        if not isinstance(capture, UnavailableError):
            capture.close()
    return bool(gauges)


def _mark(gauges: Mapping[Device, Gauge], wanted: str | None) -> list[str]:
    """Mark the microphone that the settings name; returns a line about it."""
    if wanted is None:
        return []
    try:
        gauges[microphone.named(wanted, list(gauges))].chosen = True
    except UnavailableError as error:
        return [f"node.toml: {error}"]
    return ["* is the one that node.toml names"]
