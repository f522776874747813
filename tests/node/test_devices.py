"""`soribit devices` on real microphones: a list, or bars that move."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.pulse import Microphones, microphones
from tests.real import ROOT, need, until
from tests.tones import RATE_HZ, as_pcm, noise

COMMAND = [sys.executable, "-m", "node", "devices"]
SOMEBODY = 65534
"""Debian's user "nobody"."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Microphones]:
    """A quiet microphone, one that clips, one that delivers zeros."""
    with microphones(tmp_path_factory.mktemp("sound"), "desk", "shelf", "dead") as there:
        there.plug("desk", as_pcm(noise(5.0, amplitude=0.01)))
        there.plug("shelf", as_pcm(np.sign(noise(5.0, seed=1))), rate_hz=48_000)
        there.plug("dead", bytes(2 * RATE_HZ))
        yield there


def devices(there: Microphones, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    env = os.environ | there.environment
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def named(folder: Path, device: str) -> Path:
    settings = folder / "node.toml"
    settings.write_text(f'[audio]\ndevice = "{device}"\n')
    return settings


@pytest.mark.parametrize("arguments", [[], ["--list"], ["--list", "--seconds", "60"]])
def test_without_a_terminal_or_when_asked_the_microphones_are_listed(
    there: Microphones, arguments: list[str]
) -> None:
    done = devices(there, *arguments)

    names = [line.removesuffix(" (default)") for line in done.stdout.splitlines()]
    assert {"desk, ALSA", "shelf, ALSA", "dead, ALSA"} <= set(names)
    assert done.returncode == 0


def test_all_microphones_show_at_once_how_loud_they_hear(
    there: Microphones, tmp_path: Path
) -> None:
    done = devices(there, "--seconds", "4", "--config", named(tmp_path, "shelf"))

    lines = done.stdout.splitlines()
    bars = {name.strip(): bar for name, bar in zip(lines[::2], lines[1::2], strict=False)}
    assert " -40 dBFS" in bars["desk, ALSA"]
    assert bars["* shelf, ALSA"].endswith("clips")
    assert bars["dead, ALSA"].endswith("silent (zeros)")
    assert lines[-1] == "* is the one that node.toml names"
    assert done.returncode == 0


@pytest.mark.parametrize("device", ["attic", "d"])
def test_a_name_in_the_settings_that_fits_none_or_two_is_told_below_the_bars(
    there: Microphones, tmp_path: Path, device: str
) -> None:
    done = devices(there, "--seconds", "1", "--config", named(tmp_path, device))

    assert done.stdout.splitlines()[-1].startswith("node.toml: ")
    assert f"microphone {device!r}" in done.stdout


def test_settings_that_cannot_be_read_are_told_and_the_bars_shown(
    there: Microphones, tmp_path: Path
) -> None:
    done = devices(there, "--seconds", "1", "--config", tmp_path / "gone.toml")

    assert "gone.toml" in done.stderr
    assert "desk, ALSA" in done.stdout
    assert done.returncode == 0


def test_a_user_to_whom_the_settings_of_a_service_are_closed_sees_the_microphones(
    tmp_path: Path,
) -> None:
    need(os.geteuid() == 0 and shutil.which("unshare"), "root and unshare")
    (tmp_path / "etc/soribit").mkdir(mode=0o700, parents=True)
    os.chown(tmp_path / "etc/soribit", SOMEBODY, SOMEBODY)
    shutil.copy("/etc/ld.so.cache", tmp_path / "etc")  # where PortAudio is
    bound = f'mount --bind {tmp_path}/etc /etc && exec "$@"'
    like_a_user = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    command = ["unshare", "-m", "sh", "-c", bound, "sh", *like_a_user, *COMMAND]
    line = [*command, "--seconds", "1"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)

    told = done.stderr.splitlines()
    assert "node.toml is closed to this user" in told[0]
    assert told[-1] == "no microphone is connected"
    assert done.returncode == 0


def test_on_a_terminal_the_bars_move_until_they_are_ended(there: Microphones) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        COMMAND, cwd=ROOT, env=os.environ | there.environment, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    drawn = b""

    def moves() -> bool:
        nonlocal drawn
        drawn += os.read(ours, 65_536)
        return drawn.count(b"desk, ALSA") >= 3

    until(moves, within_s=60, what="three pictures")
    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert re.search(rb"\x1b\[\d+F", drawn)
    os.close(ours)


def test_without_any_microphone_it_is_told(tmp_path: Path) -> None:
    with microphones(tmp_path) as nothing:
        done = devices(nothing, "--seconds", "1")

    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "no microphone is connected"
    assert done.returncode == 0
