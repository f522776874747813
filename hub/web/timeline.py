"""The past hour as lanes, one a room: which sound lasted from when to when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.view import HistoryRow, HomeView, RoomView
from hub.web.house import Tone, deaf_since_s, tone_of

SPAN_S = 3600.0
LEAST_WIDTH = 0.8
"""Percent of the lane: what is too short to be seen is drawn this wide."""
HISTORY_ROWS = 400
"""Rows read for one drawing; a house with more events an hour loses the oldest from it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One sound, or one time of not hearing, in a lane; left and width in percent of it."""

    left: float
    width: float
    tone: Tone
    sound: str
    began_s: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One room's past hour, the oldest on the left."""

    room: RoomView
    marks: tuple[Mark, ...]


def lanes(view: HomeView, rows: Sequence[HistoryRow]) -> list[Lane]:
    """Return the past hour of every room.

    Args:
        view: The home now; what sounds in it reaches to the right edge.
        rows: Stored events, newest first.
    """
    return [Lane(room, tuple(_marks(room, view, rows))) for room in view.rooms]


def _marks(room: RoomView, view: HomeView, rows: Iterable[HistoryRow]) -> Iterable[Mark]:
    now_s = view.at_s
    if not room.hears and room.nodes:
        since_s = deaf_since_s(room, view.troubles)
        yield _mark(since_s if since_s is not None else now_s, now_s, now_s, "trouble", "")
    for gap in view.gaps:
        if gap.room_id == room.room_id and gap.to_s is not None and gap.to_s > now_s - SPAN_S:
            began_s = now_s - SPAN_S if gap.from_s is None else gap.from_s
            yield _mark(began_s, gap.to_s, now_s, "trouble", "")
    ended: dict[tuple[str, str], float] = {}
    for row in (row for row in rows if row.room_id == room.room_id and row.phase != "possible"):
        key = (row.node_id, row.sound)
        if row.phase == "ended":
            ended[key] = row.heard_s
            continue
        until_s = ended.pop(key, row.heard_s)
        if until_s > now_s - SPAN_S and not _sounds_since(room, row):
            yield _mark(row.heard_s, until_s, now_s, tone_of(row.urgency), row.sound)
    for sound in room.sounds:
        yield _mark(sound.since_s, now_s, now_s, tone_of(sound.urgency), sound.sound)


def _sounds_since(room: RoomView, row: HistoryRow) -> bool:
    """Whether this row began what sounds there now, which is drawn by itself."""
    return any(now.sound == row.sound and row.heard_s >= now.since_s - 1.0 for now in room.sounds)


def _mark(began_s: float, until_s: float, now_s: float, tone: Tone, sound: str) -> Mark:
    left = 100.0 * (1.0 - min(now_s - began_s, SPAN_S) / SPAN_S)
    right = 100.0 * (1.0 - max(now_s - until_s, 0.0) / SPAN_S)
    width = max(right - left, LEAST_WIDTH)
    return Mark(round(min(left, 100.0 - width), 2), round(width, 2), tone, sound, began_s)
