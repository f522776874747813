"""Which kind of data set a folder is, by what lies in it."""

from pathlib import Path

from contract.errors import InputError
from training.datasets import aihub, esc50, folder, table
from training.datasets.clip import Clip
from training.datasets.faults import Faults

ESC50_COLUMNS = "file,label,fold,target,licence,redistributable"


def clips(place: Path, level: str, faults: Faults) -> list[Clip]:
    """List a data set's clips under its own labels.

    Args:
        place: AIHub's layout (01.데이터), ESC-50's (meta/esc50.csv and audio/, or index.csv), a
            manifest.csv, or one folder a class.
        level: Which of AIHub's names is the class.
        faults: Gets what cannot be read.

    Raises:
        InputError: It is none of these, or not there.
    """
    if aihub.is_here(place):
        return aihub.clips(place, level, faults)
    if (place / "meta" / "esc50.csv").is_file():
        return esc50.published(place)
    if (place / table.NAME).is_file():
        return table.clips(place, faults)
    if (place / "index.csv").is_file():
        if _first_line(place / "index.csv") != ESC50_COLUMNS:
            raise InputError(f"{place}/index.csv: has not the columns {ESC50_COLUMNS}")
        return esc50.clips(place, {})
    found = folder.clips(place, called=place.name)
    if not found:
        raise InputError(
            f"{place}: is no data set: neither 01.데이터 (AIHub), meta/esc50.csv or index.csv"
            f" (ESC-50), {table.NAME}, nor a folder a class with recordings in it"
        )
    return found


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8-sig") as file:
        return file.readline().strip()
