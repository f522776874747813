"""What a paired node may send that is no message: bytes of every kind, and far too many of them."""

import http.client
import json
import random
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import messages
from contract.clock import SystemClock, rfc3339
from contract.errors import PayloadError
from contract.mqtt import Arrival, MqttLink
from contract.topics import limit_bytes, node_event
from hub import broker_mosquitto, ingest
from node.outbox import Outbox
from tests.faults import report
from tests.faults.home import Home
from tests.faults.payloads import MAKE, malformed
from tests.node.events import event
from tests.real import listens, need, until

HOSTILE, NEIGHBOUR = "kitchen", "nursery"
KINDS: dict[str, type[messages.SoundEvent | messages.Health | messages.NodeStatus]] = {
    "event": messages.SoundEvent,
    "health": messages.Health,
    "status": messages.NodeStatus,
}
ROUND = 250
"""So many messages go out at a time; then the hub is waited for, that none is lost on the way."""
LARGE = 5_000_000
OWN_WITHIN_S = 2.0
"""A node that floods must not keep its own room's alarm back for longer (measured: 0.03 s)."""
RSS_BYTES = 64_000_000
"""12 times the largest message: paho reads one whole before our limit can refuse it."""


def refuses(kind: str, payload: bytes) -> bool:
    """Whether both readers refuse a payload; any error but the intended one ends the test."""
    topic = f"soribit/v1/node/{HOSTILE}/{kind}"

    def decoded() -> object:
        return messages.decode(KINDS[kind], payload, source=topic)

    def read() -> object:
        return ingest.read(Arrival(topic, payload, retained=False))

    return _is_refused(decoded) and _is_refused(read)


def _is_refused(reader: Callable[[], object]) -> bool:
    try:
        reader()
    except PayloadError:
        return True
    return False


@given(st.integers(min_value=0, max_value=2**63))
@settings(max_examples=300)
def test_malformed_payload_is_refused_by_one_error(seed: int) -> None:
    kind, payload = malformed(random.Random(seed))
    assert len(payload) > limit_bytes(node_event(HOSTILE)) or refuses(kind, payload)


@pytest.mark.faults
@pytest.mark.timeout(600)
@given(st.integers(min_value=0, max_value=2**63), st.sampled_from(sorted(KINDS)), st.binary())
@settings(max_examples=50_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_hundred_thousand_payloads_are_refused_by_one_error(
    seed: int, kind: str, payload: bytes
) -> None:
    refuses(kind, payload)  # chance may make a message; nothing but a refusal may come of the rest
    made_for, made = malformed(random.Random(seed))
    assert len(made) > limit_bytes(node_event(HOSTILE)) or refuses(made_for, made)


def without_limit(home: Home) -> None:
    """Put a mosquitto in the place of ours that lets packets of any size through."""
    home.kill_broker()
    conf = home.folder / "broker/mosquitto.conf"
    text, changed = re.subn(r"max_packet_size \d+\n", "", conf.read_text(encoding="utf-8"))
    assert changed == 1
    conf.write_text(text, encoding="utf-8")
    with (home.folder / "open-broker.log").open("wb") as log:
        line = [str(broker_mosquitto.find()), "-c", str(conf)]
        home.broker = replace(home.broker, process=subprocess.Popen(line, stderr=log))
    until(lambda: listens(home.broker.port), what="the broker without a limit")
    home.wait_for_witnesses()


def dropped(home: Home) -> int:
    """Return how many messages the hub says that it refused."""
    connection = http.client.HTTPConnection("127.0.0.1", home.web_port, timeout=30)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    found = re.search(r"^soribit_events_dropped_total (\S+)", text, re.MULTILINE)
    assert found
    return int(float(found[1]))


def repeated(log: Path) -> dict[str, int]:
    """Return what a log says of faults, and how often beyond once a minute."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    said = Counter(line["say"] for line in lines if line["level"] not in ("info", "debug"))
    return {say: count for say, count in said.items() if count > 1}


def flood(home: Home, link: MqttLink, count: int) -> None:
    """Send malformed messages, three of them of 5 MB; all of them reach the hub."""
    chance, before = random.Random(report.seed()), dropped(home)
    for sent in range(0, count, ROUND):
        for number in range(ROUND):
            kind, payload = malformed(chance)
            if (sent + number) in (1, count // 2, count - ROUND):
                payload = chance.randbytes(LARGE)
            link._client.publish(f"soribit/v1/node/{HOSTILE}/{kind}", payload)
        if sent + ROUND < count:
            until(lambda: dropped(home) - before >= sent + ROUND, within_s=60, what="the refusals")  # noqa: B023


def endure(home: Home, count: int) -> None:
    """Flood the hub; the alarms that follow at once must be seen."""
    without_limit(home)
    home.hub.start()
    home.add_node(NEIGHBOUR).start()
    until(home.hub_hears, within_s=60, what="the hub")
    home.nodes[NEIGHBOUR].say("quiet")
    link = MqttLink(home.broker.account(HOSTILE), client_id=HOSTILE)
    link.start()
    assert link.wait_up(20)
    process = psutil.Process(home.hub.pid)
    threads, rss = {each.id for each in process.threads()}, process.memory_info().rss
    flood(home, link, count)
    outbox = Outbox(home.folder / "hostile.db", _through(link), SystemClock())
    began_s = time.monotonic()
    fresh = {"heard_at": rfc3339(time.time()), "heard_mono_s": began_s}
    outbox.report(msgspec.structs.replace(event("co_alarm"), **fresh))
    home.nodes[NEIGHBOUR].say("begin smoke_alarm")
    own_s = _until_raised(home, "co_alarm", began_s)
    other_s = _until_raised(home, "smoke_alarm", began_s)
    until(home.lit, what="the lamp")
    assert own_s <= OWN_WITHIN_S
    assert {each.id for each in process.threads()} == threads
    assert process.memory_info().rss - rss < RSS_BYTES
    assert repeated(home.hub.log) == {}
    outbox.close()
    link.stop()
    report.add(
        report.Row(
            scenario="malformed messages",
            broker="mosquitto without packet limit",
            faults=count,
            longest_s=max(own_s, other_s),
            note=f"same node {own_s:.2f} s, other node {other_s:.2f} s, "
            f"hub {(process.memory_info().rss - rss) / 1e6:+.0f} MB",
        )
    )


def test_hub_outlives_malformed_messages(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, "mosquitto", seed=report.seed())() as home:
        endure(home, 1000)


@pytest.mark.faults
@pytest.mark.timeout(400)
def test_hub_outlives_ten_thousand_malformed_messages(tmp_path: Path) -> None:
    need(broker_mosquitto.find(), "mosquitto")
    with Home(tmp_path, "mosquitto", seed=report.seed())() as home:
        endure(home, 10_000)


def test_every_kind_of_malformed_message_is_made() -> None:
    chance = random.Random(report.seed())
    assert len({malformed(chance) for _ in range(2000)}) > 1000
    assert len(MAKE) == 12


def _through(link: MqttLink) -> Callable[[bytes], bool]:
    return lambda payload: link.publish(node_event(HOSTILE), payload)


def _until_raised(home: Home, sound: str, since_s: float) -> float:
    def at_s() -> list[float]:
        return [at - since_s for at, what in home.raised if what == sound and at > since_s]

    until(at_s, within_s=30, what=f"the alert of {sound}")
    return at_s()[0]
