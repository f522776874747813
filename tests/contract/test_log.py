"""Logs: JSON lines, and a repeated fault once a minute."""

import json
import logging

from contract.log import REPEAT_S, JsonLines, OncePerMinute


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


def test_different_faults_and_plain_news_are_never_held_back() -> None:
    once = OncePerMinute(lambda: 0.0)
    lines = [record(logging.WARNING, f"node {n} is gone") for n in range(3)]
    lines += [record(logging.INFO, "stored")] * 3
    assert all(once.filter(line) for line in lines)
