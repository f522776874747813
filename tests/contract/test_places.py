import os
import subprocess
from pathlib import Path

from contract.places import settings_file
from tests.real import ROOT, need

SYSTEM_PYTHON = Path("/usr/bin/python3")
"""Ours may lie where another user cannot look."""


def test_settings_of_the_machine_are_used_where_none_are_named(tmp_path: Path) -> None:
    assert settings_file("hub", None, folder=tmp_path) is None
    (tmp_path / "hub.toml").touch()
    assert settings_file("hub", None, folder=tmp_path) == tmp_path / "hub.toml"
    assert settings_file("hub", "mine.toml", folder=tmp_path) == Path("mine.toml")


def test_settings_that_another_user_may_not_read_are_no_defaults() -> None:
    need(os.geteuid() == 0 and SYSTEM_PYTHON.exists(), "root and a Python of the system")
    code = (
        "import os, sys, tempfile; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from contract.places import settings_file; from contract.errors import InputError;"
        "folder = Path(tempfile.mkdtemp()); os.seteuid(65534)\n"
        "try: settings_file('hub', None, folder=folder)\n"
        "except InputError as error: print(error)\n"
        "os.seteuid(0); folder.rmdir()"
    )
    line = [str(SYSTEM_PYTHON), "-c", code, str(ROOT)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert "hub.toml is closed to this user (Permission denied); use sudo" in done.stdout
