"""Quiet hours against the clock on the wall, looked at minute by minute."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.catalogue import catalogue
from contract.messages import Phase
from hub.policy import Policy, Reason, Situation
from hub.quiet import quiet_hours

CHANGES = {
    "Asia/Seoul": ["1988-05-07T17:00", "1988-10-08T17:00", "2026-11-22T00:00"],
    "Europe/Berlin": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "Pacific/Apia": ["2011-12-30T10:00", "2020-09-26T14:00", "2021-04-03T14:00"],
}
"""When clocks change, in UTC: Seoul's last summer time and a day without one, half an hour on
Lord Howe, the day that Samoa left out and its last summer time."""
CASES = 2500
"""For each of the four zones."""
DAY = 24 * 60
BEFORE = 2 * DAY
"""Minutes of the table before the change; as many and a day more stand behind it."""
MINUTES = st.integers(0, DAY - 1)


@cache
def wall(zone: str, change: str) -> list[int]:
    """What the clock shows, in minutes after midnight, at each minute around a change."""
    first = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(minutes=BEFORE)
    shown = (
        (first + timedelta(minutes=n)).astimezone(ZoneInfo(zone)) for n in range(2 * BEFORE + DAY)
    )
    return [at.hour * 60 + at.minute for at in shown]


def is_quiet(shown: int, start: int, end: int) -> bool:
    """Whether a minute of the day is within a span that may go over midnight."""
    return start <= shown < end if start < end else shown >= start or shown < end


def hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@pytest.mark.parametrize("zone", CHANGES)
@settings(max_examples=CASES, deadline=None)
@given(
    data=st.data(),
    start=MINUTES,
    end=MINUTES,
    place=st.integers(0, 2 * BEFORE),
    second=st.floats(0.0, 59.999),
)
def test_quiet_hours_are_what_the_clock_on_the_wall_shows(
    zone: str, data: st.DataObject, start: int, end: int, place: int, second: float
) -> None:
    end = end if end != start else (end + 1) % DAY
    change = data.draw(st.sampled_from(CHANGES[zone]))
    minutes = wall(zone, change)
    changed_s = datetime.fromisoformat(change).replace(tzinfo=UTC).timestamp()
    span = f"{hour(start)}-{hour(end)}"
    policy = Policy(catalogue(), {}, cooldown_s=60.0, quiet=span, zone=ZoneInfo(zone))
    now_s = changed_s + (place - BEFORE) * 60 + second
    decision = policy.judge(
        "doorbell",
        Phase.BEGAN,
        Situation(late=False, still_sounding=False, since_alert_s=None, wall_s=now_s),
    )
    if not is_quiet(minutes[place], start, end):
        assert (decision.reason, decision.until_s) == (Reason.ATTENTION, None)
        return
    after = next(n for n in range(place, len(minutes)) if not is_quiet(minutes[n], start, end))
    assert decision.reason is Reason.QUIET_HOURS
    assert decision.until_s == changed_s + (after - BEFORE) * 60


@pytest.mark.parametrize(
    ("span", "at", "until"),
    [
        ("22:00-07:00", "2026-03-29T00:30+01:00", "2026-03-29T07:00+02:00"),
        ("22:00-07:00", "2026-10-25T00:30+02:00", "2026-10-25T07:00+01:00"),
        ("22:00-02:30", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
        ("22:00-02:30", "2026-10-25T01:00+02:00", "2026-10-25T02:30+02:00"),
        ("22:00-02:30", "2026-10-25T02:00+01:00", "2026-10-25T02:30+01:00"),
        ("02:30-07:00", "2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00"),
        ("02:15-02:45", "2026-03-29T03:15+02:00", None),
        ("22:00-07:00", "2026-06-01T07:00+02:00", None),
        ("22:00-07:00", "2026-06-01T06:59:59.9+02:00", "2026-06-01T07:00+02:00"),
        ("22:00-07:00", "2026-06-01T21:59:59.9+02:00", None),
        ("22:00-07:00", "2026-06-01T22:00+02:00", "2026-06-02T07:00+02:00"),
    ],
)
def test_nights_of_berlin_end_when_its_clocks_say_so(span: str, at: str, until: str | None) -> None:
    hours = quiet_hours(span)
    assert hours
    ends_s = hours.until_s(datetime.fromisoformat(at).timestamp(), ZoneInfo("Europe/Berlin"))
    assert ends_s == (datetime.fromisoformat(until).timestamp() if until else None)


@pytest.mark.parametrize(
    "span",
    ["22-7", "22:00", "24:00-07:00", "22:60-07:00", "2:00-07:00", " 22:00-07:00", "٢٢:00-07:00"],
)
def test_what_is_no_span_of_hours_is_told_with_what_to_do(span: str) -> None:
    with pytest.raises(ValueError, match="is no span of hours; give two times of day"):
        quiet_hours(span)


def test_span_without_length_is_told() -> None:
    with pytest.raises(ValueError, match="starts when it ends"):
        quiet_hours("07:00-07:00")


def test_no_span_is_none() -> None:
    assert quiet_hours("") is None
