"""The home's time zone, and this machine's."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.zone import MACHINE, local, zone_of

BERLIN = "Europe/Berlin"
BERLIN_BACK_S = 1_792_890_000
"""2026-10-25 01:00 UTC: clocks in Berlin go back from 03:00 to 02:00."""


@pytest.fixture
def machine_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")  # no name: a rule, as TZ may hold
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine_in_berlin")
@pytest.mark.parametrize("after_s", [-7200.0, -1800.5, -0.25, 0.0, 1800.0, 3600.0, 86400.0 * 180])
def test_the_machines_zone_is_right_across_clock_changes(after_s: float) -> None:
    here, berlin = (local(BERLIN_BACK_S + after_s, zone) for zone in (MACHINE, zone_of(BERLIN)))
    assert here.replace(tzinfo=None) == berlin.replace(tzinfo=None)
    assert (here.utcoffset(), here.tzname()) == (berlin.utcoffset(), berlin.tzname())


def test_no_name_is_the_machines_zone() -> None:
    assert zone_of("") is MACHINE


def test_named_zone_is_the_homes() -> None:
    assert local(BERLIN_BACK_S, zone_of("Asia/Seoul")).utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Asia/Soul", "is no time zone; did you mean 'Asia/Seoul'?"),
        ("Mars/Olympus_Mons_West", "is no time zone; give one like 'Asia/Seoul'"),
        ("Asia", "is no time zone; "),
        ("../../etc/passwd", "is no time zone; "),
        ("/etc/passwd", "is no time zone; "),
        ("zone.tab", "is no time zone; "),
        ("a\0b", "is no time zone; "),
        ("x" * 5000, "is no time zone; "),
        ("서울", "is no time zone; "),
    ],
)
def test_what_is_no_zone_is_told_with_what_to_do(name: str, told: str) -> None:
    with pytest.raises(ValueError, match="no time zone") as caught:
        zone_of(name)
    assert str(caught.value).startswith(told)
