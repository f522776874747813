import os
import stat
from pathlib import Path

import pytest

from contract import private_file

SOMEBODY = 65534
"""Debian's user "nobody"."""


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    private_file.write(tmp_path / "secret", "a secret")
    assert (tmp_path / "secret").read_text() == "a secret"
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_file_that_was_open_to_others_is_so_no_more(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("a secret")
    path.chmod(0o644)
    private_file.write(path, "another")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_begun_and_never_ended_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "secret.new").write_text("half of a sec")
    private_file.write(tmp_path / "secret", "a secret")
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_password_has_256_bits_and_a_folder_that_only_we_enter(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "kitchen.password"
    first, second = private_file.make_password(path), private_file.make_password(path)
    assert path.read_text().strip() == second != first
    assert len(second) == 43
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_writes_belongs_to_whom_the_folder_belongs(tmp_path: Path) -> None:
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    private_file.make_password(tmp_path / "secrets" / "kitchen.password")
    assert {path.stat().st_uid for path in tmp_path.rglob("*")} == {SOMEBODY}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_a_file_that_root_writes_anew_keeps_its_owner(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").touch()
    os.chown(tmp_path / "hub.toml", SOMEBODY, SOMEBODY)
    private_file.write(tmp_path / "hub.toml", "", mode=0o640)
    assert (tmp_path / "hub.toml").stat().st_uid == SOMEBODY


def test_what_cannot_be_written_leaves_the_former_file_and_no_rest(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    with pytest.raises(OSError, match="directory"):
        private_file.write(tmp_path / "secret", "a secret")
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
