"""Logs: JSON lines, and a repeated fault once a minute."""

import io
import json
import logging
import threading

import pytest

from contract.log import REPEAT_S, WAITING, JsonLines, OncePerMinute, Relay
from tests.real import until


def record(level: int, text: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("hub.ingest", level, __file__, 1, text, None, None)
    made.__dict__.update(extra)
    return made


def test_a_line_is_json_and_carries_the_event_id() -> None:
    line = json.loads(
        JsonLines("hub").format(record(logging.INFO, "flashed", event_id="1-2", room="주방"))
    )
    assert (line["part"], line["say"], line["event_id"], line["room"]) == (
        "hub",
        "flashed",
        "1-2",
        "주방",
    )


def test_a_repeated_fault_is_one_line_a_minute_and_says_how_often() -> None:
    now = [0.0]
    once = OncePerMinute(lambda: now[0])
    passed = [once.filter(record(logging.WARNING, "bad payload")) for _ in range(5)]
    now[0] = REPEAT_S
    again = record(logging.WARNING, "bad payload")
    assert passed == [True, False, False, False, False]
    assert once.filter(again)
    assert again.__dict__["held_back"] == 4


def test_a_blocked_terminal_delays_nobody_and_loses_only_what_is_too_much() -> None:
    blocked, written = threading.Event(), list[str]()

    class Terminal(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            blocked.wait(60)
            written.append(record.getMessage())

    relay = Relay(Terminal())
    for number in range(WAITING + 50):
        relay.handle(record(logging.INFO, str(number)))
    blocked.set()
    until(lambda: len(written) >= WAITING)
    relay.close()
    assert written[0] == "0"
    assert len(written) <= WAITING + 2


def test_a_line_that_cannot_be_written_silences_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = io.StringIO()
    writer = logging.StreamHandler(out)
    writer.addFilter(OncePerMinute(lambda: 0.0))
    relay = Relay(writer)
    torn = record(logging.WARNING, "%d lamps")
    torn.args = ("no number",)

    for line in (torn, record(logging.WARNING, "the hub is gone")):
        relay.handle(line)
    relay.close()

    assert out.getvalue() == "the hub is gone\n"
    assert "%d lamps" in capsys.readouterr().err


def test_different_faults_and_plain_news_are_never_held_back() -> None:
    once = OncePerMinute(lambda: 0.0)
    lines = [record(logging.WARNING, f"node {n} is gone") for n in range(3)]
    lines += [record(logging.INFO, "stored")] * 3
    assert all(once.filter(line) for line in lines)
