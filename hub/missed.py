"""What came too late to be told: gathered, so that an outage is one message and no storm."""

import uuid

from msgspec.structs import replace

from contract.catalogue import Urgency
from hub.alert import Alert
from hub.view import MissedSound

QUIET_S = 5.0
"""Nodes send what waited without a pause: after one this long it is all there."""
WAIT_S = 30.0
"""No longer is the first message held back (DESIGN 1.1)."""
OUTAGE_S = 300.0
"""What is reported later than this after the rest belongs to another outage. While it goes on
without a pause, what has been told is told anew so often."""
MOST = 10_000
"""So many events wait on a node at most; further ones are in the history only. Emergencies have
as much room again: what is less urgent takes up none of theirs."""
SUMMARIES = uuid.UUID("3f5d1d62-3b86-4c5b-9a6e-57b2f9c0b4c1")
"""Namespace of their ids: a summary keeps its id while it grows."""

_RANK = {urgency: rank for rank, urgency in enumerate(Urgency)}


class Missed:
    """The missed sounds of one outage, and what people know of them.

    Attributes:
        told_id: The alert that was last told, "" where none was.
    """

    def __init__(self) -> None:
        self._sounds: dict[str, Alert] = {}
        self._summary_id = ""
        self._since_s = self._last_s = 0.0
        self.told_id = ""
        self._has_news = False
        self._told: frozenset[str] = frozenset()

    def get(self, event_id: str) -> Alert | None:
        """Return a missed sound of this outage by the event that reported it."""
        return self._sounds.get(event_id)

    def add(self, alert: Alert, now_s: float) -> None:
        """Add a sound that came too late."""
        if self._sounds and now_s - self._last_s > OUTAGE_S:
            self._forget(untold={})
        is_emergency = alert.urgency is Urgency.EMERGENCY
        if len(self._sounds) >= (2 * MOST if is_emergency else MOST):
            return
        if not self._sounds:
            self._summary_id = self._summary_id or _summary_id(alert.alert_id)
        if not self._has_news:
            self._since_s = now_s
        self._sounds[alert.alert_id] = alert
        self._last_s, self._has_news = now_s, True

    def drop(self, event_id: str) -> None:
        """Take back a sound: it turned out not to be missed."""
        self._has_news |= self._sounds.pop(event_id, None) is not None

    def shift(self, by_s: float) -> None:
        """Follow the wall clock, which was set."""
        self._sounds = {key: alert.shifted(by_s) for key, alert in self._sounds.items()}

    def dated(self, alert: Alert) -> Alert:
        """Return a summary of these with the span that they have now; any other as it is."""
        if alert.alert_id != self._summary_id:
            return alert
        sounds = [sound for event_id, sound in self._sounds.items() if event_id in self._told]
        return _spanning(alert, sounds) if sounds else alert

    def seen(self) -> None:
        """Begin anew, as people know of what was told, with what has come in since."""
        self._forget(untold={k: v for k, v in self._sounds.items() if k not in self._told})

    def due(self, now_s: float) -> list[Alert] | None:
        """Return what is to be told now: nothing, the one alert, or a summary.

        Returns:
            None where it is too early or nothing has changed; an empty list where what was told
            is missed no more.
        """
        longest_s = OUTAGE_S if self.told_id else WAIT_S
        waits = now_s - self._last_s < QUIET_S and now_s - self._since_s < longest_s
        if waits or not self._has_news:
            return None
        emergencies = [a for a in self._sounds.values() if a.urgency is Urgency.EMERGENCY]
        if not emergencies and not self.told_id:
            self._has_news = False
            return None
        due = emergencies
        if emergencies and len(self._sounds) > 1:
            sounds = list(self._sounds.values())
            due = [_summary(self._summary_id, emergencies[0], sounds, now_s)]
        self._has_news, self.told_id = False, due[0].alert_id if due else ""
        self._told = frozenset(self._sounds) if due else frozenset()
        return due

    def _forget(self, *, untold: dict[str, Alert]) -> None:
        self._sounds, self._told, self.told_id = untold, frozenset(), ""
        self._has_news, self._since_s = bool(untold), self._last_s
        self._summary_id = _summary_id(next(iter(untold))) if untold else ""


def _summary_id(event_id: str) -> str:
    return str(uuid.uuid5(SUMMARIES, event_id))


def _summary(summary_id: str, first: Alert, sounds: list[Alert], now_s: float) -> Alert:
    summary = replace(
        first,
        alert_id=summary_id,
        raised_s=now_s,
        ended_s=now_s,
        score=0.0,
        parts=tuple(_parts(sounds)),
    )
    return _spanning(summary, sounds)


def _spanning(summary: Alert, sounds: list[Alert]) -> Alert:
    times = [alert.since_s for alert in sounds]
    return replace(summary, since_s=min(times), until_s=max(times))


def _parts(sounds: list[Alert]) -> list[MissedSound]:
    """Count each sound of each room, the most urgent first."""
    counted: dict[tuple[str, str], MissedSound] = {}
    for alert in sorted(sounds, key=lambda alert: (_RANK[alert.urgency], alert.since_s)):
        key = (alert.sound, alert.room_id)
        known = counted.get(key, MissedSound(sound=alert.sound, room_id=alert.room_id, times=0))
        counted[key] = replace(known, times=known.times + 1)
    return list(counted.values())
