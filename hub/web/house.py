"""What the home page says about a `HomeView`, without a word of any language."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from contract.catalogue import Urgency
from hub.gaps import LEAST_S
from hub.view import AlertView, Gap, HistoryRow, HomeView, NodeView, RoomView, TroubleView

Tone = Literal["emergency", "attention", "notice", "calm", "trouble", "unheard"]
"""How a part of the page looks: colour, fill, shape, word and rhythm together."""

BAR_DB = (3.0, 8.0, 15.0, 24.0, 35.0)
"""Level over the room's floor at which each bar of the meter lights: a display scale, 3 dB the
smallest step that says anything, 35 dB a smoke alarm in the next room."""

MISSED = "missed"
"""The reason of an alert that says only what has been (hub.policy.Reason)."""

_TONES: dict[Urgency, Tone] = {
    Urgency.EMERGENCY: "emergency",
    Urgency.ATTENTION: "attention",
    Urgency.NOTICE: "notice",
    Urgency.AMBIENT: "calm",
    Urgency.TROUBLE: "trouble",
}
_RANK = {urgency: rank for rank, urgency in enumerate(Urgency)}


@dataclass(frozen=True, slots=True)
class DeafRoom:
    """A room that has an ear which does not hear."""

    room: RoomView
    since_s: float | None


@dataclass(frozen=True, slots=True)
class Listening:
    """Who hears: what the sentence on top of the page says."""

    rooms: int
    deaf: tuple[DeafRoom, ...]
    without_ear: int
    silent_lamps: int


def tone_of(urgency: Urgency) -> Tone:
    """Return how an urgency looks."""
    return _TONES[urgency]


def unproven(view: HomeView) -> list[str]:
    """Return the sounds that some ear's model was never tested for with a real recording."""
    nodes = (node for room in view.rooms for node in room.nodes)
    return sorted({sound for node in nodes for sound in node.unproven})


def home_tone(view: HomeView) -> Tone:
    """Return the look of the whole page: that of its most urgent open alert, then of trouble."""
    first = foremost(view.alerts)
    if first:
        return tone_of(first.urgency)
    hears = any(room.hears for room in view.rooms)
    return "calm" if view.broker_up and hears and not view.troubles else "trouble"


def room_tone(room: RoomView) -> Tone:
    """Return the look of one room; what it does not hear is never calm."""
    first = most_urgent(room)
    if first == "emergency":
        return first
    if not room.hears:
        return "trouble" if room.nodes else "unheard"
    return first


def most_urgent(room: RoomView) -> Tone:
    """Return the look of the most urgent sound of a room, "calm" where nothing sounds."""
    urgencies = sorted((sound.urgency for sound in room.sounds), key=_RANK.__getitem__)
    return tone_of(urgencies[0]) if urgencies else "calm"


def ordered(alerts: Iterable[AlertView]) -> list[AlertView]:
    """Return alerts as people must see them: open ones first, the most urgent, the newest."""
    return sorted(
        alerts,
        key=lambda alert: (
            alert.acknowledged_s is not None,
            _RANK[alert.urgency],
            not alert.sounding,
            -alert.since_s,
        ),
    )


def foremost(alerts: Iterable[AlertView]) -> AlertView | None:
    """Return the alert that fills the page, if any: what came too late for a flash never does."""
    candidates = (alert for alert in alerts if alert.reason != MISSED)
    return next((alert for alert in ordered(candidates) if alert.acknowledged_s is None), None)


def bars(room: RoomView) -> int:
    """Return how many of the meter's five bars light, by the loudest ear that hears."""
    over_db = max((node.level_db - node.floor_db for node in _hearing(room)), default=0.0)
    return sum(over_db >= bar_db for bar_db in BAR_DB)


def listening(view: HomeView) -> Listening:
    """Return who hears and who does not."""
    if not view.broker_up:
        return Listening(rooms=0, deaf=(), without_ear=0, silent_lamps=0)
    deaf = (room for room in view.rooms if room.nodes and not room.hears)
    return Listening(
        rooms=sum(room.hears for room in view.rooms),
        deaf=tuple(DeafRoom(room, deaf_since_s(room, view.troubles)) for room in deaf),
        without_ear=sum(not room.nodes for room in view.rooms),
        silent_lamps=sum(not lamp.answers for lamp in view.lamps),
    )


def deaf_since_s(room: RoomView, troubles: Iterable[TroubleView]) -> float | None:
    """Return since when a room has not been heard: the oldest trouble of its ears, if any."""
    nodes = {node.node_id for node in room.nodes}
    return min((trouble.since_s for trouble in troubles if trouble.subject in nodes), default=None)


def diary(rows: Iterable[HistoryRow], gaps: Iterable[Gap]) -> list[HistoryRow | Gap]:
    """Return what was heard and when nobody listened, newest first."""
    return sorted([*rows, *told(gaps)], key=_when_s, reverse=True)


def told(gaps: Iterable[Gap]) -> list[Gap]:
    """Return the gaps that people read: a room's within one of the whole home says nothing new."""
    gaps = list(gaps)
    home = [gap for gap in gaps if not gap.room_id]
    return [gap for gap in gaps if not (gap.room_id and any(_within(gap, h) for h in home))]


def _within(gap: Gap, whole: Gap) -> bool:
    """Whether a gap begins and ends with another; half a minute is never told."""
    if gap.is_open is not whole.is_open:
        return False
    pairs = ((whole.from_s, gap.from_s), (gap.to_s, whole.to_s))
    return all(
        late is early is None
        or (early is not None and late is not None and early <= late + LEAST_S)
        for early, late in pairs
    )


def _when_s(entry: HistoryRow | Gap) -> float:
    """When it is to stand in the diary; what nobody could date, first."""
    if isinstance(entry, HistoryRow):
        return entry.heard_s
    known = entry.to_s if entry.from_s is None else entry.from_s
    return math.inf if known is None else known


def _hearing(room: RoomView) -> list[NodeView]:
    return [node for node in room.nodes if node.hears]
