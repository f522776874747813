"""The catalogue of sounds: complete, distinguishable, forgiving."""

from itertools import combinations

from contract.catalogue import BACKGROUND, Urgency, catalogue


def test_every_urgency_has_words_and_a_pattern() -> None:
    assert set(catalogue().urgency) == set(Urgency)


def test_background_is_never_an_event() -> None:
    assert BACKGROUND not in catalogue().sound


def test_a_sound_that_nobody_described_is_a_notice_under_its_own_name() -> None:
    sound = catalogue().get("steel_drum")
    assert (sound.name("ko"), sound.urgency) == ("steel drum", Urgency.NOTICE)


def test_sounds_that_alert_differ_in_at_least_two_signs() -> None:
    loud = {
        key: sound
        for key, sound in catalogue().sound.items()
        if sound.urgency in {Urgency.EMERGENCY, Urgency.ATTENTION}
    }
    for (a, one), (b, other) in combinations(loud.items(), 2):
        signs = [
            one.icon != other.icon,
            one.colour != other.colour,
            one.vibration_ms != other.vibration_ms,
        ]
        assert sum(signs) >= 2, (a, b)


def test_no_two_sounds_share_a_name() -> None:
    sounds = catalogue().sound.values()
    assert len({s.name_ko for s in sounds}) == len({s.name_en for s in sounds}) == len(sounds)


def test_a_vibration_that_alerts_is_felt_and_ends() -> None:
    for sound in catalogue().sound.values():
        assert len(sound.vibration_ms) % 2 == 0
        assert all(0 < part <= 2000 for part in sound.vibration_ms)
