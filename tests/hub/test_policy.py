import pytest

from contract.catalogue import Urgency, catalogue
from contract.messages import Phase
from hub.policy import SENTENCES, Policy, Reason, Situation
from hub.settings import SoundRule

FRESH = Situation(late=False, still_sounding=False, since_alert_s=None)
LATE = Situation(late=True, still_sounding=False, since_alert_s=None)
SOUNDING = Situation(late=False, still_sounding=True, since_alert_s=5.0)


def policy(**rules: SoundRule) -> Policy:
    return Policy(catalogue(), rules, cooldown_s=60.0)


def since(seconds: float) -> Situation:
    return Situation(late=False, still_sounding=False, since_alert_s=seconds)


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
