"""Run the long form of the fault suite and show its table: python -m tests.faults."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults import report
from tests.real import ROOT

HALVES = (
    ["tests/faults/test_kills.py", "-m", "faults"],
    ["tests/faults", "--ignore=tests/faults/test_kills.py", "-m", ""],
)
"""They mostly wait, so they run side by side, each in a process of its own."""
PAGE = """# Faults

What was done to Soribit, and what then still held. Written by `make faults`;
`make faults SEED=7` does the same to it in another order.

- *events*: reported by nodes while it went on. *lost*: reported, but not in the hub's history at
  the end. *twice*: in the history, or flashed, more than once.
- A report waits 50 ms at most for the disk. Where the disk was slower (*reports on a slow disk*) a
  kill in that moment may cost the event; such a one does not count as lost.
- *longest alert delay*: from the sound to its alert, so the time in which a part was dead counts.
- The nodes of the kills and of the bad lines speak without a microphone: the real outbox, voice and
  link, and a ledger written after each report. One scenario runs the real node on recordings.

Seed {seed}; {machine}.

{table}
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=report.seed(), help="decides every chance")
    parser.add_argument("--write", type=Path, help="page that gets the table")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows"
        environment = {
            **os.environ,
            report.FILE: str(rows),
            report.SEED: str(options.seed),
        }
        halves = [_start(half, environment) for half in HALVES]
        codes = [half.wait() for half in halves]
        table = report.table(rows)
    print(table)
    if options.write and not any(codes):
        machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}"
        page = PAGE.format(seed=options.seed, machine=machine, table=table)
        options.write.write_text(page, encoding="utf-8")
    return max(codes)


def _start(half: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *half]
    return subprocess.Popen(line, cwd=ROOT, env=environment)


if __name__ == "__main__":
    sys.exit(main())
