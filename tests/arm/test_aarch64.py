"""A node on a Raspberry Pi's processor hears what it hears on ours, by emulation."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from node.spectra import Floats
from tests.arm.tree import Arm64, arm64
from tests.brokers import RunningBroker
from tests.kitchen import Hub, listening_hub
from tests.real import ROOT, until
from tests.tones import TINY_BUNDLE, noise, smoke_alarm, t3, t4, tone, write

pytestmark = [pytest.mark.arm, pytest.mark.timeout(600)]

AT_TOLERANCE_S = 0.05
"""A tenth of the time from one decision to the next: each must fall in the same one."""
SCORE_TOLERANCE = 0.01
"""A picture that is not bit-equal can move an int8 input by one step, and so a score; as yet all
are equal in their four decimals."""
PICTURE_TOLERANCE_DB = 1e-3
"""Two processors sum FFT and mel bands in another order. Measured: 8e-6 dB (a step of float32) in
recordings, 4e-4 dB between the partials of a computed tone; librosa is as near."""
FLOAT_TOLERANCE = 1e-4
"""The same for networks with float sums, whose outputs reach 16."""
INT8 = ("household", "int8", "int8-float-io")
FLOAT = ("dynamic", "float16", "float32")

Event = dict[str, object]


@dataclass(frozen=True)
class Heard:
    """What one machine made of the recordings."""

    events: list[Event]
    numbers: dict[str, Floats]


@pytest.fixture(scope="module")
def machine() -> Arm64:
    return arm64()


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The demo's recordings, and sounds computed as everywhere in these tests."""
    folder = tmp_path_factory.mktemp("recordings")
    made = {"alarm": smoke_alarm(), "t3": t3(2), "tone": tone(3.0), "noise": noise(4.0)}
    made["t4"] = np.concatenate((noise(3.0, seed=1), t4(3), noise(6.0, seed=2)))
    written = [write(folder / f"{name}.wav", sound) for name, sound in made.items()]
    written.append(write(folder / "other_rate.flac", tone(9.0, hz=440.0), rate_hz=44_100))
    return [str(path) for path in [*sorted((ROOT / "soribit/demo").glob("*.flac")), *written]]


@pytest.fixture(scope="module")
def both(
    machine: Arm64, recordings: list[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Heard, Heard]:
    """What this machine heard, and what aarch64 heard and made of this machine's pictures."""
    folder = tmp_path_factory.mktemp("heard")
    ours, theirs = folder / "ours", folder / "theirs"
    given = [str(ours / "pictures.npy"), *recordings]
    script = str(Path(__file__).with_name("hear.py"))
    here = machine.environment | {"PYTHONPATH": str(ROOT)}
    return (
        _heard([sys.executable, script, str(ours), *given], here, ours),
        _heard(machine.command(script, theirs, *given), machine.environment, theirs),
    )


def _heard(command: list[str], environment: dict[str, str], folder: Path) -> Heard:
    folder.mkdir()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return Heard(events, {path.stem: np.load(path) for path in folder.glob("*.npy")})


def test_the_emulated_python_is_aarch64(machine: Arm64) -> None:
    line = machine.command("-c", "import platform; print(platform.machine())")
    assert subprocess.check_output(line, env=machine.environment, text=True).strip() == "aarch64"


def test_every_library_of_the_node_can_be_imported(machine: Arm64) -> None:
    names = "ai_edge_litert.interpreter, msgspec, numpy, paho.mqtt.client, sounddevice, soxr"
    line = machine.command("-c", f"import {names}, soundfile, sqlite3")
    subprocess.run(line, env=machine.environment, check=True)


def test_the_same_events_are_heard(both: tuple[Heard, Heard]) -> None:
    ours, theirs = (heard.events for heard in both)

    def kinds(events: list[Event]) -> list[list[object]]:
        return [[each[key] for key in ("file", "sound", "phase", "heard_by")] for each in events]

    assert len(ours) >= 20
    assert kinds(theirs) == kinds(ours)
    for here, there in zip(ours, theirs, strict=True):
        assert there["at_s"] == pytest.approx(here["at_s"], abs=AT_TOLERANCE_S), here
        assert there["score"] == pytest.approx(here["score"], abs=SCORE_TOLERANCE), here
        assert there["level_db"] == pytest.approx(here["level_db"], abs=0.1), here


@pytest.mark.parametrize(
    ("recording", "sound"), [("alarm", "smoke_alarm"), ("t3", "smoke_alarm"), ("t4", "co_alarm")]
)
def test_alarms_are_heard_by_their_rhythms_there_too(
    both: tuple[Heard, Heard], recording: str, sound: str
) -> None:
    _, theirs = (heard.events for heard in both)
    of_it = [each for each in theirs if Path(str(each["file"])).stem == recording]
    began = {each["sound"]: each["heard_by"] for each in of_it if each["phase"] == "began"}
    assert began.get(sound) in ("rhythm", "both")


def test_log_mel_pictures_are_the_same_but_for_rounding(both: tuple[Heard, Heard]) -> None:
    ours, theirs = (heard.numbers["pictures"] for heard in both)
    assert len(ours) > 100
    difference_db = float(np.abs(theirs - ours).max())
    assert difference_db <= PICTURE_TOLERANCE_DB


@pytest.mark.parametrize("network", INT8)
def test_int8_networks_answer_the_same_picture_bit_for_bit(
    both: tuple[Heard, Heard], network: str
) -> None:
    ours, theirs = (heard.numbers[network] for heard in both)
    assert np.ptp(ours) > 1.0
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("network", FLOAT)
def test_float_networks_answer_the_same_but_for_rounding(
    both: tuple[Heard, Heard], network: str
) -> None:
    ours, theirs = (heard.numbers[network] for heard in both)
    assert np.ptp(ours) > 1.0
    assert float(np.abs(theirs - ours).max()) <= FLOAT_TOLERANCE


@pytest.fixture
def hub(mosquitto: RunningBroker) -> Iterator[Hub]:
    with listening_hub(mosquitto) as peer:
        yield peer


def test_a_whole_node_reports_an_alarm_to_a_broker(
    machine: Arm64, mosquitto: RunningBroker, hub: Hub, tmp_path: Path
) -> None:
    sound = write(tmp_path / "alarm.wav", np.concatenate((noise(1.0), t3(1), noise(5.0))))
    config = tmp_path / "node.toml"
    config.write_text(
        f'node_id = "kitchen"\n[broker]\nport = {mosquitto.port}\n'
        f'password_file = "{tmp_path}/kitchen.password"\n'
        f'[audio]\nsource = "file"\nfiles = ["{sound}"]\n'
    )
    folders = ["--state", str(tmp_path / "state"), "--model", str(TINY_BUNDLE)]
    command = machine.command("-m", "node", "run", "--config", config, *folders)
    with (tmp_path / "node.log").open("wb") as log:
        node = subprocess.Popen(command, cwd=ROOT, env=machine.environment, stderr=log)
    try:
        until(lambda: node.poll() is not None or hub.heard_an_end(), within_s=120, what="its end")
        assert node.poll() is None, (tmp_path / "node.log").read_text()[-2000:]
        assert {each.sound for each in hub.events} == {"smoke_alarm"}
        assert hub.statuses()[-1].state == "online"
    finally:
        node.kill()
        node.wait(10)
