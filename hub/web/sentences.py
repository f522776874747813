"""What a page says about the home: the hub's stable words as sentences in the reader's language."""

from collections.abc import Mapping

from flask_babel import gettext, lazy_gettext, ngettext

from hub.view import AlertView, Gap, HistoryRow, HomeView, RoomView, TroubleView
from hub.web.house import Listening, Tone, listening
from hub.web.texts import duration as length
from hub.web.texts import minute, room_of, sound_name, title, urgency_name
from hub.web.texts import percent as share
from hub.web.timeline import Lane, Mark

Part = tuple[Tone, str]
"""A piece of a sentence and how it looks."""

HEARD_BY = {
    "network": lazy_gettext("recognised by its sound"),
    "rhythm": lazy_gettext("recognised by its rhythm"),
    "both": lazy_gettext("recognised by sound and rhythm"),
}
REASONS = {
    "emergency": lazy_gettext("alerted"),
    "attention": lazy_gettext("alerted"),
    "still_sounding": lazy_gettext("an alert was on already"),
    "cooldown": lazy_gettext("alerted a moment before"),
    "quiet_hours": lazy_gettext("quiet hours"),
    "learn_only": lazy_gettext("learning only: kept, not alerted"),
    "notice_only": lazy_gettext("shown without light"),
    "ambient": lazy_gettext("kept in the history only"),
    "late": lazy_gettext("came too late for a flash"),
    "missed": lazy_gettext("came too late for a flash"),
    "ended": "",
    "possible": "",
}
"""Keys are those of hub.policy.Reason; the phase says the last two."""

TROUBLES = {
    "node_offline": (
        lazy_gettext("the ear is offline"),
        lazy_gettext("Check its power and its network."),
    ),
    "node_silent": (
        lazy_gettext("the ear gives no sign of life"),
        lazy_gettext("Restart it; it may be overloaded."),
    ),
    "node_flooding": (
        lazy_gettext("the ear sends too much"),
        lazy_gettext("Some of it is refused. Restart the ear."),
    ),
    "node_unknown": (
        lazy_gettext("an ear belongs to no room"),
        lazy_gettext("Nothing that it hears is alerted. Give it a room in hub.toml."),
    ),
    "node_overloaded": (
        lazy_gettext("the ear has too much to do"),
        lazy_gettext("It leaves sound out. Close other programs on it."),
    ),
    "events_stuck": (
        lazy_gettext("reports do not come through"),
        lazy_gettext("They wait on the ear. Restart it."),
    ),
    "broker_away": (
        lazy_gettext("the message broker cannot be reached"),
        lazy_gettext("It is tried again and again. Is it running?"),
    ),
    "broker_refuses": (
        lazy_gettext("the message broker withholds messages"),
        lazy_gettext("Give the hub's account the rights that docs/mqtt.md lists."),
    ),
    "hub_overloaded": (
        lazy_gettext("the hub has too much to do"),
        lazy_gettext("Events come late; nothing is lost."),
    ),
    "hub_failed": (
        lazy_gettext("a message could not be handled"),
        lazy_gettext("Soribit's log says which."),
    ),
    "no_audio": (
        lazy_gettext("the microphone delivers nothing"),
        lazy_gettext("Unplug it and plug it in again."),
    ),
    "microphone_missing": (
        lazy_gettext("the microphone is missing"),
        lazy_gettext("Plug it in, or choose another one."),
    ),
    "microphone_mute": (
        lazy_gettext("the microphone is mute"),
        lazy_gettext("Look for a mute switch, then unplug it and plug it in again."),
    ),
    "microphone_clips": (
        lazy_gettext("the microphone hears too loud"),
        lazy_gettext("Turn its gain down, or move it away from what is loud."),
    ),
    "microphone_faint": (
        lazy_gettext("the microphone hardly hears any more"),
        lazy_gettext("Look at its gain, its plug, and whether something covers it."),
    ),
    "microphone_rate": (
        lazy_gettext("the microphone runs at a wrong speed"),
        lazy_gettext("Do not trust what it hears. Unplug it and plug it in again."),
    ),
    "cannot_store": (
        lazy_gettext("the ear's disk cannot be written"),
        lazy_gettext("It still hears. Free some space on it, or change its card."),
    ),
    "model_refused": (
        lazy_gettext("uses an older recogniser"),
        lazy_gettext("The new one is damaged. Install it again."),
    ),
    "lamp_silent": (
        lazy_gettext("does not answer"),
        lazy_gettext("Is it switched off at the wall?"),
    ),
    "history_not_stored": (
        lazy_gettext("the history cannot be written"),
        lazy_gettext("Alerts go on. Free some space on its disk."),
    ),
}
"""Keys are the names in docs/troubleshooting.md."""


GAP_REASONS = {
    "ear": lazy_gettext("the ear was away or deaf"),
    "hub": lazy_gettext("the hub was away; the ears kept what they heard"),
    "power": lazy_gettext("the hub had no power, or started anew"),
    "broker": lazy_gettext("the message broker was away; the ears kept what they heard"),
}
"""Keys are those of hub.view.Why."""


def sentence(view: HomeView) -> list[Part]:
    """Say in one sentence how the house is; it never says that all is safe."""
    if not view.broker_up:
        return [("trouble", gettext("No room can be heard: the message broker is away"))]
    who = listening(view)
    parts = [_who_listens(who), *_who_does_not(who)]
    if who.silent_lamps:
        text = ngettext(
            "%(num)d lamp does not answer", "%(num)d lamps do not answer", who.silent_lamps
        )
        parts.append(("trouble", text))
    return parts


def ears(room: RoomView) -> str:
    """Say how many ears a room has and how many of them hear."""
    deaf = sum(not node.hears for node in room.nodes)
    count = ngettext("%(num)d ear", "%(num)d ears", len(room.nodes))
    state = ngettext("%(num)d does not hear", "%(num)d do not hear", deaf)
    return " · ".join((count, state if deaf else gettext("listening")))


def why(alert: AlertView) -> str:
    """Say why an alert is believed."""
    return _said(HEARD_BY, alert.heard_by)


def trouble(kind: str) -> tuple[str, str]:
    """Say what is broken, and what to do about it."""
    what, remedy = TROUBLES.get(kind, (_readable(kind), ""))
    return str(what), str(remedy)


def trouble_subject(view: HomeView, broken: TroubleView) -> str:
    """Say where something is broken: a lamp's name, else the room's, else the hub."""
    lamps = (title(lamp) for lamp in view.lamps if lamp.lamp_id == broken.subject)
    return next(lamps, room_of(view, broken.room_id) if broken.room_id else gettext("Hub"))


def also_heard(view: HomeView, alert: AlertView) -> str:
    """Say in which further rooms an alert is heard."""
    rooms = ", ".join(room_of(view, room_id) for room_id in alert.also_in)
    return gettext("also heard in %(rooms)s", rooms=rooms)


def announcement(view: HomeView, alert: AlertView) -> str:
    """Say an alert to a screen reader; it changes only when the alert does."""
    if alert.parts:
        return f"{untold(alert)}: {missed_sounds(view, alert)}"
    return gettext(
        "%(urgency)s: %(sound)s, %(room)s, since %(time)s",
        urgency=urgency_name(alert.urgency),
        sound=sound_name(alert.sound),
        room=room_of(view, alert.room_id),
        time=minute(alert.since_s),
    )


def untold(alert: AlertView) -> str:
    """Say when nobody could be told of what a summary lists."""
    until_s = alert.since_s if alert.until_s is None else alert.until_s
    span = f"{minute(alert.since_s)}–{minute(until_s)}"
    return gettext("While nobody could tell you, %(span)s", span=span)


def missed_sounds(view: HomeView, alert: AlertView) -> str:
    """Say all that a summary lists, the most urgent first."""
    return ", ".join(
        f"{sound_name(part.sound)}{f' ×{part.times}' if part.times > 1 else ''} "
        f"({room_of(view, part.room_id)})"
        for part in alert.parts
    )


def event_words(row: HistoryRow) -> str:
    """Say what a stored event was and what the hub made of it."""
    phase = {
        "began": gettext("began"),
        "ended": gettext("ended after %(length)s", length=length(row.duration_s)),
        "possible": gettext("unlikely but possible"),
    }[row.phase]
    words = (urgency_name(row.urgency), phase, share(row.score), decided(row))
    return " · ".join(word for word in words if word)


def decided(row: HistoryRow) -> str:
    """Say what the hub made of a stored event; "" where the phase says it."""
    if row.until_s is not None:
        return gettext("quiet hours until %(time)s", time=minute(row.until_s))
    return _said(REASONS, row.reason)


def gap_words(view: HomeView, gap: Gap) -> str:
    """Say where and when nobody listened."""
    words = _nobody(gap)
    return (
        f"{room_of(view, gap.room_id)}: {words}" if gap.room_id else words[:1].upper() + words[1:]
    )


def gap_reason(gap: Gap) -> str:
    """Say why nobody listened."""
    return _said(GAP_REASONS, gap.why)


def mark_words(mark: Mark) -> str:
    """Say what a mark of the past hour stands for."""
    what = sound_name(mark.sound) if mark.sound else gettext("not heard")
    return f"{what} {minute(mark.began_s)}"


def lane_words(lane: Lane) -> str:
    """Say a room's past hour to those who do not see it."""
    marks = ", ".join(mark_words(mark) for mark in lane.marks) or gettext("nothing heard")
    return f"{title(lane.room)}: {marks}"


def _who_listens(who: Listening) -> Part:
    if not who.rooms:
        return "trouble", gettext("No room is listening")
    return "calm", ngettext("%(num)d room is listening", "%(num)d rooms are listening", who.rooms)


def _who_does_not(who: Listening) -> list[Part]:
    parts: list[Part] = []
    if len(who.deaf) == 1:
        parts.append(("trouble", _deaf(title(who.deaf[0].room), who.deaf[0].since_s)))
    elif who.deaf:
        rooms = ", ".join(title(deaf.room) for deaf in who.deaf)
        parts.append(("trouble", gettext("not heard: %(rooms)s", rooms=rooms)))
    if who.without_ear:
        text = ngettext("%(num)d room has no ear", "%(num)d rooms have no ear", who.without_ear)
        parts.append(("unheard", text))
    return parts


def _deaf(room: str, since_s: float | None) -> str:
    if since_s is None:
        return gettext("not heard: %(rooms)s", rooms=room)
    return gettext("%(room)s: nothing heard since %(time)s", room=room, time=minute(since_s))


def _nobody(gap: Gap) -> str:
    if not gap.is_open:
        return gettext("nobody listened %(span)s", span=_span(gap))
    if gap.from_s is None:
        return gettext("nobody listens")
    return gettext("nobody has listened since %(time)s", time=minute(gap.from_s))


def _span(gap: Gap) -> str:
    """Say from when to when, as far as it is known."""
    if gap.from_s is not None and gap.to_s is not None:
        return f"{minute(gap.from_s)}–{minute(gap.to_s)}"
    if gap.to_s is not None:
        return gettext("until %(time)s", time=minute(gap.to_s))
    return gettext("from %(time)s", time=minute(gap.from_s)) if gap.from_s is not None else ""


def _said(words: Mapping[str, object], word: str) -> str:
    """A stable word of the hub as people read it; one that we do not know, made readable."""
    return str(words[word]) if word in words else _readable(word)


def _readable(word: str) -> str:
    return word.replace("_", " ")
