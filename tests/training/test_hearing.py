"""Thresholds follow their rule, and the figures of a bundle are those of the definitions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from node.bundle import load
from node.classifier import Classifier
from node.spectra import Floats
from tests.tones import TINY_BUNDLE, noise, tone
from training.card import card
from training.datasets.clip import Clip
from training.evaluate import gain_to, mean_f1, thresholds
from training.hearing import Heard, between_quiet, hear, reached, truth
from training.recipe import Choice
from training.snr import in_noise
from training.thresholds import best, emergency, lowest, ordinary, reached_by_most
from training.told import Told, node_figures

SOUNDS = ("smoke_alarm", "background")
BACKGROUND_WINDOWS = 2000


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


def quiet(scores: Floats) -> Heard:
    both = np.stack((scores, 1.0 - scores), axis=1)
    return Heard(clip("background", np.zeros(1, np.float32)), both)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.0])
def test_no_more_background_windows_reach_a_threshold_than_may(share: float) -> None:
    scores = np.random.default_rng(1).random(BACKGROUND_WINDOWS, dtype=np.float32)
    choice = Choice(false_frames=share, lowest_on=0.0, highest_on=1.0)
    on = lowest([quiet(scores)], "smoke_alarm", 0, choice)
    assert np.count_nonzero(scores >= on) <= share * BACKGROUND_WINDOWS
    assert np.count_nonzero(scores >= on - 0.01) > share * BACKGROUND_WINDOWS


def test_threshold_is_not_below_the_lowest_nor_above_the_highest() -> None:
    silent, loud = (quiet(np.full(10, score, np.float32)) for score in (0.0, 1.0))
    assert lowest([silent], "smoke_alarm", 0, Choice()) == Choice().lowest_on
    assert lowest([loud], "smoke_alarm", 0, Choice()) == Choice().highest_on


def test_emergency_takes_a_lower_threshold_than_precision_would() -> None:
    peaks = np.array([0.95, 0.9, 0.45, 0.6, 0.55, 0.1], np.float32)
    holds = np.array([True, True, True, False, False, False])
    assert 0.6 < best(peaks, holds, least=0.3, most=0.98, recall_weight=1.0) < 0.9
    assert (
        best(
            peaks,
            np.array([True, True, False, False, False, False]),
            least=0.3,
            most=0.98,
            recall_weight=1.0,
        )
        > 0.6
    )
    assert best(peaks, holds, least=0.3, most=0.98, recall_weight=4.0) == pytest.approx(0.3)
    assert best(peaks, holds, least=0.85, most=0.98, recall_weight=4.0) >= 0.85


def test_a_threshold_keeps_away_from_the_clips_that_it_tells_apart() -> None:
    peaks = np.array([0.9, 0.88, 0.86, 0.4, 0.38], np.float32)
    holds = np.array([True, True, True, False, False])
    assert 0.5 < best(peaks, holds, least=0.3, most=0.98, recall_weight=1.0) < 0.8


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


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load(TINY_BUNDLE))


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


def test_emergency_is_reached_by_nearly_all_computed_ones_where_background_lets_it() -> None:
    def heard(sound: str, score: float) -> Heard:
        return Heard(clip(sound, np.zeros(1, np.float32)), np.array([[score, 0.0]], np.float32))

    fold = [heard("smoke_alarm", 0.95) for _ in range(20)] + [heard("dog", 0.7) for _ in range(9)]
    calm = [heard("background", 0.05) for _ in range(50)]
    beyond = [heard("smoke_alarm", 0.5 + 0.005 * n) for n in range(100)]
    on = emergency([*fold, *calm], beyond, "smoke_alarm", 0, Choice())
    assert sum(one.peaks[0] >= on for one in beyond) == 99
    loud = [heard("background", 0.7) for _ in range(50)]
    assert 0.7 < emergency([*fold, *loud], beyond, "smoke_alarm", 0, Choice()) < 0.71
    assert 0.7 < ordinary([*fold, *calm], "smoke_alarm", 0, Choice()) < 0.95
    assert reached_by_most([], "smoke_alarm", 0) == 1.0
