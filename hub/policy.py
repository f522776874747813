"""What deserves an alert: urgency, cool-down, quiet hours, and a reason for every decision."""

from collections.abc import Mapping
from datetime import tzinfo
from enum import StrEnum

from msgspec import Struct

from contract.catalogue import Catalogue, Urgency
from contract.messages import Phase
from hub.quiet import QuietHours, quiet_hours
from hub.rules import SoundRule

LATE_S = 60.0
"""A sound that ended longer ago than this is history, not a flash (DESIGN 1.4)."""


class Reason(StrEnum):
    """Why the hub did what it did; pages say it in the reader's language."""

    EMERGENCY = "emergency"
    ATTENTION = "attention"
    STILL_SOUNDING = "still_sounding"
    COOLDOWN = "cooldown"
    QUIET_HOURS = "quiet_hours"
    LEARN_ONLY = "learn_only"
    NOTICE = "notice_only"
    AMBIENT = "ambient"
    POSSIBLE = "possible"
    LATE = "late"
    MISSED = "missed"
    ENDED = "ended"


SENTENCES = {
    Reason.EMERGENCY: "An emergency always alerts.",
    Reason.ATTENTION: "The sound deserves attention.",
    Reason.STILL_SOUNDING: "An alert for this sound in this room is on already.",
    Reason.COOLDOWN: "An alert for this sound in this room was given a moment ago.",
    Reason.QUIET_HOURS: "Quiet hours: page and history, no lamp.",
    Reason.LEARN_ONLY: "The household only learns about this sound: page and history, no lamp.",
    Reason.NOTICE: "The sound is a notice: page and history, no lamp.",
    Reason.AMBIENT: "The sound is ambient: history only.",
    Reason.POSSIBLE: "The sound was too unlikely for an alert.",
    Reason.LATE: "The report came too late: history only.",
    Reason.MISSED: "An emergency was reported too late: a message, no lamp.",
    Reason.ENDED: "The sound ended.",
}


class Decision(Struct, frozen=True):
    """What is to be done about an event."""

    reason: Reason
    urgency: Urgency
    until_s: float | None = None
    """Of quiet hours: their end, wall clock, seconds since 1970."""

    @property
    def alerts(self) -> bool:
        """Whether lamps and phones are to tell people now."""
        return self.reason in (Reason.EMERGENCY, Reason.ATTENTION)


class Situation(Struct, frozen=True, kw_only=True):
    """What a decision depends on besides the sound."""

    late: bool
    """It came in more than a minute after it was heard, and is not known to sound still."""
    still_sounding: bool
    """An alert for this sound in this room is on, and the sound has not ended since."""
    since_alert_s: float | None
    """Time since the last alert for this sound in this room, by the monotonic clock."""
    wall_s: float | None
    """Now, seconds since 1970; None where the clock was not set: then no hour is quiet."""


class Policy:
    """The catalogue's urgencies and the household's own rules."""

    def __init__(
        self,
        catalogue: Catalogue,
        rules: Mapping[str, SoundRule],
        *,
        cooldown_s: float,
        quiet: str,
        zone: tzinfo,
    ) -> None:
        """Take the rules.

        Args:
            catalogue: What a sound is by default.
            rules: What the household wants otherwise, by sound.
            cooldown_s: No second alert within this time, where a rule does not say otherwise.
            quiet: Quiet hours, "22:00-07:00" or none, where a rule does not say otherwise.
            zone: The home's time zone.
        """
        self._catalogue = catalogue
        self._rules = rules
        self._cooldown_s = cooldown_s
        self._quiet = quiet_hours(quiet)
        self._quiet_of = {
            sound: quiet_hours(rule.quiet_hours)
            for sound, rule in rules.items()
            if rule.quiet_hours is not None
        }
        self._zone = zone

    def urgency(self, sound: str) -> Urgency:
        """Return how urgent a sound is here. An emergency stays one: it cannot be muted away."""
        by_default = self._catalogue.get(sound).urgency
        rule = self._rules.get(sound)
        if by_default is Urgency.EMERGENCY or rule is None or rule.urgency is None:
            return by_default
        return rule.urgency

    def emergencies(self) -> frozenset[str]:
        """Return the sounds that are emergencies here."""
        sounds = {*self._catalogue.sound, *self._rules}
        return frozenset(sound for sound in sounds if self.urgency(sound) is Urgency.EMERGENCY)

    def judge(self, sound: str, phase: Phase, situation: Situation) -> Decision:
        """Decide on one event."""
        urgency = self.urgency(sound)
        reason = self._reason(sound, phase, urgency, situation)
        if reason is Reason.ATTENTION:
            until_s = self._quiet_until_s(sound, situation.wall_s)
            if until_s is not None:
                return Decision(Reason.QUIET_HOURS, urgency, until_s)
        return Decision(reason, urgency)

    def _reason(self, sound: str, phase: Phase, urgency: Urgency, now: Situation) -> Reason:
        if phase is not Phase.BEGAN:
            return Reason.ENDED if phase is Phase.ENDED else Reason.POSSIBLE
        rule = self._rules.get(sound)
        match urgency:
            case Urgency.EMERGENCY:
                return self._emergency(now)
            case _ if rule and rule.learn_only:
                return Reason.LEARN_ONLY
            case Urgency.ATTENTION:
                return self._attention(sound, now)
            case Urgency.NOTICE:
                return Reason.NOTICE
        return Reason.AMBIENT

    def _emergency(self, now: Situation) -> Reason:
        if now.still_sounding:
            return Reason.STILL_SOUNDING
        return Reason.MISSED if now.late else Reason.EMERGENCY

    def _attention(self, sound: str, now: Situation) -> Reason:
        if now.late:
            return Reason.LATE
        if now.still_sounding:
            return Reason.STILL_SOUNDING
        rule = self._rules.get(sound)
        cooldown_s = rule.cooldown_s if rule and rule.cooldown_s is not None else self._cooldown_s
        cooling = now.since_alert_s is not None and now.since_alert_s < cooldown_s
        return Reason.COOLDOWN if cooling else Reason.ATTENTION

    def _quiet_until_s(self, sound: str, wall_s: float | None) -> float | None:
        """When the quiet hours end that keep a sound from alerting now; None where none do."""
        quiet: QuietHours | None = self._quiet_of.get(sound, self._quiet)
        return quiet.until_s(wall_s, self._zone) if quiet and wall_s is not None else None
