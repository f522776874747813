"""What a node costs beside its peer on a Raspberry Pi 4's processor, by emulation."""

import os
from pathlib import Path

from bench import cpu
from bench.table import Table

ARM64 = Path(__file__).parent.parent / ".arm64"
"""Made by `make test-arm`: a Debian for arm64 and the node's wheels."""
LONG_S = 90.0
GOAL, AIM, SHUT_GOAL = 0.5, 0.25, 0.05


def measure() -> Table:
    """Judge the same recordings by an emulated node and an emulated peer, alternating.

    Raises:
        FileNotFoundError: The emulated machine or the peer's network is not there.
    """
    peer = Path(os.environ.get("SORIBIT_DATA", "")) / "yamnet" / "yamnet.tflite"
    for needed in (ARM64 / "wheels.recipe", peer):
        if not needed.exists():
            raise FileNotFoundError(f"{needed}: run make test-arm, and set SORIBIT_DATA")
    costs = cpu.measure(_python(), peer, long_s=LONG_S)
    return Table(
        title="What a node costs on a Cortex-A72, emulated",
        command="SORIBIT_DATA=... make bench ARGS=node_cost_arm",
        columns=cpu.COLUMNS,
        rows=costs.rows(),
        notes=(
            cpu.how(LONG_S),
            "CPU of this machine under qemu-user. Emulation charges for each translated "
            "instruction, not for cycles: only the ratios say something, and that as a hint.",
            f"Of YAMNet's: gate open {costs.ratio(cpu.OPEN):.2f} (goal <= {GOAL}, aim {AIM}), "
            f"in pink noise {costs.ratio(cpu.NOISY):.2f} (the same goal), "
            f"gate shut {costs.ratio(cpu.SHUT):.3f} (goal <= {SHUT_GOAL}).",
        ),
    )


def _python() -> list[str]:
    """The emulated Python; only there do the wheels for aarch64 count."""
    system, wheels = ARM64 / "system", f"PYTHONPATH={ARM64 / 'wheels'}"
    words = ["qemu-aarch64-static", "-cpu", "cortex-a72", "-E", wheels, "-L", str(system)]
    return [*words, str(system / "usr/bin/python3.11")]
