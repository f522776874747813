"""How soon after its start a node knows what sounds."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.cpu import LISTEN, one_thread
from bench.sound import RATE_HZ, clips, onset_s, write_wav
from bench.table import Table

ROUNDS = 5
GOAL_S = 0.6
PLAYED = "door_knock"
"""The network is certain of it by its first half second, with which the first window ends."""
FIRST_S = 0.5


def measure() -> Table:
    """Start `listen` on a recording whose first window is an event, and wait for that event."""
    knocks = clips()[PLAYED]
    with tempfile.TemporaryDirectory() as name:
        sounding = knocks[int(onset_s(knocks) * RATE_HZ) :]
        wav = write_wav(Path(name) / "knocks.wav", sounding)
        _first_event_s(wav)  # what Python compiles and the disk must give, once
        took_s = [_first_event_s(wav) for _ in range(ROUNDS)]
    return Table(
        title="From a node's start to the scores of its first window",
        command="SORIBIT_DATA=... make bench ARGS=node_cost",
        columns=("median s", "fastest s", "slowest s"),
        rows=(tuple(f"{each:.2f}" for each in (median(took_s), min(took_s), max(took_s))),),
        notes=(
            f"{ROUNDS} starts of `python -m node listen --json` on knocks that sound from "
            "the first sample: from before the process is made until the event of its first "
            f"window (0 to {FIRST_S} s of the file) was read from its output. Nothing taken off; "
            "one start before them, so that its files are in memory.",
            f"Median {median(took_s):.2f} s (goal <= {GOAL_S} s).",
        ),
    )


def _first_event_s(wav: Path) -> float:
    """Seconds until a fresh process has told the first window's event.

    Raises:
        ValueError: What it told first was of a later window.
    """
    began_s = time.perf_counter()
    command = [sys.executable, *LISTEN, str(wav)]
    done = subprocess.Popen(command, stdout=subprocess.PIPE, env=one_thread(), text=True)
    with done as node:
        line = node.stdout.readline() if node.stdout else ""
        took_s = time.perf_counter() - began_s
        node.communicate()
    if not line or json.loads(line)["at_s"] > FIRST_S:
        raise ValueError(f"the first window of {PLAYED} was no event: {line!r}")
    return took_s
