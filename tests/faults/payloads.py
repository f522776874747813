"""Malformed messages of every kind, made by chance from a good one."""

import json
import random
from collections.abc import Callable

from contract.messages import NodeStatus, encode
from tests.hub.make import event, health

Json = dict[str, object]
Make = Callable[[random.Random, Json], bytes]

GOOD: dict[str, Json] = {
    "event": json.loads(encode(event("smoke_alarm"))),
    "health": json.loads(encode(health(1.0))),
    "status": json.loads(encode(NodeStatus(state="online"))),
}
WRONG: list[object] = [None, True, [], {}, "", -1, 2**70, -(2**70), 1e308, "x" * 300, [[]], "\\x00"]
"""No field of ours takes all of them; a field that takes one is changed until it does not."""


def _random_bytes(chance: random.Random, _good: Json) -> bytes:
    return b"\xff" + chance.randbytes(chance.randrange(1000))


def _truncated(chance: random.Random, good: Json) -> bytes:
    whole = json.dumps(good).encode()
    return whole[: chance.randrange(len(whole))]


def _no_number(chance: random.Random, good: Json) -> bytes:
    key = chance.choice(list(good))
    text = json.dumps(good | {key: "@"})
    return text.replace(
        '"@"', chance.choice(["NaN", "1e999", "-Infinity", "1e", "0x10", "01"])
    ).encode()


def _deep(chance: random.Random, good: Json) -> bytes:
    depth, key = chance.randrange(150, 450), chance.choice(list(good))
    nest = chance.choice(["[", '{"a":'])
    text = json.dumps({key: "@"})
    return text.replace('"@"', nest * (depth if nest == "[" else depth // 3)).encode()


def _surrogate(chance: random.Random, good: Json) -> bytes:
    key = chance.choice([key for key, value in good.items() if isinstance(value, str)])
    return json.dumps(good | {key: chance.choice(["\ud800", "\udfff", "a\udc00b"])}).encode()


def _huge_number(chance: random.Random, good: Json) -> bytes:
    key = chance.choice([k for k, v in good.items() if type(v) in (int, float)])
    return json.dumps(
        good | {key: chance.choice([-1, 1]) * 10 ** chance.randrange(30, 300)}
    ).encode()


def _wrong_type(chance: random.Random, good: Json) -> bytes:
    key = chance.choice(list(good))
    wrong = [each for each in WRONG if type(each) is not type(good[key])]
    return json.dumps(good | {key: {"a": chance.choice(wrong)}}).encode()


def _doubled_key(chance: random.Random, good: Json) -> bytes:
    key = chance.choice(list(good))
    return json.dumps(good)[:-1].encode() + f', "{key}": {{"again": 1}}}}'.encode()


def _missing_key(_chance: random.Random, good: Json) -> bytes:
    needed = next(key for key in ("event_id", "boot_id", "state") if key in good)
    return json.dumps({key: value for key, value in good.items() if key != needed}).encode()


def _wrong_length(chance: random.Random, good: Json) -> bytes:
    key = chance.choice([key for key, value in good.items() if isinstance(value, str)])
    return json.dumps(good | {key: "a" * chance.randrange(130, 500)}).encode()


def _too_long(chance: random.Random, good: Json) -> bytes:
    return json.dumps(good).encode() + b" " * chance.randrange(1024, 20_000)


def _no_object(chance: random.Random, _good: Json) -> bytes:
    return chance.choice([b"", b"null", b"[]", b'"x"', b"1", b"true", b"{}", b"{" * 500])


MAKE: tuple[Make, ...] = (
    _random_bytes,
    _truncated,
    _no_number,
    _deep,
    _surrogate,
    _huge_number,
    _wrong_type,
    _doubled_key,
    _missing_key,
    _wrong_length,
    _too_long,
    _no_object,
)


def malformed(chance: random.Random) -> tuple[str, bytes]:
    """Return the last level of a topic, and what must not be sent there."""
    kind = chance.choice(list(GOOD))
    return kind, chance.choice(MAKE)(chance, GOOD[kind])
