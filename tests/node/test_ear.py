"""The whole ear on a real network: what it hears, and what it costs to hear it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import InputError
from contract.messages import HeardBy, Phase
from node import bundle
from node.blocks import AudioBlock
from node.bundle import Threshold
from node.classifier import Classifier
from node.detection import Detection
from node.ear import Ear
from node.level import level_db as rms_db
from node.spectra import Floats
from tests.tones import RATE_HZ, TINY_BUNDLE, noise, smoke_alarm, t3, t4, tone


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(bundle.load(TINY_BUNDLE))


def hear(ear: Ear, samples: Floats, block_samples: int = 8000) -> list[Detection]:
    starts = range(0, len(samples), block_samples)
    blocks = [AudioBlock(samples[s : s + block_samples], s / RATE_HZ) for s in starts]
    return [detection for block in blocks for detection in ear.hear(block)]


def told(detections: list[Detection]) -> list[tuple[str, str]]:
    return [(d.sound, str(d.phase)) for d in detections if d.phase is not Phase.POSSIBLE]


def test_a_smoke_alarm_is_one_event_through_its_pauses(classifier: Classifier) -> None:
    ear = Ear(classifier)
    heard = [*hear(ear, smoke_alarm()), *ear.finish()]

    assert told(heard) == [("smoke_alarm", "began"), ("smoke_alarm", "ended")]
    began, ended = (each for each in heard if each.phase is not Phase.POSSIBLE)
    assert 3.0 < began.at_s <= 4.5
    assert 10.0 < ended.at_s < 13.0
    assert ended.heard_by is HeardBy.BOTH
    assert began.level_db == pytest.approx(-17.0, abs=0.5)
    assert began.over_floor_db > 30.0


def test_a_quiet_room_tells_nothing(classifier: Classifier) -> None:
    assert told(hear(Ear(classifier), noise(10.0))) == []


@settings(max_examples=10, deadline=None)
@given(block_samples=st.integers(100, 40_000))
def test_how_the_sound_is_cut_changes_nothing(block_samples: int) -> None:
    classifier = Classifier(bundle.load(TINY_BUNDLE))
    whole = hear(Ear(classifier), smoke_alarm())

    cut = hear(Ear(classifier), smoke_alarm(), block_samples)

    assert told(cut) == told(whole)
    assert [each.at_s for each in cut] == pytest.approx([each.at_s for each in whole])
    assert [each.score for each in cut] == pytest.approx([each.score for each in whole], abs=0.01)


def test_the_papers_step_of_1600_ms_works_too(classifier: Classifier) -> None:
    ear = Ear(classifier, hop_s=1.6)
    heard = [*hear(ear, smoke_alarm()), *ear.finish()]

    assert told(heard) == [("smoke_alarm", "began"), ("smoke_alarm", "ended")]


def test_a_threshold_can_be_set_for_one_sound(classifier: Classifier) -> None:
    deaf = {"smoke_alarm": Threshold(on=1.0, off=1.0, hold_s=1.0, shortest_s=60.0)}
    steady = np.concatenate((noise(3.0), tone(4.0) + noise(4.0), noise(6.0)))

    assert told(hear(Ear(classifier), steady))[0] == ("smoke_alarm", "began")
    assert told(hear(Ear(classifier, thresholds=deaf), steady)) == []


def test_no_threshold_hides_an_alarms_rhythm(classifier: Classifier) -> None:
    deaf = {"smoke_alarm": Threshold(on=1.0, off=1.0, hold_s=1.0, shortest_s=60.0)}

    heard = hear(Ear(classifier, thresholds=deaf), smoke_alarm())
    began = next(each for each in heard if each.phase is Phase.BEGAN)

    assert began.sound == "smoke_alarm"
    assert began.heard_by is not HeardBy.NETWORK


@pytest.mark.parametrize("hop_s", [0.25, 0.5, 1.0, 1.6])
@pytest.mark.parametrize("floor_db", [-80.0, -58.0])
@pytest.mark.parametrize(("alarm", "sound"), [(t3(4), "smoke_alarm"), (t4(4), "co_alarm")])
def test_no_alarm_is_too_faint_for_the_gate(
    classifier: Classifier, alarm: Floats, sound: str, floor_db: float, hop_s: float
) -> None:
    beep = alarm[: RATE_HZ // 10]
    faint = alarm * np.float32(10.0 ** ((-53.0 - rms_db(beep)) / 20.0))
    room = np.concatenate((np.zeros(10 * RATE_HZ, np.float32), faint))
    room += noise(len(room) / RATE_HZ, amplitude=10.0 ** (floor_db / 20.0))

    assert (sound, "began") in told(hear(Ear(classifier, hop_s), room))


def test_a_gap_is_no_proof_that_an_alarm_lasts(classifier: Classifier) -> None:
    rule = {"smoke_alarm": Threshold(on=0.5, off=0.3, hold_s=1.0, shortest_s=8.0)}
    ear = Ear(classifier, thresholds=rule)
    hear(ear, noise(10.0))
    steady = tone(12.0) + noise(12.0)

    late = [
        one
        for first in range(0, len(steady), 8000)
        for one in ear.hear(AudioBlock(steady[first : first + 8000], 70.0 + first / RATE_HZ))
    ]

    began = next(one for one in late if one.phase is Phase.BEGAN and one.sound == "smoke_alarm")
    assert began.at_s >= 78.0


def test_in_a_quiet_room_nothing_is_judged() -> None:
    judged = Counting(bundle.load(TINY_BUNDLE))

    hear(Ear(judged), noise(60.0, amplitude=1e-4))

    assert judged.asked <= 20  # the first windows, until the floor is known


class Counting(Classifier):
    """Counts how often it is asked."""

    asked = 0

    def scores(self, heard: Floats) -> Floats:
        self.asked += 1
        return super().scores(heard)


@pytest.mark.parametrize("hop_s", [0.0, -1.0, 2.0, 0.505, 0.00001, float("nan"), float("inf")])
def test_a_step_that_the_network_cannot_take_is_refused(
    classifier: Classifier, hop_s: float
) -> None:
    with pytest.raises(InputError, match="hop of"):
        Ear(classifier, hop_s=hop_s)


def test_windows_that_come_too_late_are_counted_and_not_judged(classifier: Classifier) -> None:
    ear = Ear(classifier)

    heard = ear.hear(AudioBlock(smoke_alarm(), 0.0), not_before_s=13.0)

    assert {each.heard_by for each in heard} == {HeardBy.RHYTHM}  # which is no matter of speed
    assert ear.dropped == 22
    assert ear.decisions == 9


def test_the_level_and_the_floor_of_the_room_are_known(classifier: Classifier) -> None:
    ear = Ear(classifier)

    hear(ear, np.concatenate((noise(10.0), noise(2.0, amplitude=0.1))))

    assert ear.level_db == pytest.approx(-20.0, abs=0.2)
    assert ear.floor_db == pytest.approx(-60.0, abs=0.2)
