"""The generators of what a node hears: timelines and alarms are as loud and as long as told."""

import numpy as np
import pytest

from bench.hearing import alarms
from bench.hearing.alarm_kinds import CHIRP, FAMILIES, T3_PIEZO, T3_SQUARE, T4_PIEZO, Kind
from bench.hearing.levels import band_power, lasts, loud_rms, loudest_band_hz
from bench.hearing.rooms import behind_door, response
from bench.hearing.timeline import LEVEL_DB, Condition, length_s, timeline
from node.spectra import Floats
from tests.tones import RATE_HZ, noise, tone
from training.datasets.clip import Clip

FAMILY = {kind.name: kind for kind in FAMILIES}


def clip(name: str, sound: str) -> Clip:
    quiet = np.zeros(RATE_HZ, np.float32)
    return Clip(
        name=name,
        label=f"esc50/{sound}",
        sound=sound,
        fold=5,
        real=True,
        may_train=False,
        licence="",
        samples=lambda: np.concatenate((quiet, tone(1.0), quiet)),
    )


CLIPS = [clip(f"{sound}{n}", sound) for sound in ("dog", "siren", "door_knock") for n in range(3)]
DRY = Condition("white", 20.0, is_roomy=False)


def test_a_timeline_plays_every_clip_once_and_each_sound_in_turn() -> None:
    played = timeline(CLIPS, noise(length_s(CLIPS)), DRY, seed=1)
    assert sorted(one.clip for one in played.truth) == sorted(one.name for one in CLIPS)
    sounds = [one.sound for one in played.truth]
    assert sounds[:3] * 3 == sounds


def test_a_timeline_is_as_loud_as_told_where_its_truth_says() -> None:
    played = timeline(CLIPS, noise(length_s(CLIPS)), DRY, seed=1)
    for one in played.truth:
        first, last = round(one.onset_s * RATE_HZ), round(one.ends_s * RATE_HZ)
        assert one.ends_s - one.onset_s == pytest.approx(1.0, abs=0.04)
        assert decibel(played.samples[first + 800 : last - 800]) == pytest.approx(LEVEL_DB, abs=0.5)
        assert decibel(played.samples[first - RATE_HZ : first - 800]) == pytest.approx(
            LEVEL_DB - 20.0, abs=0.5
        )


def test_the_same_seed_makes_the_same_timeline() -> None:
    background, condition = noise(length_s(CLIPS)), Condition("white", 10.0)
    one, again, other = (timeline(CLIPS, background, condition, seed=s) for s in (1, 1, 2))
    assert np.array_equal(one.samples, again.samples)
    assert one.truth == again.truth != other.truth


@pytest.mark.parametrize(
    ("kind", "sound", "hz"),
    [
        (T3_PIEZO, "smoke_alarm", (2800.0, 3600.0)),
        (T3_SQUARE, "smoke_alarm", (450.0, 600.0)),
        (T4_PIEZO, "co_alarm", (2800.0, 3600.0)),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else None,
)
def test_an_alarm_has_its_pitch_and_lasts_to_its_end(
    kind: Kind, sound: str, hz: tuple[float, float]
) -> None:
    made = alarms.scene(kind, noise(kind.most_s + alarms.AROUND_S), "white", 40.0, 3)
    assert made.truth.sound == sound
    assert made.truth.ends_s - made.truth.onset_s > 20.0
    assert hz[0] < loudest_band_hz(made.samples) < hz[1]


def test_an_alarms_snr_is_that_of_its_beeps_in_its_third_of_an_octave() -> None:
    made = alarms.scene(T3_SQUARE, noise(T3_SQUARE.most_s + alarms.AROUND_S), "white", 10.0, 3)
    clear = alarms.scene(T3_SQUARE, noise(T3_SQUARE.most_s + alarms.AROUND_S), "white", 40.0, 3)
    hz = loudest_band_hz(clear.samples)
    before = made.samples[: 4 * RATE_HZ]
    during = made.samples[round(made.truth.onset_s * RATE_HZ) :][: 24 * RATE_HZ]
    beeps = (band_power(during, hz) - band_power(before, hz)) * 4.0 / 1.5  # T3 sounds 1.5 s of 4
    assert 10.0 * np.log10(beeps / band_power(before, hz)) == pytest.approx(10.0, abs=1.0)


@pytest.mark.parametrize("seed", range(5))
def test_a_low_battery_chirps_twice_in_its_scene(seed: int) -> None:
    made = alarms.scene(CHIRP, noise(CHIRP.most_s + alarms.AROUND_S), "white", 60.0, seed)
    assert len(made.samples) == (CHIRP.most_s + alarms.AROUND_S) * RATE_HZ
    assert 29.0 < made.truth.ends_s - made.truth.onset_s < 61.0


@pytest.mark.parametrize("seed", range(5))
def test_the_two_forms_of_a_family_are_told_apart(seed: int) -> None:
    random = np.random.default_rng(seed)
    longest_s = {
        name: longest_beep_s(FAMILY[name].make(random).astype(np.float32))
        for name in ("fast beeps", "slow beeps")
    }
    assert longest_s["fast beeps"] <= 0.29 < longest_s["slow beeps"]
    lowest_hz = {
        name: lowest_pitch_hz(FAMILY[name].make(random).astype(np.float32))
        for name in ("slow whoop", "fast sweep")
    }
    assert lowest_hz["slow whoop"] < 650.0 < lowest_hz["fast sweep"]


def test_a_door_takes_more_of_the_high_tones() -> None:
    lost_db = [
        decibel(tone(1.0, hz=hz)) - decibel(behind_door(tone(1.0, hz=hz))) for hz in (300, 5000)
    ]
    assert lost_db == pytest.approx([18.0, 23.0], abs=0.1)


def test_a_room_begins_with_the_direct_sound_and_dies_away() -> None:
    room = response(np.random.default_rng(1), 0.5)
    assert room[0] == 1.0
    assert np.abs(room[-800:]).max() < 0.01


def test_a_sound_lasts_while_it_is_above_a_tenth_of_its_loudest() -> None:
    quiet = noise(1.0)
    sound = np.concatenate((quiet, tone(0.6), quiet))
    assert lasts(sound) == pytest.approx((1.0, 1.6), abs=0.03)
    assert loud_rms(sound) == pytest.approx(0.2 / 2**0.5, rel=0.01)


def decibel(samples: Floats) -> float:
    return float(10.0 * np.log10(np.mean(np.square(samples))))


def longest_beep_s(alarm: Floats) -> float:
    """Of the beeps in the middle: where a repeat is joined two may run together."""
    frames = np.abs(alarm[: 5 * RATE_HZ].reshape(-1, 80)).max(axis=1) > 0.1
    edges = np.flatnonzero(np.diff(frames.astype(int), prepend=0, append=0))
    return float((edges[1::2] - edges[::2]).max() * 80 / RATE_HZ)


def lowest_pitch_hz(alarm: Floats) -> float:
    """The lowest of its loudest thirds of an octave, by quarters of a second."""
    parts = alarm[: 5 * RATE_HZ].reshape(-1, RATE_HZ // 4)
    return min(loudest_band_hz(part) for part in parts if np.abs(part).max() > 0.1)
