"""Thresholds follow their rule, and the figures of a bundle are those of the definitions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from node.bundle import Threshold, load
from node.classifier import Classifier
from node.spectra import Floats
from tests import bundles
from tests.tones import TINY_BUNDLE, noise, tone
from training.card import card
from training.datasets.clip import Clip
from training.evaluate import gain_to, mean_f1, thresholds
from training.hearing import between_quiet, hear, reached, truth
from training.quiet import Piece, Span, false_alerts, pieces
from training.snr import in_noise
from training.thresholds import lowest
from training.told import Told, listen, node_figures


def clip(sound: str, samples: Floats, number: int = 0) -> Clip:
    return Clip(
        name=f"made/{sound}{number}",
        label=f"made/{sound}",
        sound=sound,
        fold=5,
        real=True,
        may_train=True,
        licence="CC0",
        samples=lambda: samples,
    )


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load(TINY_BUNDLE))


def test_a_clip_is_played_twice_where_its_sound_must_come_again(tmp_path: Path) -> None:
    again = {"on": 0.5, "off": 0.3, "hold_s": 1.0, "again_s": [20.0, 40.0]}
    made = bundles.change(
        bundles.copy(TINY_BUNDLE, tmp_path), lambda m: m.update(thresholds={"smoke_alarm": again})
    )
    beep = tone(1.0) + noise(1.0)

    twice, once = (
        listen(Classifier(load(made)), clip(sound, beep)) for sound in ("smoke_alarm", "doorbell")
    )

    assert twice.seconds > 30.0 > once.seconds
    assert "smoke_alarm" in twice.began
    assert "smoke_alarm" not in once.began


def test_a_threshold_lets_no_more_pass_than_may_whatever_lies_below() -> None:
    tried, false = [0.3, 0.5, 0.7, 0.9], [9, 1, 2, 0]
    assert lowest(tried, false, may=9.0) == 0.3
    assert lowest(tried, false, may=2.5) == 0.5
    assert lowest(tried, false, may=1.0) == 0.9
    assert lowest(tried, [9, 9, 9, 9], may=1.0) == 0.9


def piece(*spans: Span, loud: int = 0) -> Piece:
    """Twenty seconds in which one sound is all that the network hears between 5 and 10 s."""
    scores = np.zeros((36, 3), np.float32)
    scores[8:18, loud] = 0.9
    return Piece(scores, window_s=2.0, spans=spans)


@pytest.mark.parametrize(
    ("loud", "spans", "false"),
    [
        ("dog", [], 1),
        ("dog", [Span("dog", 4.0, 9.0)], 0),
        ("dog", [Span("dog", 14.0, 19.0)], 1),
        ("dog", [Span("baby_crying", 4.0, 9.0)], 0),  # a wrong name for what alerts
        ("dog", [Span("cat", 4.0, 9.0)], 1),
        ("glass_breaking", [Span("baby_crying", 4.0, 9.0)], 1),  # an emergency needs none
    ],
)
def test_an_alert_is_false_where_nothing_alerts(loud: str, spans: list[Span], false: int) -> None:
    sounds = ("dog", "glass_breaking", "background")
    rules = {sound: Threshold(on=0.5, off=0.3, hold_s=1.0) for sound in sounds}
    found = false_alerts(piece(*spans, loud=sounds.index(loud)), sounds, rules)
    assert +found == ({loud: false} if false else {})


def test_hours_hold_every_clip_but_emergencies(classifier: Classifier) -> None:
    clips = [clip("smoke_alarm", tone(5.0)), clip("background", noise(5.0)), clip("dog", tone(3.0))]
    (one,) = pieces(classifier, clips, hours=0.1, seed=1)
    assert one.scores.shape == (1 + (450 - 2) * 2, len(classifier.sounds))
    assert {span.sound for span in one.spans} == {"dog"}
    (again,) = pieces(classifier, clips, hours=0.1, seed=1)
    np.testing.assert_array_equal(one.scores, again.scores)
    assert list(pieces(classifier, clips[:1], hours=0.1, seed=1)) == []


def test_mean_f1_counts_only_sounds_that_are_there() -> None:
    holds = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]], bool)
    said = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]], bool)
    assert mean_f1(said, holds) == pytest.approx((2 / 3 + 1.0) / 2)
    assert mean_f1(said, np.zeros_like(said)) == 0.0


def test_noise_is_brought_to_its_distance_whatever_is_silent() -> None:
    sound = np.concatenate((tone(1.0, amplitude=0.2), np.zeros(64_000, np.float32)))
    hiss = noise(1.0, amplitude=0.5)
    brought = gain_to(hiss, sound, -10.0) * hiss
    loud_db = 10.0 * np.log10(np.mean(tone(1.0, amplitude=0.2) ** 2) / np.mean(brought**2))
    assert loud_db == pytest.approx(10.0, abs=0.1)


def test_clip_is_heard_while_it_enters_and_leaves(classifier: Classifier) -> None:
    (heard,) = hear(classifier, [clip("smoke_alarm", tone(1.0))])
    assert len(heard.scores) == 1 + (1 + 5 - 2) * 4
    limits = thresholds(classifier.bundle.manifest, classifier.sounds)
    said, holds = reached([heard], limits), truth([heard], classifier.sounds)
    assert (said & holds).any()
    assert not said[0, classifier.sounds.index("background")]


def test_quiet_around_a_clip_is_quiet() -> None:
    samples = between_quiet(tone(1.0))
    assert len(samples) == 6 * 16_000
    assert 0.0 < np.abs(samples[:32_000]).max() < 0.01


def test_more_noise_is_heard_no_better(classifier: Classifier) -> None:
    alarms = [clip("smoke_alarm", tone(2.0, amplitude=0.1), n) for n in range(3)]
    hisses = [clip("background", noise(2.0, amplitude=0.3, seed=n), n) for n in range(3)]
    found = in_noise([*alarms, *hisses], TINY_BUNDLE, classifier.bundle.manifest)
    assert list(found) == ["20 dB", "10 dB", "5 dB", "0 dB", "-5 dB"]
    assert found["20 dB"] >= found["-5 dB"]
    assert found["20 dB"] > found["-5 dB"] or found["20 dB"] == 1.0
    assert in_noise(alarms, TINY_BUNDLE, classifier.bundle.manifest) == {}


def test_card_of_the_shipped_bundle_is_the_one_that_stands_there() -> None:
    household = Path(__file__).parents[2] / "models" / "household"
    manifest = load(household).manifest
    assert (household / "card.md").read_text(encoding="utf-8") == card(manifest)
    assert set(manifest.unproven) >= {"smoke_alarm", "co_alarm", "doorbell", "kettle"}
    for sound in manifest.unproven:
        assert f"- {sound}" in card(manifest)


def test_what_is_taken_for_an_emergency_is_told_by_its_label() -> None:
    def told(sound: str, label: str, *began: str) -> Told:
        return Told(replace(clip(sound, np.zeros(1, np.float32)), label=label), began, 3600.0)

    figures = node_figures(
        [
            told("alarm_clock", "tones/clock", "smoke_alarm"),
            told("alarm_clock", "tones/clock", "alarm_clock"),
            told("smoke_alarm", "synthetic/t3", "smoke_alarm"),
            told("background", "esc50/rain", "doorbell", "doorbell"),
        ]
    )
    assert figures["told_as_smoke_alarm"] == {"tones/clock": 0.5}
    assert figures["background_false_events_per_hour"] == 2.0
    assert figures["false_events"] == {"alarm_clock": 0.0, "smoke_alarm": 1.0}
