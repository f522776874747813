"""MQTT lamps whose last will, or whose silence, says something."""

from collections.abc import Iterator

import pytest

from contract.mqtt import MqttLink
from hub.lights.kinds import shipped
from hub.lights.mqtt import GONE, MqttLamp
from hub.lights.port import DARK, FULL, LampReport, LampState, Look
from tests.brokers import Peer, RunningBroker, tell
from tests.real import until

TOPIC = "zigbee2mqtt/lamp"
"""What the broker lets the account of the lamp write, whatever its family."""
RED = Look("#ff0000", FULL)


class Rig:
    def __init__(self, link: MqttLink, far: Peer, kind: str) -> None:
        self.said: list[LampReport] = []
        self.lamp = MqttLamp(link, "lamp", TOPIC, self.said.append, shipped()[kind])
        self._far = far

    def hears(self, level: str, payload: bytes, *, retain: bool = False) -> LampReport:
        """Let the lamp say something, and wait until the hub has heard it."""
        before = len(self.said)
        self._far.link.publish(f"{TOPIC}{level}", payload, retain=retain)
        until(lambda: len(self.said) > before, what=f"{payload!r} on {level}")
        return self.said[-1]


@pytest.fixture
def links(mosquitto: RunningBroker) -> Iterator[tuple[Peer, Peer]]:
    hub, far = Peer(mosquitto.account("hub")), Peer(mosquitto.account("lamp"))
    for peer in (hub, far):
        peer.link.start()
        assert peer.link.wait_up(10)
    yield hub, far
    for peer in (hub, far):
        peer.link.stop()


def rig(links: tuple[Peer, Peer], kind: str) -> Rig:
    hub, far = links
    made = Rig(hub.link, far, kind)
    hub.hear(f"{TOPIC}/settled")
    tell(far, f"{TOPIC}/settled", b"the hub hears all that it asked for before", hub)
    return made


def test_last_will_tells_that_a_lamp_is_gone_and_why(links: tuple[Peer, Peer]) -> None:
    made = rig(links, "wled")
    report = made.hears("/status", b"offline", retain=True)
    assert report.gone
    assert not report.live
    assert made.lamp.fault == GONE
    assert made.hears("/status", b"online").live
    assert made.lamp.fault == ""


def test_lamp_that_comes_back_is_asked_how_it_is(links: tuple[Peer, Peer]) -> None:
    made = rig(links, "zigbee2mqtt")
    links[1].hear(f"{TOPIC}/get")
    made.hears("/availability", b'{"state":"offline"}')
    links[1].link.publish(f"{TOPIC}/availability", b'{"state":"online"}')
    until(lambda: links[1].payloads() == [b'{"state":""}'], what="the question")


def test_lamp_that_cannot_be_asked_is_vouched_for_by_its_last_will(
    links: tuple[Peer, Peer],
) -> None:
    made = rig(links, "wled")
    made.hears("/status", b"online", retain=True)
    made.hears("/g", b"120")
    made.hears("/c", b"#0000FF")
    made.said.clear()
    made.lamp.ask()
    (report,) = made.said
    assert report.live
    assert report.state.brightness == 120
    assert report.state.colour is not None


def test_lamp_that_cannot_be_asked_and_is_gone_does_not_answer(links: tuple[Peer, Peer]) -> None:
    made = rig(links, "wled")
    made.hears("/status", b"offline")
    made.said.clear()
    made.lamp.ask()
    made.lamp.show(DARK)
    assert made.said == []


def test_command_that_changes_nothing_is_no_silence(links: tuple[Peer, Peer]) -> None:
    made = rig(links, "wled")
    made.hears("/status", b"online")
    made.said.clear()
    made.lamp.show(DARK)
    assert made.said == [LampReport(lamp_id="lamp", state=LampState(), live=True)]


def test_lamp_keeps_its_brightness_while_it_says_none(links: tuple[Peer, Peer]) -> None:
    made = rig(links, "wled")
    made.hears("/g", b"200")
    made.lamp.show(RED)
    made.lamp.restore(LampState(on=False, brightness=200))
    late = made.hears("/g", b"255")
    assert late.state.on
    report = made.hears("/g", b"0")
    assert (report.state.on, report.state.brightness) == (False, 200)
    made.hears("/g", b"100")
    assert made.hears("/g", b"0").state.brightness == 100


def test_garbage_of_a_lamp_is_dropped_in_one_sentence(
    links: tuple[Peer, Peer], caplog: pytest.LogCaptureFixture
) -> None:
    made = rig(links, "zigbee2mqtt")
    for payload in (b"\xff" * 100, b"[" * 9000, b"x" * 500_000, b'{"brightness":"much"}'):
        links[1].link.publish(TOPIC, payload)
    links[1].link.publish(f"{TOPIC}/availability", b"perhaps")
    report = made.hears("", b'{"state":"ON"}')
    assert report.state == LampState(on=True)
    assert len(made.said) == 1
    assert caplog.messages.count("lamp lamp sends what no lamp says") == 4
    assert caplog.messages.count("lamp lamp has an odd last will") == 1
