import os
import stat
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from contract.errors import InputError, SettingsError, UnavailableError
from hub import members
from hub.hub_toml import alone, edit
from hub.settings import HubSettings
from tests.real import ROOT

FILE = "/state/secrets/new.password"
OWNERS = """\
# Our home, written by hand.
lan = "auto"  # since we have two rooms

[accounts.hub]
role = "hub"
password_file = "hub.password"

# Ours since May.
[accounts.kitchen]
role = "node"
password_file = "kitchen.password"  # a comment of its own

# The cat sleeps here.
[rooms.kitchen]
name = "Kitchen"
nodes = [
    "kitchen",  # on the shelf
]

[accounts.lamp]
role = "lamp"
topic = "zigbee2mqtt/lamp"
password_file = "lamp.password"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "hub.toml"
    made.write_text(OWNERS)
    made.chmod(0o640)
    return made


def join(path: Path, node: str, room: str | None = None) -> HubSettings:
    return edit(
        path,
        lambda now: members.join_node(now, node, room=room, password_file=FILE),
    )


def revoke(path: Path, name: str) -> HubSettings:
    return edit(path, lambda now: members.leave(now, name))


def test_who_joins_stands_beside_what_the_owner_wrote(path: Path) -> None:
    settings = join(path, "attic")
    assert settings.rooms["attic"].nodes == ("attic",)
    assert [line for line in OWNERS.splitlines() if line not in path.read_text()] == []


def test_table_that_is_new_stands_at_the_end(path: Path) -> None:
    join(path, "attic")
    assert path.read_text() == OWNERS + (
        f'\n[accounts.attic]\nrole = "node"\npassword_file = "{FILE}"\n'
        '\n[rooms.attic]\nname = "Attic"\nnodes = ["attic"]\n'
    )


def test_second_node_of_a_room_keeps_the_comments_in_its_list(path: Path) -> None:
    assert join(path, "oven", "kitchen").rooms["kitchen"].nodes == ("kitchen", "oven")
    assert "# on the shelf" in path.read_text()


def test_joining_and_leaving_gives_back_every_value_and_comment(path: Path) -> None:
    join(path, "oven", "kitchen")
    revoke(path, "oven")
    assert tomllib.loads(path.read_text()) == tomllib.loads(OWNERS)
    assert path.read_text().count("#") == OWNERS.count("#")


def test_comment_on_the_next_table_survives_who_leaves(path: Path) -> None:
    settings = revoke(path, "kitchen")
    assert settings.rooms["kitchen"].nodes == ()
    assert "# The cat sleeps here.\n[rooms.kitchen]" in path.read_text()
    assert "a comment of its own" not in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        'accounts = {hub = {role = "hub", password_file = "a"}, kitchen = {role = "node", '
        'password_file = "b"}}\n',
        'accounts.hub.role = "hub"\naccounts.hub.password_file = "a"\n'
        'accounts.kitchen.role = "node"\naccounts.kitchen.password_file = "b"\n',
        '[ accounts . "kitchen" ]\nrole = "node"\npassword_file = "b"\n',
        '[accounts]\n[accounts.kitchen]\nrole = "node"\npassword_file = """\nb"""\n[rooms]\n',
        '[accounts.kitchen]\nrole = "node"\npassword_file = """\n[b]"""\n',
    ],
)
def test_every_form_of_toml_is_edited(path: Path, text: str) -> None:
    path.write_text(text)
    assert "kitchen" not in revoke(path, "kitchen").accounts
    assert "attic" in join(path, "attic").accounts


def test_form_that_cannot_be_edited_is_left_to_its_owner(path: Path) -> None:
    text = (
        'rooms.b.name = "B"\nrooms.kitchen.name = "K"\nrooms.kitchen.name_ko = "K"\n'
        'lan = "auto"\nrooms.c.name = "C"\n'
    )
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"hub\.toml: its form .* edit it by hand"):
        join(path, "oven", "kitchen")
    assert path.read_text() == text


def test_mode_stays_and_nothing_else_is_left(path: Path) -> None:
    join(path, "attic")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in path.parent.iterdir()] == ["hub.toml"]


def test_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    join(link, "attic")
    assert link.is_symlink()
    assert "attic" in path.read_text()


def test_faulty_settings_are_left_as_they_are(path: Path) -> None:
    path.write_text("[web]\nprot = 1\n")
    with pytest.raises(SettingsError, match="did you mean 'port'"):
        join(path, "attic")
    assert path.read_text() == "[web]\nprot = 1\n"


def test_fault_that_a_change_would_make_is_named_and_not_made(path: Path) -> None:
    with pytest.raises(SettingsError, match=r"hub\.toml: rooms\.attic\.name = "):
        edit(
            path,
            lambda now: members.join_node(now, "attic", title="x" * 41, password_file=FILE),
        )
    assert path.read_text() == OWNERS


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_is_not_ours_is_one_sentence(path: Path) -> None:
    path.parent.chmod(0o500)
    with pytest.raises(InputError, match="cannot be changed"):
        join(path, "attic")
    path.parent.chmod(0o700)


def test_of_two_changes_at_once_none_is_lost(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.hub.test_hub_toml import join;"
        "[join(Path(sys.argv[1]), f'{sys.argv[2]}-{number}') for number in range(20)]"
    )
    line = [sys.executable, "-c", code, str(path)]
    both = [subprocess.Popen([*line, name], cwd=ROOT) for name in ("a", "b")]
    assert [process.wait(60) for process in both] == [0, 0]
    accounts = tomllib.loads(path.read_text())["accounts"]
    assert {f"{name}-{number}" for name in "ab" for number in range(20)} <= set(accounts)


def test_who_holds_a_hub_toml_for_long_is_named_with_what_to_do(path: Path) -> None:
    sentence = (
        f"{path}: waited 0.2 s for process {os.getpid()}, which works on it; let that end, or "
        "end it, then run this again"
    )
    with alone(path), pytest.raises(UnavailableError) as caught, alone(path, within_s=0.2):
        pytest.fail("two at once")
    assert str(caught.value) == sentence


def test_next_one_has_its_turn_as_soon_as_the_former_is_done(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hub.hub_toml import alone\n"
        "with alone(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    )
    line = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as former:
        assert former.stdin
        assert former.stdout
        former.stdout.readline()
        ending = threading.Timer(0.3, former.stdin.close)
        ending.start()
        with alone(path, within_s=60.0):
            assert former.wait(20) == 0
        ending.join()
