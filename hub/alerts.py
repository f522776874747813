"""The open alerts: raised, acknowledged, raised again, ended and closed, time passed in."""

from collections.abc import Callable

from msgspec.structs import replace

from contract.catalogue import Urgency
from contract.messages import HeardBy
from hub.alert import Alert, News
from hub.missed import Missed
from hub.recent import Recent

AGAIN_S = 120.0
"""An emergency that still sounds this long after an acknowledgement is raised again (DESIGN 5)."""
STAYS_S = 600.0
"""How long after the sound's end lamps flash for an emergency, and pages show an attention."""
MISSED_STAYS_S = 24 * 3600.0
REMEMBERED = 1000
"""Alerts of far more than the hours that an event of theirs may still come late."""


class Alerts:
    """The alerts that sound or wait for a person: at most one for each sound in each room.

    What was missed waits beside them, one message for each outage.
    """

    def __init__(self) -> None:
        self._missed = Missed()
        self._open: dict[tuple[str, str], Alert] = {}
        self._last_raised_s: dict[tuple[str, str], float] = {}
        self._raised = Recent(REMEMBERED)

    def all(self) -> list[Alert]:
        """Return the open alerts, oldest first."""
        return list(self._open.values())

    def get(self, room_id: str, sound: str) -> Alert | None:
        """Return the open alert for a sound in a room; what was missed is none."""
        return self._open.get((room_id, sound))

    def since_last_s(self, room_id: str, sound: str, now_s: float) -> float | None:
        """Tell how long ago this sound last raised an alert in this room."""
        last_s = self._last_raised_s.get((room_id, sound))
        return None if last_s is None else now_s - last_s

    def was_raised(self, alert_id: str) -> bool:
        """Tell whether people were told of this event, whatever has become of the alert since."""
        return alert_id in self._raised

    def open(self, alert: Alert) -> list[News]:
        """Raise an alert; an older one for the same sound in the same room gives way."""
        self._missed.drop(alert.alert_id)
        self._open.pop(_key(alert), None)
        self._open.pop(_missed_key(alert.alert_id), None)
        self._open[_key(alert)] = alert
        self._last_raised_s[_key(alert)] = alert.raised_s
        self._raised.add(alert.alert_id, alert.raised_s)
        return [News("raised", alert)]

    def miss(self, alert: Alert, now_s: float) -> None:
        """Take in what came too late for an alert; `tick` tells of it, together with the rest."""
        self._missed.add(alert, now_s)

    def missed(self, event_id: str) -> Alert | None:
        """Return what was missed lately, by the event that reported it."""
        return self._missed.get(event_id)

    def learn(self, room_id: str, sound: str, *, score: float, heard_by: HeardBy) -> None:
        """Add what the event itself says to an alert that a list of sounds had raised."""
        alert = self._open.get((room_id, sound))
        if alert and score > alert.score:
            self._change(alert, score=score, heard_by=heard_by)

    def acknowledge(self, alert_id: str, *, now_s: float, wall_s: float) -> list[News]:
        """A person has seen an alert."""
        seen = [
            self._change(alert, acknowledged_s=now_s, acknowledged_wall_s=wall_s)
            for alert in self.all()
            if alert.alert_id == alert_id and alert.acknowledged_s is None
        ]
        if any(alert.missed for alert in seen):
            self._missed.seen()
        return [News("acknowledged", alert) for alert in seen]

    def sound_ended(self, room_id: str, sound: str, now_s: float) -> list[News]:
        """A sound is over in a whole room."""
        alert = self._open.get((room_id, sound))
        if alert is None or not alert.sounding:
            return []
        return [News("ended", self._change(alert, sounding=False, ended_s=now_s, ear_lost=False))]

    def ear(self, room_id: str, sound: str, *, lost: bool) -> None:
        """The last node that hears a sound went away, or came back."""
        alert = self._open.get((room_id, sound))
        if alert and alert.sounding:
            self._change(alert, ear_lost=lost)

    def shift(self, by_s: float) -> None:
        """Follow the wall clock, which was set."""
        self._missed.shift(by_s)
        shifted = {key: alert.shifted(by_s) for key, alert in self._open.items()}
        self._open = {key: self._missed.dated(alert) for key, alert in shifted.items()}

    def tick(self, now_s: float) -> list[News]:
        """Let time pass: raise again, let lamps rest, close what is done."""
        news = [
            News("raised", self._change(alert, acknowledged_s=None, acknowledged_wall_s=None))
            for alert in self._where(lambda alert: _is_due_again(alert, now_s))
        ]
        news += [
            News("quiet", self._change(alert, quiet=True))
            for alert in self._where(lambda alert: _is_over(alert, now_s))
        ]
        for alert in self._where(lambda alert: _is_closed(alert, now_s)):
            del self._open[_key(alert)]
        return news + self._tell_missed(now_s)

    def _tell_missed(self, now_s: float) -> list[News]:
        """Tell of what was missed; what was told of the same outage before gives way."""
        before_id = self._missed.told_id
        due = self._missed.due(now_s)
        if due is None:
            return []
        before = self._open.pop(_missed_key(before_id), None)
        self._open |= {_key(alert): alert for alert in due}
        news = [News("raised", alert) for alert in due]
        if before and before_id != self._missed.told_id:
            news.insert(0, News("ended", before))
        return news

    def _where(self, condition: Callable[[Alert], bool]) -> list[Alert]:
        return [alert for alert in self._open.values() if condition(alert)]

    def _change(self, alert: Alert, **changes: object) -> Alert:
        changed = replace(alert, **changes)
        self._open[_key(alert)] = changed
        return changed


def _key(alert: Alert) -> tuple[str, str]:
    return _missed_key(alert.alert_id) if alert.missed else (alert.room_id, alert.sound)


def _missed_key(alert_id: str) -> tuple[str, str]:
    return "", alert_id


def _is_due_again(alert: Alert, now_s: float) -> bool:
    return (
        alert.urgency is Urgency.EMERGENCY
        and alert.sounding
        and alert.acknowledged_s is not None
        and now_s - alert.acknowledged_s >= AGAIN_S
    )


def _is_over(alert: Alert, now_s: float) -> bool:
    if alert.quiet or alert.missed or alert.ended_s is None:
        return False
    return now_s - alert.ended_s >= STAYS_S


def _is_closed(alert: Alert, now_s: float) -> bool:
    if alert.sounding:
        return False
    if alert.acknowledged_s is not None:
        return True
    if alert.missed:
        return now_s - alert.raised_s >= MISSED_STAYS_S
    return alert.quiet and alert.urgency is not Urgency.EMERGENCY
