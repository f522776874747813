from pathlib import Path

import pytest

from contract.errors import UnavailableError
from hub.access.folder import KEY_BYTES, PageFolder


def test_the_key_stays(tmp_path: Path) -> None:
    key = PageFolder(tmp_path).key()
    assert len(key) == KEY_BYTES
    assert PageFolder(tmp_path).key() == key


def test_signing_all_out_makes_another_key(tmp_path: Path) -> None:
    folder = PageFolder(tmp_path)
    key = folder.key()
    folder.sign_out_all()
    assert len(folder.key()) == KEY_BYTES
    assert folder.key() != key


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_key_signs_nothing(tmp_path: Path, content: bytes) -> None:
    folder = PageFolder(tmp_path)
    folder.key()
    (tmp_path / "page/key").write_bytes(content)
    assert len(folder.key()) == KEY_BYTES


def test_the_address_is_told_until_the_door_closes(tmp_path: Path) -> None:
    folder = PageFolder(tmp_path)
    assert folder.address() == ""
    folder.note_address("http://192.168.1.10:8765/")
    assert PageFolder(tmp_path).address() == "http://192.168.1.10:8765/"
    folder.note_address("")
    assert folder.address() == ""


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("in the way")
    with pytest.raises(UnavailableError, match=r"page cannot be used: .+; its disk must have"):
        PageFolder(tmp_path).key()


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    folder = PageFolder(tmp_path)
    folder.key()
    (tmp_path / "page/address").mkdir()
    with pytest.raises(UnavailableError):
        folder.note_address("http://192.168.1.10:8765/")
    assert {path.name for path in (tmp_path / "page").iterdir()} == {"key", "lock", "address"}
