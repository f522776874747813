"""What could not be read: each with its path and the reason, counted, told once at the end."""

from collections import Counter
from pathlib import Path

from msgspec import Struct

SHOWN = 5


class Fault(Struct, frozen=True, array_like=True):
    """One recording or label that is left out."""

    path: str
    why: str


class Faults:
    """Collects what is left out while a run goes on."""

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def add(self, path: Path | str, why: str) -> None:
        """Note one more."""
        self._found.append(Fault(str(path), why))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._found)

    def summary(self) -> str:
        """Say in one line a reason how many were left out, and name the first of them."""
        if not self._found:
            return "nothing was left out"
        reasons = Counter(_kind(fault) for fault in self._found)
        lines = [f"{self.count} left out:"]
        for reason, count in reasons.most_common():
            named = [fault.path for fault in self._found if _kind(fault) == reason][:SHOWN]
            more = f" and {count - SHOWN} more" if count > SHOWN else ""
            lines.append(f"  {count} x {reason}: {', '.join(named)}{more}")
        return "\n".join(lines)


def _kind(fault: Fault) -> str:
    """The reason without the path that may stand in front of it."""
    return fault.why.removeprefix(f"{fault.path}: ").rpartition("/")[2].partition(": ")[0]
