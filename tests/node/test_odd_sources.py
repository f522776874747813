"""What an odd sound does to the recogniser itself, as docs/microphones.md says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from contract.messages import Phase
from node import bundle
from node.classifier import open_first
from node.ear import Ear
from node.listen import detections
from node.recordings import sound_of
from node.spectra import Floats
from tests.real import ROOT
from tests.tones import RATE_HZ, write

ALARM = ROOT / "soribit/demo/smoke_alarm.flac"


def with_offset(sound: Floats) -> tuple[Floats, int]:
    return 0.7 * sound + np.float32(0.2), RATE_HZ


def of_the_telephone(sound: Floats) -> tuple[Floats, int]:
    spectrum = np.fft.rfft(sound)
    spectrum[round(3_600 * len(sound) / RATE_HZ) :] = 0.0
    return np.fft.irfft(spectrum, len(sound))[::2].astype(np.float32), RATE_HZ // 2


@pytest.mark.parametrize("made", [with_offset, of_the_telephone], ids=lambda made: made.__name__)
def test_an_alarm_is_heard_all_the_same(
    tmp_path: Path, made: Callable[[Floats], tuple[Floats, int]]
) -> None:
    sound, rate_hz = made(np.concatenate(list(sound_of(ALARM))))
    path = write(tmp_path / "alarm.wav", sound, rate_hz)
    classifier, _ = open_first(bundle.find(None, tmp_path))

    heard = list(detections(path, Ear(classifier)))

    assert [each.sound for each in heard if each.phase is Phase.BEGAN] == ["smoke_alarm"]
