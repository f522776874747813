"""The table of the fault suite: what was done to Soribit, and what then still held."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

FILE, SEED = "SORIBIT_FAULTS_ROWS", "SORIBIT_FAULTS_SEED"
TITLES = {
    "scenario": "scenario",
    "broker": "broker",
    "faults": "faults",
    "events": "events",
    "lost": "lost",
    "twice": "twice",
    "longest_s": "longest alert delay (s)",
    "note": "also seen",
}


class Row(Struct, frozen=True, kw_only=True):
    """One scenario's outcome."""

    scenario: str
    broker: str
    faults: int
    """Kills, cuts, dropped or hostile messages."""
    events: int = 0
    lost: int = 0
    twice: int = 0
    longest_s: float | None = None
    note: str = ""


def seed() -> int:
    """Return the seed of this run; where nobody chose one, always the same."""
    return int(os.environ.get(SEED, "1"))


def add(row: Row) -> None:
    """Keep a row for the table, where somebody wants one."""
    if path := os.environ.get(FILE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(msgspec.json.encode(row).decode() + "\n")


def table(path: Path) -> str:
    """Return the rows of a file as a Markdown table; of a short and a long form, the long one."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows: dict[tuple[str, str], Row] = {}
    for row in sorted(map(_row, lines), key=lambda row: (row.faults, row.events)):
        rows[row.scenario, row.broker] = row
    shown = [asdict(row) for _, row in sorted(rows.items())]
    head = [f"| {' | '.join(TITLES.values())} |", f"|{'---|' * len(TITLES)}"]
    return "\n".join(
        [*head, *(f"| {' | '.join(_cell(row[key]) for key in TITLES)} |" for row in shown)]
    )


def _row(line: str) -> Row:
    return msgspec.json.decode(line, type=Row)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
