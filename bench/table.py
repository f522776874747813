"""One table of measurements, as Markdown."""

from collections.abc import Sequence

from msgspec import Struct


class Table(Struct, frozen=True, kw_only=True):
    """What was measured, by which command, and how it came out."""

    title: str
    command: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """Return the table under its title, with the command that makes it again."""
        return "\n".join(
            [
                f"## {self.title}",
                "",
                f"`{self.command}`",
                "",
                _line(self.columns),
                _line(["---"] * len(self.columns)),
                *(_line(row) for row in self.rows),
                "",
                *(f"- {note}" for note in self.notes),
                "",
            ]
        )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share (0..1) of the sorted values lies, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
