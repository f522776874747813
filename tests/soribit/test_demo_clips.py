"""What the demo plays is what the shipped network hears."""

import json
import re
import subprocess
import sys

import pytest

from contract.catalogue import catalogue
from soribit.home import CLIPS, TEMPLATES
from tests.real import ROOT

NAMES = sorted(path.stem for path in CLIPS.glob("*.flac"))


@pytest.fixture(scope="module")
def heard() -> dict[str, set[str]]:
    """The sounds that began, by clip."""
    files = [str(CLIPS / f"{name}.flac") for name in NAMES]
    line = [sys.executable, "-m", "soribit", "listen", "--json", *files]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        name: {event["sound"] for event in events if event["file"].endswith(f"/{name}.flac")}
        for name in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_clip_is_heard_as_what_it_is_called_and_nothing_else(
    heard: dict[str, set[str]], name: str
) -> None:
    assert heard[name] == {name}


def test_every_clip_is_a_sound_of_the_catalogue() -> None:
    assert set(NAMES) <= set(catalogue().sound)


def test_every_clip_is_played_and_attributed() -> None:
    attributed = (CLIPS / "ATTRIBUTION.md").read_text(encoding="utf-8")
    played = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("demo-*.toml"))
    assert set(re.findall(r"clips/(\w+)\.flac", played)) == set(NAMES)
    assert set(re.findall(r"`(\w+)\.flac`", attributed)) == set(NAMES)


def test_clips_are_small_enough_for_a_wheel() -> None:
    assert sum(path.stat().st_size for path in CLIPS.glob("*.flac")) < 1_500_000
