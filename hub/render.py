"""An alert as lamps, wristbands and pages take it: cues, messages and rows."""

import uuid
from collections.abc import Mapping
from datetime import tzinfo
from typing import Literal

from contract.catalogue import Catalogue, Urgency
from contract.clock import NOT_BEFORE_S, rfc3339
from contract.messages import AlertMessage, RoomMessage, RoomSound, SoundEvent
from hub.alert import Alert, News
from hub.flash import RHYTHMS, TROUBLE_COLOUR, Cue
from hub.household import Household, Verdict
from hub.settings import HubSettings, Light, Room
from hub.store.records import AlertRecord
from hub.supervise import Trouble
from hub.view import HistoryRow
from hub.zone import local, zone_of

TROUBLE_CUE = "trouble"
"""All troubles share one pulse: ten nodes lost at once are one sight."""
TROUBLE_VIBRATION_MS = (800, 400, 200, 1000)
TROUBLES = uuid.UUID("7f6b3f52-9d53-4f0f-8a39-2c8f8f1c6b11")
"""Namespace of their ids: one trouble keeps its id while it lasts."""
NO_ROOM = "home"
MISSED = {"en": "You missed", "ko": "놓친 소리"}
UNTOLD = {"en": "While nobody could tell you", "ko": "알려 드리지 못하는 동안"}
PARTS_SAID = 12
"""A wristband shows less; the page shows all."""
NO_PATTERN = "none"
"""As in the catalogue: nothing moves."""


class Renderer:
    """Knows names, colours and lamps; turns what happened into what is to be shown."""

    def __init__(self, settings: HubSettings, catalogue: Catalogue) -> None:
        self._rooms = settings.rooms
        self._catalogue = catalogue
        self._home = frozenset(settings.lights)
        self._zone = zone_of(settings.time_zone)
        self._lamps_of = (
            {room_id: _lamps_in(room_id, settings.lights) for room_id in settings.rooms}
            if settings.alerts.lamps == "room"
            else {}
        )

    def cue(self, news: News) -> Cue | None:
        """Return what lamps are to do about a raised alert; None where it is not for lamps."""
        alert = news.alert
        rhythm = RHYTHMS.get(self._catalogue.urgency[alert.urgency].pattern)
        if rhythm is None or alert.missed:
            return None
        return Cue(
            cue_id=cue_id(alert),
            event_id=alert.alert_id,
            urgency=alert.urgency,
            colour=self._catalogue.get(alert.sound).colour,
            rhythm=rhythm,
            lamps=self._lamps_of.get(alert.room_id) or self._home,
        )

    def trouble_cue(self) -> Cue:
        """Return what lamps are to do about a trouble."""
        return Cue(
            cue_id=TROUBLE_CUE,
            event_id="",
            urgency=Urgency.TROUBLE,
            colour=TROUBLE_COLOUR,
            rhythm=RHYTHMS[self._catalogue.urgency[Urgency.TROUBLE].pattern],
            lamps=self._home,
        )

    def alert_message(self, news: News, wall_s: float) -> AlertMessage | None:
        """Return an alert's news for wristbands and displays; None for what only lamps do."""
        if news.phase == "quiet":
            return None
        alert, sound = news.alert, self._catalogue.get(news.alert.sound)
        room = self._rooms[alert.room_id]
        return AlertMessage(
            alert_id=alert.alert_id,
            phase=news.phase,
            sound=alert.sound,
            urgency=alert.urgency,
            room=alert.room_id,
            room_name=room.name,
            text_ko=self._text(alert, "ko"),
            text_en=self._text(alert, "en"),
            colour=sound.colour,
            pattern=NO_PATTERN if alert.missed else self._catalogue.urgency[alert.urgency].pattern,
            vibration_ms=() if alert.missed else sound.vibration_ms,
            at=rfc3339(wall_s),
        )

    def _text(self, alert: Alert, language: Literal["en", "ko"]) -> str:
        if alert.parts:
            return self._summary(alert, language)
        sound = self._catalogue.get(alert.sound).name(language)
        text = f"{self._rooms[alert.room_id].title(language)}: {sound}"
        return f"{MISSED[language]} – {text}" if alert.missed else text

    def _summary(self, alert: Alert, language: Literal["en", "ko"]) -> str:
        """Return "While nobody could tell you, 02:10–02:41: Smoke alarm ×3 (Kitchen)"."""
        said = [
            f"{self._catalogue.get(part.sound).name(language)}{_times(part.times)} "
            f"({self._rooms[part.room_id].title(language)})"
            for part in alert.parts[:PARTS_SAID]
        ]
        more = [f"+{len(alert.parts) - PARTS_SAID}"] if alert.parts[PARTS_SAID:] else []
        return f"{UNTOLD[language]}{_span(alert, self._zone)}: {', '.join([*said, *more])}"

    def trouble_message(
        self, trouble: Trouble, phase: Literal["raised", "ended"], wall_s: float
    ) -> AlertMessage:
        """Return a trouble, or its end, for wristbands and displays."""
        fault = trouble.fault
        urgency = self._catalogue.urgency[Urgency.TROUBLE]
        facts = f"{fault.subject}: {fault.detail or fault.trouble}"
        return AlertMessage(
            alert_id=str(uuid.uuid5(TROUBLES, f"{fault.trouble} {fault.subject}")),
            phase=phase,
            sound=fault.trouble,
            urgency=Urgency.TROUBLE,
            room=room_of(fault.subject, self._rooms) or NO_ROOM,
            room_name=fault.subject,
            text_ko=f"{urgency.name_ko} – {facts}",
            text_en=f"{urgency.name_en} – {facts}",
            colour=TROUBLE_COLOUR,
            pattern=urgency.pattern,
            vibration_ms=TROUBLE_VIBRATION_MS,
            at=rfc3339(wall_s),
        )

    def room_message(self, room_id: str, household: Household, now_s: float) -> RoomMessage:
        """Return a room's state for wristbands, displays and Node-RED."""
        room = self._rooms[room_id]
        return RoomMessage(
            room=room_id,
            name=room.name,
            hears=any(household.nodes.hears(node_id, now_s) for node_id in room.nodes),
            sounds=tuple(
                RoomSound(
                    sound=hearing.sound,
                    urgency=household.urgency(hearing.sound),
                    score=hearing.score,
                    since=rfc3339(hearing.since_s),
                )
                for hearing in household.rooms.sounds(room_id)
            ),
        )


def cue_id(alert: Alert) -> str:
    """Return what names an alert on the lamps: one at most for each sound in each room."""
    return f"{alert.room_id}/{alert.sound}"


def room_of(node_id: str, rooms: Mapping[str, Room]) -> str:
    """Return the room of a node; "" where the subject of a trouble is none."""
    return next((room_id for room_id, room in rooms.items() if node_id in room.nodes), "")


def row(node_id: str, event: SoundEvent, verdict: Verdict) -> HistoryRow:
    """Return an event and what was decided, as the history keeps it."""
    return HistoryRow(
        event_id=event.event_id,
        node_id=node_id,
        room_id=verdict.room_id,
        sound=event.sound,
        phase=event.phase.value,
        urgency=verdict.decision.urgency,
        score=event.score,
        level_db=event.level_db,
        duration_s=event.duration_s,
        heard_s=verdict.when.heard_s,
        alerted=verdict.decision.alerts,
        reason=verdict.decision.reason.value,
        until_s=verdict.decision.until_s,
    )


def journal(item: News, wall_s: float) -> AlertRecord:
    """Return an alert's news as the journal keeps it."""
    alert = item.alert
    return AlertRecord(
        alert_id=alert.alert_id,
        phase=item.phase,
        at_s=wall_s,
        sound=alert.sound,
        urgency=alert.urgency.value,
        room_id=alert.room_id,
        reason=alert.reason,
    )


def missed(alert: Alert) -> str:
    """Return what a summary tells, for the log; "" for any other alert."""
    parts = [f"{part.sound}{_times(part.times)} ({part.room_id})" for part in alert.parts]
    return f": missed {', '.join(parts)}" if parts else ""


def trouble_text(trouble: Trouble) -> str:
    """Return a trouble in words, for the log."""
    fault = trouble.fault
    return f"{fault.trouble} of {fault.subject}: {fault.detail}"


def _times(times: int) -> str:
    return f" ×{times}" if times > 1 else ""


def _span(alert: Alert, zone: tzinfo) -> str:
    """Return ", 02:10–02:41" in the home's time zone; "" where the clock was not set."""
    until_s = alert.since_s if alert.until_s is None else alert.until_s
    if alert.since_s < NOT_BEFORE_S:
        return ""
    since, until = (local(at_s, zone) for at_s in (alert.since_s, until_s))
    return f", {since:%H:%M}–{until:%H:%M}"


def _lamps_in(room_id: str, lights: Mapping[str, Light]) -> frozenset[str]:
    return frozenset(lamp_id for lamp_id, light in lights.items() if light.room == room_id)
