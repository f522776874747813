"""librosa is the reference of our features: here, never on a node."""

import warnings

import numpy as np
import pytest

from node.features import LogMel
from node.spectra import Floats
from tests.node.test_features import FRAMES, GOLDEN, LOG_MEL, WINDOW, sound
from tests.tones import noise, t3, tone

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # librosa's own imports are older than their libraries
    import librosa

PAPER = LogMel(
    sample_rate_hz=16_000,
    fft_size=1024,
    hop_size=512,
    bands=128,
    low_hz=0.0,
    high_hz=8000.0,
    floor_db=-70.0,  # far below, float32 spectra of a pure tone are all rounding
)


def reference(log_mel: LogMel, samples: Floats) -> Floats:
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=log_mel.sample_rate_hz,
        n_fft=log_mel.fft_size,
        hop_length=log_mel.hop_size,
        center=False,
        n_mels=log_mel.bands,
        fmin=log_mel.low_hz,
        fmax=log_mel.high_hz,
    )
    floor = 10.0 ** (log_mel.floor_db / 10.0)
    picture: Floats = librosa.power_to_db(power, amin=floor, top_db=None).T
    return picture


@pytest.mark.parametrize("log_mel", [LOG_MEL, PAPER], ids=["household", "paper"])
@pytest.mark.parametrize(
    "samples",
    [sound(), noise(2.0, amplitude=0.1), noise(2.0, amplitude=1e-4), tone(2.0), t3(1)],
    ids=["chirp", "noise", "quiet", "tone", "alarm"],
)
def test_picture_is_librosas_within_a_thousandth_of_a_decibel(
    log_mel: LogMel, samples: Floats
) -> None:
    assert np.abs(log_mel(samples) - reference(log_mel, samples)).max() < 1e-3


def test_golden_picture_is_librosas() -> None:
    assert np.allclose(reference(LOG_MEL, sound())[:: FRAMES // 8], np.load(GOLDEN), atol=1e-4)
    assert len(sound()) == WINDOW
