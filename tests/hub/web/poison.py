"""A home in which every string that comes from outside tries to become code."""

from enum import Enum
from typing import TypeVar

import msgspec

from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import rows, scene

PAYLOAD = (
    "</title></svg><img src=x onerror=document.title='owned'>\"'><script>owned()</script>{{7*7}}"
)

T = TypeVar("T")


def poisoned_home(at_s: float) -> FakeHome:
    """Return the alarm scene with `PAYLOAD` at the end of every string."""
    view = _poison(scene("alarm", at_s))
    return FakeHome(view, [_poison(row) for row in rows(at_s)])


def _poison(value: T) -> T:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return type(value)(value + PAYLOAD)
    if isinstance(value, tuple):
        return type(value)(_poison(item) for item in value)
    if isinstance(value, msgspec.Struct):
        names = (name for name in value.__struct_fields__ if name != "phase")  # one of three words
        return msgspec.structs.replace(value, **{n: _poison(getattr(value, n)) for n in names})
    return value
