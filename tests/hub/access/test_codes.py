import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract.errors import UnavailableError
from hub.access.codes import LIFE_S, WRONG_TRIES, Codes
from hub.access.folder import PageFolder


@dataclass
class Desk:
    """A hub and a command that share a folder, and the time."""

    path: Path
    now_s: float = 1000.0
    folder: PageFolder = field(init=False)

    def __post_init__(self) -> None:
        self.folder = PageFolder(self.path)

    def codes(self, boot: str = "first") -> Codes:
        return Codes(self.folder, lambda: self.now_s, boot=boot)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def test_a_code_has_eight_digits(desk: Desk) -> None:
    assert re.fullmatch("[0-9]{8}", desk.codes().make())


def test_a_code_that_another_process_made_is_good_once(desk: Desk) -> None:
    code = desk.codes().make()
    hub = desk.codes()
    assert [hub.take(code), hub.take(code)] == [True, False]


def test_a_new_code_ends_the_one_before(desk: Desk) -> None:
    codes = desk.codes()
    first, second = codes.make(), codes.make()
    assert first == second or not codes.take(first)
    assert codes.take(second)


def test_a_code_lives_for_an_hour(desk: Desk) -> None:
    code = desk.codes().make()
    desk.now_s += LIFE_S - 1
    assert not desk.codes().take(other(code))
    desk.now_s += 1
    assert not desk.codes().take(code)


def test_a_code_does_not_outlive_the_machines_start(desk: Desk) -> None:
    code = desk.codes(boot="before the power cut").make()
    desk.now_s = 5.0
    assert not desk.codes(boot="after it").take(code)


def test_ten_wrong_tries_end_a_code_over_restarts_of_the_hub_too(desk: Desk) -> None:
    code = desk.codes().make()
    for _ in range(WRONG_TRIES - 1):
        assert not desk.codes().take(other(code))
    assert not desk.codes().take(other(code))
    assert not desk.codes().take(code)


def test_nine_wrong_tries_do_not(desk: Desk) -> None:
    code = desk.codes().make()
    for _ in range(WRONG_TRIES - 1):
        desk.codes().take(other(code))
    assert desk.codes().take(code)


def test_of_many_at_once_one_gets_in(desk: Desk) -> None:
    code = desk.codes().make()
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: desk.codes().take(code), range(8))) == 1


def test_no_code_stands_on_disk_and_nobody_else_may_read_there(desk: Desk) -> None:
    code = desk.codes().make()
    for path in (desk.path / "page").iterdir():
        assert code.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
    assert (desk.path / "page").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 9999, b'{"boot":"first"}'])
def test_a_damaged_file_holds_no_code(desk: Desk, content: bytes) -> None:
    code = desk.codes().make()
    (desk.path / "page/code").write_bytes(content)
    assert not desk.codes().take(code)


def test_without_a_code_nothing_is_right(desk: Desk) -> None:
    assert not desk.codes().take("00000000")


def test_a_try_that_cannot_be_counted_is_none(desk: Desk) -> None:
    code = desk.codes().make()
    (desk.path / "page/lock").unlink()
    (desk.path / "page/lock").mkdir()
    for given in (code, other(code)):
        with pytest.raises(UnavailableError, match="cannot be used"):
            desk.codes().take(given)
