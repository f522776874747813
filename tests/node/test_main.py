"""The node's other commands, as a user meets them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contract.settings import load
from node.settings import NodeSettings
from tests import bundles
from tests.real import ROOT


def node(*arguments: str | Path, modules: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command, with modules of the test's own before the installed ones."""
    command = [sys.executable, "-m", "node", *map(str, arguments)]
    env = os.environ | ({"PYTHONPATH": str(modules)} if modules else {})
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_printed_settings_can_be_used_as_they_are(tmp_path: Path) -> None:
    printed = tmp_path / "node.toml"
    printed.write_text(node("print-config").stdout)

    assert load(printed, NodeSettings) == NodeSettings()
    assert node("check-config", printed).returncode == 0


@pytest.mark.parametrize("command", [["check-config"], ["run", "--config"]])
def test_every_fault_of_the_settings_is_a_line_of_its_own(
    tmp_path: Path, command: list[str]
) -> None:
    path = tmp_path / "node.toml"
    path.write_text('nodeid = "x"\nhop_s = "fast"\n[audio]\nfiles = ["gone.wav"]')

    done = node(*command, path)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3
    assert all(line.startswith(f"{path}: ") for line in done.stderr.splitlines())


@pytest.mark.parametrize("command", [["check-config"], ["run", "--config"]])
def test_a_password_file_that_is_not_there_is_told_with_the_settings_file(
    tmp_path: Path, command: list[str]
) -> None:
    path = tmp_path / "node.toml"
    path.write_text('[broker]\npassword_file = "gone"')

    done = node(*command, path)

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{path}: broker.password_file")


@pytest.mark.parametrize("hop_s", [5.0, 0.33])
def test_a_hop_that_does_not_fit_the_bundle_is_told_with_file_and_key(
    tmp_path: Path, hop_s: float
) -> None:
    path = tmp_path / "node.toml"
    path.write_text(f"hop_s = {hop_s}")

    done = node("run", "--config", path, "--state", tmp_path, "--model", bundles.TINY)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"{path}: hop_s = {hop_s}: hop of {hop_s} s")


def test_a_pipe_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    path, pipe = tmp_path / "node.toml", tmp_path / "pipe"
    pipe.write_text("no pipe")
    path.write_text(f'[audio]\nsource = "fifo"\npath = "{pipe}"')
    model = Path("tests") / "data" / "tiny_bundle"

    done = node("run", "--config", path, "--state", tmp_path, "--model", model)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("is no named pipe; give it another name")


def test_the_microphones_are_listed_or_the_missing_library_is_named() -> None:
    done = node("devices")

    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or "libportaudio2" in done.stderr


@pytest.mark.parametrize("typed", ["-4", "0", "nan", "soon"])
def test_a_meter_that_would_show_nothing_is_refused(typed: str) -> None:
    done = node("devices", f"--seconds={typed}")

    assert done.returncode == 2
    assert f"{typed!r} is no length of time; give 1 or more seconds" in done.stderr


def test_without_the_portaudio_library_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")

    done = node("devices", modules=tmp_path)

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "apt install libportaudio2" in sentence


def test_without_sounddevice_one_sentence_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise ModuleNotFoundError('sounddevice')")

    done = node("devices", modules=tmp_path)

    assert done.returncode == 1
    assert "soribit[node]" in done.stderr


BROKEN = """
class PortAudioError(Exception): pass
_initialized = 1
def _terminate(): global _initialized; _initialized -= 1
def _initialize(): {initialize}
def query_hostapis(): raise PortAudioError("Unanticipated host error")
"""


@pytest.mark.parametrize("initialize", ["pass", "raise PortAudioError('Unanticipated host error')"])
def test_a_sound_system_that_fails_is_one_sentence(tmp_path: Path, initialize: str) -> None:
    (tmp_path / "sounddevice.py").write_text(BROKEN.format(initialize=initialize))

    done = node("devices", modules=tmp_path)

    assert done.returncode == 1
    assert done.stderr.splitlines() == ["PortAudio: Unanticipated host error"]


def test_numpy_is_told_to_use_one_thread_before_it_is_imported() -> None:
    ask = "import node.__main__, os, sys; print(os.environ[sys.argv[1]], 'numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", ask, "OPENBLAS_NUM_THREADS"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["1", "False"]
