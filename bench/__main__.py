"""`python -m bench [NAME ...]`: measure, print, and write docs/benchmarks.md."""

import importlib
import os
import platform
import sys
from pathlib import Path

from bench.table import Table

# Read when numpy is first imported: as `soribit train` and a node set it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

MEASUREMENTS = ("light_latency", "onset", "node_cost", "home_memory")
ON_REQUEST = ("node_cost_arm", "esc50", "frames", "thresholds")
"""What needs more than Python: `make test-arm` first, data, or hours of training."""
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
HEADER = """# Benchmarks

Written by `make bench`; each table names the command that makes it again. The machines that measure
are shared and noisy: trust ratios within one table more than figures between tables.
"""


def main(names: list[str]) -> int:
    """Run the measurements that are named, else all; the other tables stay as they are."""
    known = (*MEASUREMENTS, *ON_REQUEST)
    unknown = set(names) - set(known)
    if unknown:
        print(f"no measurement {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        return 2
    sections = _sections()
    for name in names or MEASUREMENTS:
        table: Table = importlib.import_module(f"bench.{name}").measure()
        print(table.markdown(), flush=True)
        machine = f"- Measured on {platform.machine()}, Python {platform.python_version()}."
        sections[table.title] = f"{table.markdown().rstrip()}\n{machine}\n"
    PAGE.write_text("\n".join([HEADER, *sections.values()]), encoding="utf-8")
    return 0


def _sections() -> dict[str, str]:
    """The tables that the page holds already, by title."""
    if not PAGE.exists():
        return {}
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.splitlines()[0]: f"## {part.rstrip()}\n" for part in parts}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
