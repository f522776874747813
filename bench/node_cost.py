"""What a node costs: CPU beside its peer's, memory while it runs, and time until it hears."""

import os
import sys
from pathlib import Path

from bench import cpu, node_memory, node_start
from bench.table import Table

LONG_S = 330.0
GOAL, AIM = 0.5, 0.25


def measure() -> tuple[Table, ...]:
    """Weigh a node on this machine."""
    yamnet = Path(os.environ.get("SORIBIT_DATA", "")) / "yamnet" / "yamnet.tflite"
    peer = yamnet if yamnet.exists() else None
    return _cpu(peer), node_memory.measure(peer), node_start.measure()


def _cpu(peer: Path | None) -> Table:
    costs = cpu.measure([sys.executable], peer, long_s=LONG_S)
    told = "YAMNet was not measured: SORIBIT_DATA names no folder with yamnet/."
    if peer:
        told = (
            f"Of YAMNet's: gate open {costs.ratio(cpu.OPEN):.2f} (goal <= {GOAL}, aim {AIM}), "
            f"in pink noise {costs.ratio(cpu.NOISY):.2f} (the same goal)."
        )
    return Table(
        title="What a node costs",
        command="SORIBIT_DATA=... make bench ARGS=node_cost",
        columns=cpu.COLUMNS,
        rows=costs.rows(),
        notes=(cpu.how(LONG_S), told),
    )
