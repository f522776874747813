"""Quiet hours: from when to when by the clock on the wall, and until when they last. Pure."""

import math
import re
from datetime import tzinfo

from msgspec import Struct

from hub.zone import local

DAY_S = 86_400
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class QuietHours(Struct, frozen=True):
    """They hold whenever the clock shows a time from the start on and before the end.

    What the clock skips in spring is never quiet, what it shows twice in autumn is so twice.
    """

    starts_s: int
    """Time of day, 0..86399 s after 00:00; after `ends_s` where the span goes over midnight."""
    ends_s: int
    """Likewise; never the same."""

    def until_s(self, now_s: float, zone: tzinfo) -> float | None:
        """Return when they will end; None where they do not hold.

        Args:
            now_s: Wall clock, seconds since 1970, as is the answer.
            zone: Whose clock they go by.
        """
        if not self._hold(now_s, zone):
            return None
        ends_s = float(round(now_s + (self.ends_s - _shown_s(now_s, zone)) % DAY_S))
        change_s = _clock_change_s(now_s, ends_s, zone)
        if change_s is None:
            return ends_s
        # They end where the clock jumps out of them, else go on from the time that it jumps to.
        return self.until_s(change_s, zone) or change_s

    def _hold(self, at_s: float, zone: tzinfo) -> bool:
        length_s = (self.ends_s - self.starts_s) % DAY_S
        return (_shown_s(at_s, zone) - self.starts_s) % DAY_S < length_s


def quiet_hours(span: str) -> QuietHours | None:
    """Read a span of hours, "22:00-07:00"; "" is none.

    Raises:
        ValueError: It is no span; the text says what to do.
    """
    if not span:
        return None
    found = _SPAN.fullmatch(span)
    if not found:
        raise ValueError("is no span of hours; give two times of day, 22:00-07:00")
    hour, minute, end_hour, end_minute = map(int, found.groups())
    starts_s, ends_s = hour * 3600 + minute * 60, end_hour * 3600 + end_minute * 60
    if starts_s == ends_s:
        raise ValueError("starts when it ends; give two different times of day, 22:00-07:00")
    return QuietHours(starts_s, ends_s)


def _shown_s(at_s: float, zone: tzinfo) -> float:
    """The time of day that the clock shows, 0..86400 s."""
    shown = local(at_s, zone)
    return shown.hour * 3600 + shown.minute * 60 + shown.second + shown.microsecond / 1e6


def _clock_change_s(from_s: float, to_s: float, zone: tzinfo) -> float | None:
    """When the clock is changed after one instant and until another, less than a day later."""
    before, after = math.floor(from_s), math.ceil(to_s)
    offset = local(before, zone).utcoffset()
    if local(after, zone).utcoffset() == offset:
        return None
    while after - before > 1:
        middle = (before + after) // 2
        if local(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return float(after)
