from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contract.catalogue import Urgency, catalogue
from contract.messages import Phase
from hub.policy import SENTENCES, Decision, Policy, Reason, Situation
from hub.rules import SoundRule

MIDNIGHT_S = 1_795_305_600.0
"""2026-11-22 00:00 UTC."""
NOON_S = MIDNIGHT_S + 12 * 3600.0
FRESH = Situation(late=False, still_sounding=False, since_alert_s=None, wall_s=NOON_S)
LATE = replace(FRESH, late=True)
SOUNDING = replace(FRESH, still_sounding=True, since_alert_s=5.0)
AT_NIGHT = replace(FRESH, wall_s=MIDNIGHT_S)
NIGHT = "22:00-07:00"


def policy(quiet: str = "", **rules: SoundRule) -> Policy:
    return Policy(catalogue(), rules, cooldown_s=60.0, quiet=quiet, zone=UTC)


def since(seconds: float) -> Situation:
    return replace(FRESH, since_alert_s=seconds)


@pytest.mark.parametrize(
    ("sound", "situation", "reason"),
    [
        ("smoke_alarm", FRESH, Reason.EMERGENCY),
        ("smoke_alarm", since(1.0), Reason.EMERGENCY),
        ("smoke_alarm", LATE, Reason.MISSED),
        ("smoke_alarm", SOUNDING, Reason.STILL_SOUNDING),
        ("doorbell", FRESH, Reason.ATTENTION),
        ("doorbell", since(59.9), Reason.COOLDOWN),
        ("doorbell", since(60.0), Reason.ATTENTION),
        ("doorbell", LATE, Reason.LATE),
        ("doorbell", SOUNDING, Reason.STILL_SOUNDING),
        ("cough", FRESH, Reason.NOTICE),
        ("never_heard_of", FRESH, Reason.NOTICE),
    ],
)
def test_every_case_has_its_reason(sound: str, situation: Situation, reason: Reason) -> None:
    assert policy().judge(sound, Phase.BEGAN, situation).reason is reason


@pytest.mark.parametrize("phase", [Phase.ENDED, Phase.POSSIBLE])
def test_only_a_beginning_alerts(phase: Phase) -> None:
    assert not policy().judge("smoke_alarm", phase, FRESH).alerts


@pytest.mark.parametrize("urgency", [Urgency.ATTENTION, Urgency.NOTICE, Urgency.AMBIENT])
def test_emergency_cannot_be_muted_by_a_rule(urgency: Urgency) -> None:
    rules = policy(smoke_alarm=SoundRule(urgency=urgency, cooldown_s=1e9))
    decision = rules.judge("smoke_alarm", Phase.BEGAN, since(1.0))
    assert (decision.alerts, decision.urgency) == (True, Urgency.EMERGENCY)


def test_household_raises_a_sound_to_an_emergency() -> None:
    rules = policy(baby_crying=SoundRule(urgency=Urgency.EMERGENCY))
    assert rules.judge("baby_crying", Phase.BEGAN, since(1.0)).reason is Reason.EMERGENCY


def test_household_makes_a_sound_of_its_own_an_attention() -> None:
    rules = policy(parrot=SoundRule(urgency=Urgency.ATTENTION))
    assert rules.judge("parrot", Phase.BEGAN, FRESH).alerts


def test_household_makes_a_sound_ambient() -> None:
    rules = policy(dog=SoundRule(urgency=Urgency.AMBIENT))
    assert rules.judge("dog", Phase.BEGAN, FRESH).reason is Reason.AMBIENT


def test_rule_has_its_own_cool_down() -> None:
    rules = policy(dog=SoundRule(cooldown_s=600.0))
    assert rules.judge("dog", Phase.BEGAN, since(599.0)).reason is Reason.COOLDOWN


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


def test_emergencies_are_those_of_the_catalogue_and_of_the_household() -> None:
    rules = policy(baby_crying=SoundRule(urgency=Urgency.EMERGENCY))
    assert {"smoke_alarm", "co_alarm", "baby_crying"} <= rules.emergencies()
    assert not {"doorbell", "dog"} & rules.emergencies()


@pytest.mark.parametrize(
    ("sound", "situation", "reason"),
    [
        ("doorbell", AT_NIGHT, Reason.QUIET_HOURS),
        ("doorbell", FRESH, Reason.ATTENTION),
        ("doorbell", replace(AT_NIGHT, wall_s=None), Reason.ATTENTION),
        ("doorbell", replace(AT_NIGHT, late=True), Reason.LATE),
        ("doorbell", replace(AT_NIGHT, still_sounding=True), Reason.STILL_SOUNDING),
        ("doorbell", replace(AT_NIGHT, since_alert_s=1.0), Reason.COOLDOWN),
        ("cough", AT_NIGHT, Reason.NOTICE),
        ("smoke_alarm", AT_NIGHT, Reason.EMERGENCY),
        ("smoke_alarm", replace(AT_NIGHT, late=True), Reason.MISSED),
    ],
)
def test_quiet_hours_hold_back_what_would_alert(
    sound: str, situation: Situation, reason: Reason
) -> None:
    assert policy(NIGHT).judge(sound, Phase.BEGAN, situation).reason is reason


def test_quiet_hours_say_until_when() -> None:
    decision = policy(NIGHT).judge("doorbell", Phase.BEGAN, AT_NIGHT)
    assert (decision.alerts, decision.until_s) == (False, MIDNIGHT_S + 7 * 3600.0)


@pytest.mark.parametrize("phase", [Phase.ENDED, Phase.POSSIBLE])
def test_only_a_beginning_is_kept_quiet(phase: Phase) -> None:
    assert policy(NIGHT).judge("doorbell", phase, AT_NIGHT).until_s is None


def test_sound_has_quiet_hours_of_its_own() -> None:
    rules = policy(NIGHT, doorbell=SoundRule(quiet_hours="12:00-12:01"))
    assert rules.judge("doorbell", Phase.BEGAN, AT_NIGHT).alerts
    assert rules.judge("doorbell", Phase.BEGAN, FRESH).until_s == NOON_S + 60.0


def test_sound_is_taken_out_of_the_quiet_hours() -> None:
    rules = policy(NIGHT, baby_crying=SoundRule(quiet_hours=""))
    assert rules.judge("baby_crying", Phase.BEGAN, AT_NIGHT).alerts
    assert not rules.judge("doorbell", Phase.BEGAN, AT_NIGHT).alerts


@pytest.mark.parametrize("situation", [FRESH, LATE, SOUNDING, AT_NIGHT])
@pytest.mark.parametrize("urgency", [None, Urgency.ATTENTION, Urgency.NOTICE, Urgency.AMBIENT])
def test_what_is_only_learned_about_never_alerts(
    situation: Situation, urgency: Urgency | None
) -> None:
    rules = policy(NIGHT, doorbell=SoundRule(urgency=urgency, learn_only=True))
    decision = rules.judge("doorbell", Phase.BEGAN, situation)
    assert (decision.reason, decision.alerts) == (Reason.LEARN_ONLY, False)


SPANS = ["", NIGHT, "00:00-23:59"]
RULES = st.builds(
    SoundRule,
    urgency=st.just(Urgency.EMERGENCY),
    cooldown_s=st.none() | st.floats(0.0, 1e9),
    quiet_hours=st.none() | st.sampled_from(SPANS),
    learn_only=st.booleans(),
)
SITUATIONS = st.builds(
    replace,
    st.just(FRESH),
    since_alert_s=st.none() | st.floats(0.0, 1e9),
    wall_s=st.none() | st.floats(MIDNIGHT_S, MIDNIGHT_S + 400 * 86400.0),
)


@pytest.mark.parametrize("sound", ["smoke_alarm", "baby_crying"])
@given(quiet=st.sampled_from(SPANS), rule=RULES, now=SITUATIONS)
def test_emergency_passes_every_filter(
    sound: str, quiet: str, rule: SoundRule, now: Situation
) -> None:
    decision = policy(quiet, **{sound: rule}).judge(sound, Phase.BEGAN, now)
    assert decision == Decision(Reason.EMERGENCY, Urgency.EMERGENCY)
