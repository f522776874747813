"""From the onset of a sound in a played recording to the command that its bulb receives."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import BinaryIO

import numpy as np
import tomli_w
from numpy.typing import NDArray

from bench.sound import RATE_HZ, as_pcm, clips, onset_s
from bench.stack import Role, Stack, stack
from bench.table import Table, percentile
from contract.catalogue import Urgency, catalogue
from contract.mqtt import Arrival

ROUNDS = 4
LEAD_S, ROUND_S = 8.0, 25.0
STEP = RATE_HZ // 50
LIGHTS = {Urgency.EMERGENCY, Urgency.ATTENTION}


def measure() -> Table:
    """Give each of the demo's alerting recordings a node, a room and a lamp, and play them all."""
    played = {name: clip for name, clip in clips().items() if _alerts(name)}
    rounds = [_round(played, lead_s=LEAD_S + n / ROUNDS * 0.5) for n in range(ROUNDS)]
    delays_s = {name: [found[name] for found in rounds if name in found] for name in played}
    flat = [delay for found in delays_s.values() for delay in found]
    missed = ROUNDS * len(played) - len(flat)
    rows = [
        (name, f"{len(found)} of {ROUNDS}", *_figures(found)) for name, found in delays_s.items()
    ]
    rows.append(("**all**", f"{len(flat)} of {ROUNDS * len(played)}", *_figures(flat)))
    return Table(
        title="Sound onset to bulb command",
        command="make bench ARGS=onset",
        columns=("recording", "lit a lamp", "p50 s", "p95 s", "worst s"),
        rows=tuple(rows),
        notes=(
            f"Each recording {ROUNDS} times at different phases of the node's half-second pace, in "
            "real time, through node, mosquitto and hub. Onset: 20 ms RMS above a tenth of its "
            f"peak. Recordings that lit no lamp within the round: {missed}.",
            "Goal: p50 <= 1.2 s, p95 <= 2.5 s.",
        ),
    )


def _alerts(name: str) -> bool:
    """Whether a recording, named after its sound, lights lamps."""
    return catalogue().get(name).urgency in LIGHTS


def _figures(delays_s: list[float]) -> tuple[str, ...]:
    if not delays_s:
        return ("-", "-", "-")
    return tuple(f"{percentile(delays_s, share):.2f}" for share in (0.5, 0.95, 1.0))


def _round(played: dict[str, NDArray[np.float32]], *, lead_s: float) -> dict[str, float]:
    """Play everything once in a fresh home; returns the delays in s of what lit its lamp."""
    ids = {f"ear{n}": name for n, name in enumerate(played)}
    hub: dict[str, object] = {
        "alerts": {"lamps": "room"},
        "rooms": {ear: {"name": ear, "nodes": [ear]} for ear in ids},
        "lights": {
            ear: {"name": ear, "topic": f"zigbee2mqtt/{ear}", "room": ear, "sight_group": ear}
            for ear in ids
        },
    }
    accounts: dict[str, Role] = {**dict.fromkeys(ids, "node"), "bulbs": "lamp"}
    lit_s: dict[str, float] = {}
    with stack(hub, accounts) as running, ExitStack() as nodes:
        bulbs = running.link("bulbs")

        def commanded(arrival: Arrival) -> None:
            ear, wish = arrival.topic.split("/")[1], json.loads(arrival.payload)
            if _is_lit(wish, catalogue().get(ids[ear]).colour):
                lit_s.setdefault(ear, time.perf_counter())
            bulbs.publish(f"zigbee2mqtt/{ear}", arrival.payload)

        bulbs.subscribe("zigbee2mqtt/+/set", commanded)
        pipes = {ear: nodes.enter_context(_node(running, ear, nodes)) for ear in ids}
        began_s = _play(pipes, {ear: played[name] for ear, name in ids.items()}, lead_s)
        bulbs.stop()
    return {
        ids[ear]: at_s - began_s - lead_s - onset_s(played[ids[ear]]) for ear, at_s in lit_s.items()
    }


def _is_lit(wish: dict[str, object], colour: str) -> bool:
    """Whether a lamp was told to shine in a sound's own colour; trouble has another."""
    r, g, b = bytes.fromhex(colour[1:])
    return wish.get("state") == "ON" and wish.get("color") == {"r": r, "g": g, "b": b}


def _node(running: Stack, ear: str, nodes: ExitStack) -> BinaryIO:
    """Start a node that reads a pipe; returns the pipe's writing end."""
    pipe = running.folder / f"{ear}.pcm"
    os.mkfifo(pipe)
    config = running.folder / f"{ear}.toml"
    broker = {"port": running.broker_port, "password_file": str(running.folder / f"{ear}.secret")}
    audio = {"source": "fifo", "path": str(pipe)}
    settings = {"node_id": ear, "audio": audio, "broker": broker}
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "node", "run", "--config", str(config)]
    command += ["--state", str(running.folder / ear)]
    child = nodes.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL))
    nodes.callback(child.terminate)
    return pipe.open("wb", buffering=0)


def _play(
    pipes: dict[str, BinaryIO], played: dict[str, NDArray[np.float32]], lead_s: float
) -> float:
    """Feed every node in real time: faint noise, its recording after `lead_s`, faint noise."""
    noise = np.random.default_rng(1)
    total, lead = int(ROUND_S * RATE_HZ), int(lead_s * RATE_HZ)
    streams = {}
    for ear, clip in played.items():
        samples = noise.normal(0.0, 1e-4, total).astype(np.float32)
        samples[lead : lead + clip.size] += clip[: total - lead]
        streams[ear] = as_pcm(samples)
    began_s = time.perf_counter()
    for start in range(0, total, STEP):
        time.sleep(max(0.0, began_s + (start + STEP) / RATE_HZ - time.perf_counter()))
        for ear, pipe in pipes.items():
            pipe.write(streams[ear][2 * start : 2 * (start + STEP)])
    return began_s
