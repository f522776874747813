"""What a node hears at home: alarms, six sounds beside YAMNet, and hours without either.

`SORIBIT_HEARING_SCALE=0.1` plays a tenth of it, for trials.
"""

import os
from pathlib import Path

from bench.table import Table


def measure() -> tuple[Table, ...]:
    """Return all tables of docs/hearing.md, and draw its pictures."""
    from bench.hearing import study  # noqa: PLC0415 - whoever needs a part needs no matplotlib

    scale = float(os.environ.get("SORIBIT_HEARING_SCALE", "1"))
    return study.tables(Path(os.environ["SORIBIT_DATA"]), scale)
