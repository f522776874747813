"""Recordings of any kind are heard; damaged ones are named in one sentence."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from contract.errors import AudioError
from node.recordings import Quiet, sound_of
from tests.tones import tone, write


def read(path: Path) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return np.concatenate([np.empty(0, np.float32), *sound_of(path)])


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg"])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_becomes_the_same_mono(tmp_path: Path, kind: str, channels: int) -> None:
    wanted = tone(2.5, hz=440.0)
    path = write(tmp_path / f"tone.{kind}", np.tile(wanted[:, None], (1, channels)))

    heard = read(path)

    assert len(heard) == len(wanted)
    assert np.max(np.abs(heard - wanted)) < 0.02


def test_a_recording_of_another_rate_is_resampled(tmp_path: Path) -> None:
    path = write(tmp_path / "half.wav", tone(2.0, hz=440.0)[::2], 8_000)

    assert len(read(path)) == 32_000


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_a_recording_that_was_cut_off_is_told(tmp_path: Path, kind: str, kept: float) -> None:
    path = write(tmp_path / f"cut.{kind}", np.tile(tone(1.0, hz=440.0), 5))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])

    with pytest.raises(AudioError) as told:
        read(path)

    assert str(told.value).startswith(f"{path}: ")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_what_comes_before_the_cut_is_heard(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / f"cut.{kind}", np.tile(tone(1.0, hz=440.0), 5))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(0.7 * len(whole))])
    heard: list[int] = []

    with pytest.raises(AudioError):
        heard.extend(map(len, sound_of(path)))

    assert sum(heard) >= 2 * 16_000


def test_a_wav_from_a_pipe_has_no_length_and_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "piped.wav", tone(1.0))
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)

    assert len(read(path)) == 16_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"this is a letter, not a sound", "Format not recognised"),
        (b"RIFF\x00\x00\x00\x00WAVE", "cannot be read as audio"),
    ],
)
def test_what_is_no_recording_is_told_in_one_sentence(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "letter.wav"
    path.write_bytes(content)

    with pytest.raises(AudioError, match=reason) as told:
        read(path)

    assert str(told.value).startswith(f"{path}: ")


def test_a_recording_without_a_single_sample_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "none.wav", np.empty(0, np.float32))

    with pytest.raises(AudioError, match="holds no sound"):
        read(path)


def test_samples_that_are_no_numbers_are_silent_and_told_at_the_end(tmp_path: Path) -> None:
    sound = tone(2.0, hz=440.0)
    sound[1000:1003] = np.nan
    sound[20_000] = np.inf
    path = tmp_path / "broken.wav"
    soundfile.write(path, sound, 16_000, subtype="FLOAT")
    heard: list[float] = []

    with pytest.raises(AudioError, match=r"broken\.wav: 4 of its samples are no numbers"):
        heard.extend(sample for piece in sound_of(path) for sample in piece)

    assert len(heard) == 32_000
    assert heard[1000:1003] == [0.0, 0.0, 0.0]
    assert heard[20_000] == 1.0


def test_material_of_the_telephone_keeps_its_pitch(tmp_path: Path) -> None:
    path = write(tmp_path / "phone.wav", tone(2.0, hz=1500.0)[::2], 8_000)

    heard = read(path)

    spectrum = np.abs(np.fft.rfft(heard[:16_000]))
    assert int(np.argmax(spectrum)) == 1500
    assert spectrum[4100:].max() < 1e-3 * spectrum.max()


def test_a_missing_file_and_a_folder_are_told_as_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="No such file"):
        read(tmp_path / "gone.wav")
    with pytest.raises(AudioError, match="Is a directory"):
        read(tmp_path)


def test_a_quiet_room_is_not_made_of_zeros() -> None:
    samples = Quiet()(16_000)

    assert 0.0 < float(np.abs(samples).max()) <= 1.0 / 32768.0
    assert np.count_nonzero(samples) > 15_000
