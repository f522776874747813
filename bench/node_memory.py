"""What a whole node holds in memory, fed by a file and by a microphone, beside its peer."""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import psutil
import tomli_w

from bench.cpu import MODEL, PEER, one_thread
from bench.loudspeaker import DEVICE, is_there, loudspeaker
from bench.sound import household, write_wav
from bench.stack import Stack, stack
from bench.table import Table
from contract.topics import node_event

PLAYED_S = 25.0
LONG_S = 120.0
"""Longer than a node takes to start and to play."""
ROUNDS = 5
FILE, MICROPHONE = "node, from a file", "node, from a microphone"
YAMNET = "YAMNet as Frigate runs it, from a file"
GOALS_MB = {FILE: 60.0, MICROPHONE: 85.0}
MB = 1 << 20


def measure(peer: Path | None) -> Table:
    """Let whole nodes hear the demo's recordings in real time, by turns, and look."""
    held_mb: dict[str, list[float]] = {FILE: [], MICROPHONE: [], YAMNET: []}
    with tempfile.TemporaryDirectory() as name:
        wav = write_wav(Path(name) / "long.wav", household(LONG_S))
        for turn in range(ROUNDS):
            held_mb[FILE].append(_node_mb({"source": "file", "files": [str(wav)]}, {}))
            if is_there():
                folder = Path(name) / str(turn)
                folder.mkdir()
                with loudspeaker(folder, wav) as environment:
                    held_mb[MICROPHONE].append(_node_mb({"device": DEVICE}, environment))
            if peer:
                held_mb[YAMNET].append(_peer_mb(peer, wav))
    middle_mb = {ears: median(each) for ears, each in held_mb.items() if each}
    goals = [
        f"{ears.capitalize()}: {middle_mb[ears]:.1f} MB (goal <= {goal_mb:.0f} MB)."
        if ears in middle_mb
        else f"{ears.capitalize()}: not measured, there is no PulseAudio here."
        for ears, goal_mb in GOALS_MB.items()
    ]
    return Table(
        title="What a node holds in memory",
        command="SORIBIT_DATA=... make bench ARGS=node_cost",
        columns=("ears", "RSS MB"),
        rows=tuple((ears, f"{each:.1f}") for ears, each in middle_mb.items()),
        notes=(
            f"Medians of {ROUNDS}, by turns. Whole processes with broker link and outbox, after "
            f"{PLAYED_S:.0f} s of the demo's recordings in real time. Microphone: PortAudio, by "
            "ALSA's way to PulseAudio, at the monitor of a sink without a card. YAMNet: without "
            "broker, at its end.",
            *goals,
        ),
    )


def _node_mb(audio: dict[str, object], environment: dict[str, str]) -> float:
    """Memory of a node that has heard for a while.

    Raises:
        RuntimeError: It has reported no sound meanwhile.
    """
    rooms = {"room": {"name": "Room", "nodes": ["ear"]}}
    with ExitStack() as opened:
        running = opened.enter_context(stack({"rooms": rooms}, {"ear": "node", "watcher": "hub"}))
        heard: list[bytes] = []
        link = running.link("watcher")
        opened.callback(link.stop)
        link.subscribe(node_event("ear"), lambda arrival: heard.append(arrival.payload))
        command, quiet = _command(running, audio), subprocess.DEVNULL
        given = {**one_thread(), **environment}
        with subprocess.Popen(command, stdout=quiet, stderr=quiet, env=given) as node:
            time.sleep(PLAYED_S)
            held_mb = psutil.Process(node.pid).memory_info().rss / MB
            node.terminate()
    if not heard:
        raise RuntimeError(f"a node with audio {audio} has reported nothing in {PLAYED_S:.0f} s")
    return held_mb


def _command(running: Stack, audio: dict[str, object]) -> list[str]:
    """Write a node's settings; returns what starts it."""
    config, secret = running.folder / "node.toml", str(running.folder / "ear.secret")
    broker = {"port": running.broker_port, "password_file": secret}
    settings = {"node_id": "ear", "audio": audio, "broker": broker}
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "node", "run", "--config", str(config)]
    return [*command, "--state", str(running.folder / "ear"), "--model", str(MODEL)]


def _peer_mb(peer: Path, wav: Path) -> float:
    command = [sys.executable, *PEER, str(peer), str(wav)]
    done = subprocess.run(command, check=True, capture_output=True, env=one_thread())
    return float(json.loads(done.stdout)["rss_mb"])
