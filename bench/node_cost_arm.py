"""What a node costs beside its peer on a Raspberry Pi 4's processor, by emulation."""

import os
from pathlib import Path
from statistics import median

from bench.node_cost import cpu_ms, recordings
from bench.table import Table

ARM64 = Path(__file__).parent.parent / ".arm64"
"""Made by `make test-arm`: a Debian for arm64 and the node's wheels."""
SHORT_S, LONG_S = 10.0, 70.0
ROUNDS = 3


def measure() -> Table:
    """Judge the same recording by an emulated node and an emulated peer, alternating.

    Raises:
        FileNotFoundError: The emulated machine or the peer's network is not there.
    """
    peer = Path(os.environ.get("SORIBIT_DATA", "")) / "yamnet" / "yamnet.tflite"
    for needed in (ARM64 / "wheels.recipe", peer):
        if not needed.exists():
            raise FileNotFoundError(f"{needed}: run make test-arm, and set SORIBIT_DATA")
    with recordings(SHORT_S, LONG_S) as played:
        both = [
            (
                cpu_ms([*_python(), "-m", "node", "listen", "--json"], played),
                cpu_ms([*_python(), "-m", "bench.peer_yamnet", str(peer)], played),
            )
            for _ in range(ROUNDS)
        ]
    ours, theirs = (median(column) for column in zip(*both, strict=True))
    ratio = median(a / b for a, b in both)
    return Table(
        title="What a node costs on a Cortex-A72, emulated",
        command="SORIBIT_DATA=... make bench ARGS=node_cost_arm",
        columns=("ears", "CPU ms of this machine per second of audio"),
        rows=(
            ("node, household, 2 decisions a second", f"{ours:.1f}"),
            ("YAMNet as Frigate runs it, 1.03 a second", f"{theirs:.1f}"),
        ),
        notes=(
            f"qemu-user, medians of {ROUNDS} runs; the slope between {SHORT_S:.0f} and "
            f"{LONG_S:.0f} s of the demo's recordings. Emulation charges for each translated "
            "instruction, not for cycles: only the ratio says something, and that as a hint.",
            f"Node to YAMNet: {ratio:.2f} (goal <= 0.20).",
        ),
    )


def _python() -> list[str]:
    """The emulated Python; only there do the wheels for aarch64 count."""
    system, wheels = ARM64 / "system", f"PYTHONPATH={ARM64 / 'wheels'}"
    words = ["qemu-aarch64-static", "-cpu", "cortex-a72", "-E", wheels, "-L", str(system)]
    return [*words, str(system / "usr/bin/python3.11")]
