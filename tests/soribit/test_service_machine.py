import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from contract.errors import InputError, UnavailableError
from soribit.service import machine
from soribit.service.steps import File, Folder, Link, Rehome, Remove, Rename, Run, Secret, Step
from tests.real import ROOT, need


@pytest.fixture(autouse=True)
def _as_root() -> None:
    need(os.geteuid() == 0, "root")


def do(*steps: Step) -> list[str]:
    said: list[str] = []
    machine.do(steps, said.append)
    return said


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_steps_are_said_in_order_before_they_are_done(tmp_path: Path) -> None:
    said = do(
        Folder(path=tmp_path / "a", mode=0o700, says="a folder"),
        File(path=tmp_path / "a/f", text="거실", mode=0o640, says="a file"),
        Link(path=tmp_path / "l", to=tmp_path / "a/f"),
    )
    assert said == ["a folder", "a file"]
    assert (tmp_path / "l").read_text(encoding="utf-8") == "거실"
    assert (mode(tmp_path / "a"), mode(tmp_path / "a/f")) == (0o700, 0o640)


def test_link_and_rename_take_the_place_of_former_ones(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
        do(Link(path=tmp_path / "l", to=tmp_path / name))
    do(Rename(path=tmp_path / "one", to=tmp_path / "two"))
    assert (tmp_path / "l").read_text() == "one"


def test_what_is_removed_need_not_be_there(tmp_path: Path) -> None:
    (tmp_path / "folder/inside").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    do(*(Remove(path=tmp_path / name) for name in ("folder", "link", "never")))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_password_is_random_and_made_once(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.password", "b.password")]
    for _ in range(2):
        do(*(Secret(path=path) for path in paths))
    first, second = (path.read_text() for path in paths)
    assert first != second
    assert {mode(path) for path in paths} == {0o600}


def test_what_is_written_is_for_whom_its_folder_is(tmp_path: Path) -> None:
    do(
        Folder(path=tmp_path / "settings", mode=0o750, group="nogroup"),
        File(path=tmp_path / "settings/hub.toml", text="", mode=0o640),
        Folder(path=tmp_path / "secrets", mode=0o700, owner="nobody", group="nogroup"),
        Secret(path=tmp_path / "secrets/hub.password"),
    )
    made = [tmp_path / "settings/hub.toml", tmp_path / "secrets/hub.password"]
    assert [(path.owner(), path.group()) for path in made] == [
        ("root", "nogroup"),
        ("nobody", "nogroup"),
    ]


def test_link_that_lies_in_wait_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "hub.password.new").symlink_to(tmp_path / "victim")
    do(Secret(path=tmp_path / "hub.password"))
    assert (tmp_path / "victim").read_text() == "untouched"
    assert not (tmp_path / "hub.password").is_symlink()


def test_folder_that_is_anothers_link_gives_nobody_what_it_leads_to(tmp_path: Path) -> None:
    state, victim = tmp_path / "state", tmp_path / "victim"
    victim.mkdir(mode=0o755)
    do(Folder(path=state, mode=0o700, owner="nobody", group="nogroup"))
    (state / "secrets").symlink_to(victim)
    with pytest.raises(UnavailableError, match="secrets: Not a directory"):
        do(Folder(path=state / "secrets", mode=0o700, owner="nobody", group="nogroup"))
    assert (mode(victim), victim.owner()) == (0o755, "root")


def test_state_that_the_owner_of_the_machine_has_moved_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "disk")
    do(Folder(path=tmp_path / "state", mode=0o700, owner="nobody", group="nogroup"))
    assert (mode(tmp_path / "disk"), (tmp_path / "disk").owner()) == (0o700, "nobody")


def test_failed_program_is_one_sentence_with_its_own_words(tmp_path: Path) -> None:
    fails = Run(line=("sh", "-c", "echo first; echo last >&2; exit 3"), fault="It broke.")
    with pytest.raises(UnavailableError) as error:
        do(fails, File(path=tmp_path / "after", text=""))
    assert str(error.value) == "It broke. It said: first last"
    assert not (tmp_path / "after").exists()


def test_missing_program_is_a_sentence_too() -> None:
    with pytest.raises(UnavailableError, match="no-such-program: No such file"):
        do(Run(line=("no-such-program",), fault="It broke."))


def test_parts_that_do_not_come_up_are_all_told_after_the_others_have(tmp_path: Path) -> None:
    fails = [Run(line=("false",), fault=f"{name} is down.", goes_on=True) for name in "ab"]
    with pytest.raises(UnavailableError) as error:
        do(*fails, File(path=tmp_path / "after", text=""))
    assert [line[:9] for line in str(error.value).splitlines()] == ["a is down", "b is down"]
    assert (tmp_path / "after").exists()


def test_settings_with_faults_are_your_input() -> None:
    with pytest.raises(InputError):
        do(Run(line=("false",), fault="hub.toml has faults.", yours=True))


def test_disk_that_does_not_take_a_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="No such file or directory; nothing after"):
        do(File(path=tmp_path / "none/f", text=""))


def test_commands_of_an_environment_run_after_it_has_moved(tmp_path: Path) -> None:
    new, place = tmp_path / "environment.new", tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(new)], check=True)
    before = (new / "bin/python").readlink()
    do(Rehome(folder=new, to=place), Rename(path=new, to=place))
    line = [str(place / "bin/pip"), "--version"]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert str(place / "lib") in done.stdout
    assert (place / "bin/python").readlink() == before


def test_this_machine_can_be_looked_at() -> None:
    need(Path("/usr/bin/python3").exists(), "a Python of the system")
    code = (
        "from soribit.service import look; found = look.look('node', look.python());"
        "print(found.systemd > 200, found.version[:2], bool(found.hostname))"
    )
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True 3. True\n", "")


def test_services_are_refused_where_systemd_does_not_run() -> None:
    if Path("/run/systemd/system").is_dir():
        pytest.skip("systemd runs here; this test would install")
    line = [sys.executable, "-m", "soribit", "service", "install", "home"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("systemd does not run here")


@pytest.mark.parametrize("words", [[], ["install"], ["install", "castle"], ["mend"]])
def test_wrong_command_line_is_your_input(words: list[str]) -> None:
    line = [sys.executable, "-m", "soribit", "service", *words]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
