"""`python -m bench [NAME ...]`: measure, print, and write docs/benchmarks.md or docs/hearing.md."""

import importlib
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.table import Table

# Read when numpy is first imported: as `soribit train` and a node set it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

MEASUREMENTS = ("light_latency", "onset", "node_cost", "home_memory")
ON_REQUEST = ("node_cost_arm", "esc50", "frames", "hearing")
"""What needs more than Python: `make test-arm` first, data, or hours of training."""
DOCS = Path(__file__).parent.parent / "docs"


@dataclass(frozen=True, slots=True)
class Page:
    """A document of tables, and what stands above them."""

    path: Path
    header: str

    def sections(self) -> dict[str, str]:
        """The tables that the page holds already, by title."""
        if not self.path.exists():
            return {}
        parts = self.path.read_text(encoding="utf-8").split("\n## ")[1:]
        return {part.splitlines()[0]: f"## {part.rstrip()}\n" for part in parts}

    def add(self, tables: tuple[Table, ...]) -> None:
        """Put tables in the place of those of the same titles, else at the end."""
        machine = f"- Measured on {platform.machine()}, Python {platform.python_version()}."
        added = {one.title: f"{one.markdown().rstrip()}\n{machine}\n" for one in tables}
        sections = self.sections() | added
        self.path.write_text("\n".join([self.header, *sections.values()]), encoding="utf-8")


BENCHMARKS = Page(
    DOCS / "benchmarks.md",
    """# Benchmarks

Written by `make bench`; each table names the command that makes it again. The machines that measure
are shared and noisy: trust ratios within one table more than figures between tables.
""",
)
HEARING = Page(
    DOCS / "hearing.md",
    """# What a node hears

Written by `SORIBIT_DATA=... make bench ARGS=hearing`, which needs espeak-ng. Alarms are
synthesised, the six sounds are recordings that the shipped network was not trained on, and both
stand apart. The household is the network that ships; YAMNet is Google's, run as Frigate runs it and
tuned, on the same sound in the same run.

![Recall of T3 and T4 against the SNR](pictures/hearing-alarms.png)

![Recall of six sounds against false alerts an hour](pictures/hearing-sounds.png)
""",
)
PAGES = {"hearing": HEARING}


def main(names: list[str]) -> int:
    """Run the measurements that are named, else all; the other tables stay as they are."""
    known = (*MEASUREMENTS, *ON_REQUEST)
    unknown = set(names) - set(known)
    if unknown:
        print(f"no measurement {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        return 2
    for name in names or MEASUREMENTS:
        measured: Table | tuple[Table, ...] = importlib.import_module(f"bench.{name}").measure()
        tables = (measured,) if isinstance(measured, Table) else measured
        for table in tables:
            print(table.markdown(), flush=True)
        PAGES.get(name, BENCHMARKS).add(tables)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
