"""`soribit node --self-test`: a chirp through a real PortAudio, and every answer it may give."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from contract.errors import UnavailableError
from node.capture import Collect, Format
from node.chirp import Echo
from node.self_test import MUTE, PIECE_S, Verdict, of_echo, run, without_loudspeaker
from node.spectra import Floats
from tests.node.fakes import FakeCapture, FakeClock
from tests.pulse import Microphones, microphones
from tests.real import ROOT
from tests.tones import RATE_HZ, as_pcm, noise

PIECE = round(PIECE_S * RATE_HZ)


class Room:
    """A loudspeaker and a microphone, with nothing but a delay and a gain between them."""

    def __init__(
        self, clock: FakeClock, room: Floats, *, gain: float = 1.0, refusal: str = ""
    ) -> None:
        self._clock, self._room, self._gain, self._refusal = clock, room, gain, refusal
        self._heard = 0
        self._collect: Collect | None = None

    def open(self, block_s: float, collect: Collect) -> FakeCapture:
        assert block_s == PIECE_S
        self._collect = collect
        self._say(2 * RATE_HZ)
        return FakeCapture()

    def play(self, sound_at: Callable[[int], Floats], began: Callable[[], None]) -> FakeCapture:
        if self._refusal:
            raise UnavailableError(self._refusal)
        began()
        played = np.float32(self._gain) * sound_at(RATE_HZ)
        start = self._heard + RATE_HZ // 4
        self._room[start : start + len(played)] += played
        self._say(4 * RATE_HZ)
        return FakeCapture()

    def _say(self, samples: int) -> None:
        assert self._collect
        for start in range(self._heard, self._heard + samples, PIECE):
            self._clock.wait(PIECE_S)
            piece = self._room[start : start + PIECE]
            self._collect(Format(RATE_HZ, 1), as_pcm(piece))
        self._heard += samples


def judged(room: Floats, *, gain: float = 1.0, refusal: str = "") -> Verdict:
    clock = FakeClock()
    return run(Room(clock, room, gain=gain, refusal=refusal), clock)


def test_a_chirp_that_is_heard_is_told_with_its_distance_and_its_delay() -> None:
    verdict = judged(noise(8.0), gain=0.3)

    assert verdict == Verdict(
        is_well=True,
        sentence="heard the chirp 36 dB over the noise of the room (-62 dBFS), 0.25 s after it was "
        "played, at all pitches from 500 to 6000 Hz",
    )


def test_a_chirp_that_is_not_heard_is_told_with_what_to_do() -> None:
    verdict = judged(noise(8.0), gain=0.0)

    assert not verdict.is_well
    assert "not heard in the noise of the room (-62 dBFS): turn the loudspeaker" in verdict.sentence


def test_a_microphone_that_delivers_zeros_is_mute_with_a_loudspeaker_and_without() -> None:
    silence = np.zeros(8 * RATE_HZ, np.float32)

    assert judged(silence, gain=0.0) == MUTE
    assert judged(silence, refusal="there is no loudspeaker") == MUTE


def test_without_a_loudspeaker_the_microphone_is_judged_by_its_noise() -> None:
    verdict = judged(noise(8.0), refusal="there is no loudspeaker")

    assert verdict == Verdict(
        is_well=True,
        sentence="no chirp could be played (there is no loudspeaker); the microphone hears a room "
        "of -60 dBFS: clap, and see `soribit devices`",
    )


@pytest.mark.parametrize(("amplitude", "is_well"), [(1e-4, True), (2e-5, False)])
def test_without_a_loudspeaker_a_microphone_below_any_room_is_told(
    amplitude: float, is_well: bool
) -> None:
    verdict = without_loudspeaker(noise(1.0, amplitude=amplitude), "why")

    assert verdict.is_well is is_well
    assert ("turn its gain up" in verdict.sentence) is not is_well


def test_missing_pitches_and_a_chirp_below_the_noise_are_told() -> None:
    echo = Echo(0, 0.3, -20.0, -5.0, ((500, 1000), (4000, 6000)))

    verdict = of_echo(echo, latency_s=0.1)

    assert verdict.is_well
    assert "heard the chirp below the noise of the room (-20 dBFS)" in verdict.sentence
    assert verdict.sentence.endswith("but not at 500-1000, 4000-6000 Hz")


def command(there: Microphones, config: Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "soribit", "node", "--self-test", "--config", str(config)]
    env = os.environ | there.environment
    return subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def named(folder: Path, device: str) -> Path:
    settings = folder / "node.toml"
    settings.write_text(f'[audio]\ndevice = "{device}"\n')
    return settings


def test_what_a_real_sound_system_plays_is_heard_by_the_microphone_beside_it_alone(
    tmp_path: Path,
) -> None:
    with microphones(tmp_path, "shelf", "desk") as there:
        there.place_loudspeaker("beside")
        there.plug("desk", as_pcm(noise(5.0)))
        there.plug("shelf", bytes(2 * RATE_HZ))

        heard = command(there, named(tmp_path, "beside"))
        unheard = command(there, named(tmp_path, "desk"))
        mute = command(there, named(tmp_path, "shelf"))
        missing = command(there, named(tmp_path, "attic"))

    assert heard.stdout.startswith("heard the chirp ")
    assert "but not heard in the noise of the room" in unheard.stdout
    assert mute.stdout == f"{MUTE.sentence}\n"
    assert missing.stderr.startswith("there is no microphone 'attic'")
    codes = [done.returncode for done in (heard, unheard, mute, missing)]
    assert codes == [0, 1, 1, 1], heard.stderr


def test_without_a_real_loudspeaker_the_level_is_told(tmp_path: Path) -> None:
    with microphones(tmp_path, "desk") as there:
        there.plug("desk", as_pcm(noise(5.0)))

        done = command(there, named(tmp_path, "desk"))

    assert done.stdout.startswith("no chirp could be played (")
    assert "hears a room of -60 dBFS" in done.stdout
    assert done.returncode == 0


def test_a_node_that_plays_recordings_has_no_microphone_to_test(tmp_path: Path) -> None:
    settings = tmp_path / "node.toml"
    settings.write_text('[audio]\nsource = "stdin"\n')

    line = [sys.executable, "-m", "node", "run", "--self-test", "--config", str(settings)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stderr == "audio.source is 'stdin': there is no microphone to test\n"
    assert done.returncode == 2
