"""What a node costs beside its peer: CPU per second of audio, memory while it runs."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import tomli_w
from msgspec import Struct

from bench.sound import write_wav
from bench.stack import stack
from bench.table import Table

SHORT_S, LONG_S = 30.0, 330.0
ROUNDS = 5
PLAYED_S = 25.0


class Recordings(Struct, frozen=True):
    """Two files of the same sounds, one longer than the other."""

    short: Path
    long: Path
    longer_s: float


def measure() -> Table:
    """Judge the same recording by a node and by the peer, back to back, alternating."""
    peer = Path(os.environ.get("SORIBIT_DATA", "")) / "yamnet" / "yamnet.tflite"
    with recordings(SHORT_S, LONG_S) as played:
        listen = [sys.executable, "-m", "node", "listen", "--json"]
        yamnet = [sys.executable, "-m", "bench.peer_yamnet", str(peer)]
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(cpu_ms(listen, played))
            if peer.exists():
                theirs.append(cpu_ms(yamnet, played))
        rss_mb = _running_rss_mb(played.long)
        peer_rss_mb = _peer_rss_mb([*yamnet, str(played.short)]) if peer.exists() else None
    rows = [("node, household, 2 decisions a second", f"{median(ours):.2f}", f"{rss_mb:.1f}")]
    notes = [
        f"CPU: medians of {ROUNDS} runs; the slope between {SHORT_S:.0f} and {LONG_S:.0f} s of the "
        "demo's recordings without pauses, so start-up does not count. RSS of the node: the whole "
        "process with broker link and outbox, while it plays a file in real time.",
    ]
    if peer_rss_mb is not None:
        ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
        rows.append(
            (
                "YAMNet as Frigate runs it, 1.03 a second",
                f"{median(theirs):.2f}",
                f"{peer_rss_mb:.1f}",
            )
        )
        notes.append(f"CPU, node to YAMNet: {ratio:.2f} (goal <= 1.0); RSS of the node <= 65 MB.")
    else:
        notes.append("YAMNet was not measured: SORIBIT_DATA names no folder with yamnet/.")
    return Table(
        title="What a node costs",
        command="SORIBIT_DATA=... make bench ARGS=node_cost",
        columns=("ears", "CPU ms per second of audio", "RSS MB"),
        rows=tuple(rows),
        notes=tuple(notes),
    )


@contextmanager
def recordings(short_s: float, long_s: float) -> Iterator[Recordings]:
    """Write the demo's recordings, without pauses, to two files."""
    with tempfile.TemporaryDirectory() as name:
        short = write_wav(Path(name) / "short.wav", seconds=short_s)
        long = write_wav(Path(name) / "long.wav", seconds=long_s)
        yield Recordings(short, long, long_s - short_s)


def cpu_ms(command: list[str], played: Recordings) -> float:
    """Return CPU ms per second of audio: what the longer recording costs more."""
    spent = [_child_cpu_s([*command, str(wav)]) for wav in (played.short, played.long)]
    return (spent[1] - spent[0]) / played.longer_s * 1000


def _child_cpu_s(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_one_thread())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _peer_rss_mb(command: list[str]) -> float:
    done = subprocess.run(command, check=True, capture_output=True, env=_one_thread())
    return float(json.loads(done.stdout)["rss_mb"])


def _running_rss_mb(wav: Path) -> float:
    """Memory of a whole node that has played a file for a while."""
    rooms = {"room": {"name": "Room", "nodes": ["ear"]}}
    with stack({"rooms": rooms}, {"ear": "node"}) as running:
        config = running.folder / "node.toml"
        settings = {
            "node_id": "ear",
            "audio": {"source": "file", "files": [str(wav)]},
            "broker": {
                "port": running.broker_port,
                "password_file": str(running.folder / "ear.secret"),
            },
        }
        config.write_text(tomli_w.dumps(settings), encoding="utf-8")
        command = [sys.executable, "-m", "node", "run", "--config", str(config)]
        command += ["--state", str(running.folder / "ear")]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as node:
            time.sleep(PLAYED_S)
            status = Path(f"/proc/{node.pid}/status").read_text(encoding="ascii")
            node.terminate()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _one_thread() -> dict[str, str]:
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
