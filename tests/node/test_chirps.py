"""The chirp of a low battery: known when it comes again and again, and nothing else is."""

from collections.abc import Sequence

import numpy as np
import pytest

from contract.messages import HeardBy
from node import bundle
from node.blocks import AudioBlock
from node.classifier import Classifier
from node.detection import Detection
from node.ear import Ear
from node.spectra import Floats
from tests.tones import RATE_HZ, TINY_BUNDLE, noise, tone


def room(at_s: Sequence[float], seconds: float, *, on_s: float = 0.08) -> Floats:
    """A quiet room with short beeps at some times."""
    sound = noise(seconds, amplitude=3e-4)
    for first in (round(s * RATE_HZ) for s in at_s):
        beep = tone(on_s, hz=3200.0, amplitude=0.05)
        sound[first : first + len(beep)] += beep
    return sound


def chirps(sound: Floats) -> list[Detection]:
    """What an ear tells of low batteries, by their rhythm."""
    ear, hop = Ear(Classifier(bundle.load(TINY_BUNDLE))), RATE_HZ // 2
    blocks = (AudioBlock(sound[s : s + hop], s / RATE_HZ) for s in range(0, len(sound), hop))
    told = [one for block in blocks for one in ear.hear(block)]
    return [one for one in told if one.sound == "low_battery_chirp"]


@pytest.mark.parametrize("period_s", [30.0, 43.0, 60.0])
@pytest.mark.parametrize("on_s", [0.05, 0.1, 0.25])
def test_the_fourth_chirp_is_certain(period_s: float, on_s: float) -> None:
    told = chirps(room([5.3 + n * period_s for n in range(4)], 10.0 + 3 * period_s, on_s=on_s))
    assert [(one.phase, one.heard_by) for one in told] == [("began", HeardBy.RHYTHM)]
    assert told[0].at_s - (5.3 + 3 * period_s) < 2.5


def test_the_room_falls_quiet_between_them() -> None:
    told = chirps(room([5.0, 45.0, 85.0, 125.0, 165.0], 260.0))
    assert [one.phase for one in told] == ["began", "ended"]


@pytest.mark.parametrize(
    "at_s",
    [
        [5.0, 45.0, 85.0],
        [5.0, 45.0, 75.0, 115.0],
        [5.0, 45.0, 85.0, 100.0, 125.0],
        [5.0, 10.0, 15.0, 20.0, 25.0],
        [5.0, 5.4, 45.0, 45.4, 85.0, 85.4, 125.0, 125.4],
        [5.0, 105.0, 205.0, 305.0],
    ],
)
def test_other_beeps_are_none(at_s: Sequence[float]) -> None:
    assert chirps(room(at_s, at_s[-1] + 5.0)) == []


def test_clicks_of_many_tones_are_none() -> None:
    clicks = noise(140.0, amplitude=3e-4)
    click = np.sum([tone(0.05, hz=hz, amplitude=0.05) for hz in range(800, 4500, 600)], axis=0)
    for first in (5, 45, 85, 125):
        clicks[first * RATE_HZ : first * RATE_HZ + len(click)] += click
    assert chirps(clicks) == []
