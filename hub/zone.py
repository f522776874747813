"""The home's time zone: what a clock on its wall shows."""

import difflib
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, available_timezones


class _MachineZone(tzinfo):
    """The zone that this machine is set to, in whatever form; the C library knows it."""

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        return when.replace(tzinfo=None).astimezone().utcoffset() if when else None

    def dst(self, _when: datetime | None) -> timedelta | None:
        return None

    def tzname(self, when: datetime | None) -> str | None:
        return when.replace(tzinfo=None).astimezone().tzname() if when else None

    def fromutc(self, when: datetime) -> datetime:
        at_s = when.replace(tzinfo=UTC).timestamp()
        return datetime.fromtimestamp(at_s).replace(tzinfo=self)  # noqa: DTZ006  keeps its fold


MACHINE: tzinfo = _MachineZone()


def zone_of(name: str) -> tzinfo:
    """Return a time zone.

    Args:
        name: Of IANA's data base, "Asia/Seoul"; "" is this machine's own.

    Raises:
        ValueError: There is none of that name; the text says what to do.
    """
    if not name:
        return MACHINE
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # a folder, a file that is none, too long
        raise ValueError(_advice(name)) from error


def local(at_s: float, zone: tzinfo) -> datetime:
    """Return what calendar and clock show at an instant, in seconds since 1970."""
    return datetime.fromtimestamp(at_s, zone)


def _advice(name: str) -> str:
    known = available_timezones()
    if not known:
        return "is not known, as this machine has no list of time zones; install tzdata"
    near = difflib.get_close_matches(name, sorted(known), n=1)
    advice = f"did you mean {near[0]!r}?" if near else "give one like 'Asia/Seoul'"
    return f"is no time zone; {advice}"
