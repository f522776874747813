"""The question that an installer asks before it changes versions, on the real command line."""

import shutil
import subprocess
import sys
from pathlib import Path

from hub.store.files import copies
from tests.hub.store.test_upgrade import OLD, schema_in, set_schema
from tests.real import ROOT


def check(state: Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "hub", "check-history", "--state", str(state)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def test_newer_history_is_your_input_in_one_sentence(tmp_path: Path) -> None:
    set_schema(Path(shutil.copy(OLD, tmp_path / "hub.sqlite")), "0099")
    done = check(tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("hub.sqlite is of a newer Soribit (schema 0099, this one knows")
    assert len(done.stderr.splitlines()) == 1


def test_older_history_is_well_and_left_as_it_is(tmp_path: Path) -> None:
    path = Path(shutil.copy(OLD, tmp_path / "hub.sqlite"))
    done = check(tmp_path)
    assert done.returncode == 0
    assert "schema 0001; at its start the hub copies it" in done.stdout
    assert (schema_in(path), copies(path)) == ("0001", [])


def test_no_history_is_well_and_none_is_made(tmp_path: Path) -> None:
    done = check(tmp_path / "nowhere")
    assert (done.returncode, list(tmp_path.iterdir())) == (0, [])


def test_damaged_history_keeps_nobody_from_changing_versions(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite").write_bytes(b"\xa5" * 9000)
    done = check(tmp_path)
    assert done.returncode == 0
    assert "cannot be read" in done.stderr
