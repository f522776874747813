"""What the page asks about a stranger, put together for one state folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hub.access.codes import Codes
from hub.access.folder import PageFolder
from hub.access.patience import Patience

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Gate:
    """Codes, the key of the cookies, and how patient we are."""

    folder: PageFolder
    codes: Codes
    mono_s: Callable[[], float]
    patience: Patience = field(default_factory=Patience)


def gate_of(state: Path) -> Gate:
    """Return the gate of a state folder, by the clock of this machine."""
    folder = PageFolder(state)
    codes = Codes(folder, time.monotonic, boot=BOOT_ID.read_text(encoding="utf-8").strip())
    return Gate(folder, codes, time.monotonic)
