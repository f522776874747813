"""When nobody listened: spans of each room and of the whole home, dated when the clock is right.

Pure: spans are measured by the monotonic clock, which runs on while the wall clock jumps. Only
what began before the machine last started is known by the wall clock alone.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from contract.clock import NOT_BEFORE_S
from hub.view import Gap, Why

HOME = ""
"""The place that stands for the whole home: it listens while any room does."""
LEAST_S = 30.0
"""Shorter ones are not told: so long may a trouble stay unsaid (DESIGN 1.1)."""
FROZEN_S = 15.0
"""We look four times a second; who has not looked for so long was not running."""
PASSING: tuple[Why, ...] = ("hub", "broker")
"""Ears keep what they heard meanwhile: one not back `LEAST_S` later is away itself."""
LONGEST_S = 366 * 86400.0
"""Clocks that tell of a longer one are not believed."""
SAME_S = 5.0
"""Dates this near are the same: a clock that is set in small steps makes no new ones."""
REMEMBERED = 100
"""Gaps that pages show, and of this run those that are dated anew when the clock is set."""


class Ear(NamedTuple):
    """How a place listens now."""

    hears: bool
    until_s: float | None
    """Until when it is known to have heard, monotonic; None: never since the start."""


class LastAlive(Struct, frozen=True, kw_only=True):
    """The last that is known of an earlier run of the hub."""

    boot_id: str
    """Which start of the machine: the monotonic clock counts from there."""
    mono_s: float
    wall_s: float | None
    """None: its clock had not been set."""


class _Span(Struct, frozen=True, kw_only=True):
    gap_id: str
    room_id: str
    why: Why
    began_s: float | None
    """Monotonic; None: before this start of the machine."""
    began_wall_s: float | None = None
    ended_s: float | None = None


class Gaps:
    """The spans of one home."""

    def __init__(self, rooms: Iterable[str], now_s: float, new_id: Callable[[], str]) -> None:
        """Begin with nobody listening.

        Args:
            rooms: The rooms that have an ear.
            now_s: Monotonic time.
            new_id: Makes the id of a gap.
        """
        self._new_id = new_id
        self._places = (*rooms, HOME) if (rooms := tuple(rooms)) else ()
        self._heard_from_s = dict.fromkeys(self._places, now_s)
        self._open = {place: self._span(place, "ear", now_s) for place in self._places}
        self._first = tuple(self._open.values())
        self._over: deque[_Span] = deque(maxlen=REMEMBERED)
        self._told: dict[str, Gap] = {}
        self._lost: list[Gap] = []
        self._offset_s: float | None = None
        self._turned_s = self._hampered_s = now_s

    def all(self) -> list[Gap]:
        """Return what has been told, oldest first."""
        return list(self._told.values())[-REMEMBERED:]

    def recall(self, gaps: Sequence[Gap], alive: LastAlive | None, boot_id: str) -> None:
        """Go on from an earlier run: between its end and our start nobody listened.

        It may come late, as the history may be long in opening.

        Args:
            gaps: The newest known ones, oldest first.
            alive: Until when the earlier run lived, if that is known.
            boot_id: This start of the machine.
        """
        untold = {s.room_id: s for s in self._first if s.gap_id not in self._told}
        self._told = {gap.gap_id: gap for gap in gaps} | self._told
        still_open = {gap.room_id: gap for gap in gaps if gap.is_open and gap.room_id in untold}
        self._lost = [gap for gap in gaps if gap.is_open and still_open.get(gap.room_id) != gap]

        def since(span: _Span) -> _Span:
            place = span.room_id
            is_first = place in untold and span.gap_id == untold[place].gap_id
            return _since(span, still_open.get(place), alive, boot_id) if is_first else span

        self._over = deque(map(since, self._over), maxlen=REMEMBERED)
        self._open = {place: since(span) for place, span in self._open.items()}

    def turn(self, ears: Mapping[str, Ear], *, now_s: float, wall_s: float, why: Why) -> list[Gap]:
        """Take in who listens; return the gaps that are new or have changed.

        Args:
            ears: Every room that has an ear.
            now_s: Monotonic time.
            wall_s: The wall clock, right or not.
            why: What keeps a room that goes silent now from being heard.
        """
        if now_s - self._turned_s > FROZEN_S:
            why = "hub"
        self._turned_s = now_s
        if why != "ear":
            self._hampered_s = now_s
        for place in self._places:
            self._look(place, _home(ears) if place == HOME else ears[place], now_s, why)
        if wall_s >= NOT_BEFORE_S:
            self._offset_s = wall_s - now_s
        lost = [replace(gap, is_open=False) for gap in self._lost]
        self._lost = []
        news = [*lost, *filter(self._is_news, self._tellable(now_s))]
        self._told |= {gap.gap_id: gap for gap in news}
        for old in list(self._told)[: -3 * REMEMBERED]:
            del self._told[old]
        return news

    def _look(self, place: str, ear: Ear, now_s: float, why: Why) -> None:
        span = self._open.get(place)
        if ear.hears and span:
            self._over.append(replace(span, ended_s=now_s))
            self._heard_from_s[place] = now_s
            del self._open[place]
        elif not ear.hears and span is None:
            until_s = now_s if ear.until_s is None else min(ear.until_s, now_s)
            self._open[place] = self._span(place, why, max(until_s, self._heard_from_s[place]))
        elif span and span.why in PASSING and now_s - self._hampered_s > LEAST_S:
            self._open[place] = replace(span, why="ear")

    def _span(self, place: str, why: Why, began_s: float) -> _Span:
        return _Span(gap_id=self._new_id(), room_id=place, why=why, began_s=began_s)

    def _tellable(self, now_s: float) -> Iterable[Gap]:
        for span in (*self._over, *self._open.values()):
            if span.gap_id in self._told or _lasted_s(span, now_s, self._offset_s) >= LEAST_S:
                yield _dated(span, now_s, self._offset_s)

    def _is_news(self, gap: Gap) -> bool:
        told = self._told.get(gap.gap_id)
        return told is None or not (
            told.is_open is gap.is_open
            and told.why == gap.why
            and _same(told.from_s, gap.from_s)
            and _same(told.to_s, gap.to_s)
        )


def _home(ears: Mapping[str, Ear]) -> Ear:
    known = [ear.until_s for ear in ears.values() if ear.until_s is not None]
    return Ear(any(ear.hears for ear in ears.values()), max(known, default=None))


def _since(span: _Span, told: Gap | None, alive: LastAlive | None, boot_id: str) -> _Span:
    """Let a span of the start begin where an earlier run left off."""
    if told:
        return replace(
            span, gap_id=told.gap_id, why=told.why, began_s=None, began_wall_s=told.from_s
        )
    if alive is None or span.began_s is None:
        return span
    if alive.boot_id == boot_id:
        return replace(span, why="hub", began_s=min(alive.mono_s, span.began_s))
    return replace(span, why="power", began_s=None, began_wall_s=alive.wall_s)


def _lasted_s(span: _Span, now_s: float, offset_s: float | None) -> float:
    """How long it has lasted; where no clock can tell, it was a start of the machine: long."""
    end_s = now_s if span.ended_s is None else span.ended_s
    if span.began_s is not None:
        return end_s - span.began_s
    if span.began_wall_s is None or offset_s is None or end_s + offset_s < span.began_wall_s:
        return LONGEST_S
    return end_s + offset_s - span.began_wall_s


def _dated(span: _Span, now_s: float, offset_s: float | None) -> Gap:
    end_s = now_s if span.ended_s is None else span.ended_s
    until_s = None if offset_s is None else end_s + offset_s
    from_s = span.began_wall_s
    if span.began_s is not None:
        from_s = None if offset_s is None else span.began_s + offset_s
    elif from_s is not None and until_s is not None and not 0.0 <= until_s - from_s <= LONGEST_S:
        from_s = None
    return Gap(
        gap_id=span.gap_id,
        room_id=span.room_id,
        why=span.why,
        from_s=from_s,
        to_s=None if span.ended_s is None else until_s,
        is_open=span.ended_s is None,
    )


def _same(told_s: float | None, now_s: float | None) -> bool:
    if told_s is None or now_s is None:
        return told_s is now_s
    return abs(told_s - now_s) < SAME_S
