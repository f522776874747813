"""What the household wants of sounds: the part of its settings that decisions go by."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contract.catalogue import Urgency, catalogue
from hub.quiet import quiet_hours


class SoundRule(Struct, frozen=True, kw_only=True):
    """What the household wants for one sound; the table's name is the sound's id."""

    urgency: Annotated[
        Urgency | None, Meta(description="emergency, attention, notice or ambient.")
    ] = None
    cooldown_s: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(description="No second alert of it from a room within this time."),
    ] = None
    quiet_hours: Annotated[
        str | None,
        Meta(description="Its own quiet hours instead of those of [alerts]; empty: none."),
    ] = None
    learn_only: Annotated[
        bool, Meta(description="It is shown and kept in the history, and never alerts.")
    ] = False


class Alerts(Struct, frozen=True, kw_only=True):
    """What deserves an alert."""

    cooldown_s: Annotated[
        float,
        Meta(description="No second alert of one sound from a room within this time.", ge=0),
    ] = 60.0
    quiet_hours: Annotated[
        str,
        Meta(
            description="Only emergencies alert within these hours, 22:00-07:00 by the home's "
            "clock; empty: none."
        ),
    ] = ""
    lamps: Annotated[
        Literal["home", "room"],
        Meta(description="home: an alert reaches every lamp; room: those of the sound's room."),
    ] = "home"


def faults_of(alerts: Alerts, rules: Mapping[str, SoundRule]) -> Iterator[str]:
    """Say what no single value shows, one sentence each."""
    yield from _muted(rules)
    yield from _restless(alerts, rules)


def _muted(rules: Mapping[str, SoundRule]) -> Iterator[str]:
    """Emergencies that would be muted away, and urgencies that no sound can have."""
    for sound, rule in rules.items():
        emergency = catalogue().get(sound).urgency is Urgency.EMERGENCY
        if emergency and rule.urgency not in (None, Urgency.EMERGENCY):
            yield (
                f"sounds.{sound}.urgency = {rule.urgency.value!r}: an emergency stays one; "
                "it can be acknowledged, not muted"
            )
        if rule.urgency is Urgency.TROUBLE:
            yield f"sounds.{sound}.urgency = 'trouble' is for faults, not for sounds"
        if emergency or rule.urgency is Urgency.EMERGENCY:
            yield from _passed_over(f"sounds.{sound}", rule)


def _passed_over(key: str, rule: SoundRule) -> Iterator[str]:
    """What a rule wants of an emergency, and cannot have."""
    if rule.quiet_hours:
        span = rule.quiet_hours[:40]
        yield f"{key}.quiet_hours = {span!r}: an emergency alerts at any hour; remove it"
    if rule.learn_only:
        yield f"{key}.learn_only = true: an emergency always alerts; remove it"


def _restless(alerts: Alerts, rules: Mapping[str, SoundRule]) -> Iterator[str]:
    """Quiet hours that are none."""
    spans = {"alerts": alerts.quiet_hours}
    spans |= {f"sounds.{sound}": rule.quiet_hours or "" for sound, rule in rules.items()}
    for key, span in spans.items():
        try:
            quiet_hours(span)
        except ValueError as advice:
            yield f"{key}.quiet_hours = {span[:40]!r} {advice}"
