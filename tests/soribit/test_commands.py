import re
import subprocess
import sys
from pathlib import Path

import pytest

from contract.errors import InputError
from soribit import commands, parts
from tests.real import ROOT


def soribit(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "soribit", *words]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


MISSING = dict.fromkeys(parts.NEEDS, (("no_such_library",),))
"""What a part needs on a machine where no extra is installed."""


def test_help_names_every_command_that_is_possible() -> None:
    done = soribit("--help")
    assert done.returncode == 0
    assert set(re.findall(r"^  (\S+)", done.stdout, re.MULTILINE)) == {
        name
        for name, command in commands.COMMANDS.items()
        if not command.part or parts.is_installed(command.part)
    }


def test_help_hides_what_is_not_installed() -> None:
    def has(part: str) -> bool:
        return parts.is_installed(part, MISSING)

    shown = re.findall(r"^  (\S+)", commands.usage("1", has=has), re.MULTILINE)
    assert shown == ["service", "bulb", "check-config"]


def test_command_of_a_missing_part_names_its_extra() -> None:
    with pytest.raises(
        InputError, match=re.escape(f"{sys.executable} -m pip install 'soribit[node]'")
    ):
        parts.require("node", MISSING)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from soribit import commands; commands.usage('1');"
        "print({'numpy', 'flask', 'paho', 'tensorflow', 'asyncio', 'ssl'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("typed", "hint"), [("lissen", "did you mean 'listen'?"), ("xyzzy", "soribit --help lists")]
)
def test_unknown_command_is_one_helpful_sentence(typed: str, hint: str) -> None:
    done = soribit(typed)
    assert done.returncode == 2
    assert hint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_version_is_told() -> None:
    assert re.fullmatch(r"soribit \d+\.\d+\.\d+\n", soribit("--version").stdout)


@pytest.mark.parametrize(
    ("part", "key"), [("hub", "[web]"), ("broker", "[broker]"), ("node", "[audio]")]
)
def test_every_part_prints_its_settings(part: str, key: str) -> None:
    done = soribit(part, "--print-config")
    assert done.returncode == 0
    assert key in done.stdout


@pytest.mark.parametrize("part", ["hub", "broker", "node"])
@pytest.mark.parametrize("words", [["--state"], ["--nonsense"]])
def test_wrong_option_of_a_part_is_your_input(part: str, words: list[str]) -> None:
    assert soribit(part, *words).returncode == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('node_id = "kitchen"', "node"),
        ("[audio]\n", "node"),
        ("[rooms.kitchen]\n", "hub"),
        ("[broker]\n", "hub"),
        ("this is not TOML", "hub"),
    ],
)
def test_settings_are_told_apart_by_their_keys(tmp_path: Path, text: str, kind: str) -> None:
    path = tmp_path / "some.toml"
    path.write_text(text)
    assert commands.kind_of_settings(path) == kind


def test_check_config_names_file_key_and_what_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text("[web]\nprot = 80\n\n[rooms.kitchen]\nnaem = 'Kitchen'\n")
    done = soribit("check-config", str(path))
    assert done.returncode == 2
    assert f"{path}: web.prot is not a setting; did you mean 'port'?" in done.stderr
    assert "did you mean 'name'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_config_takes_the_kind_that_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_text("[broker]\nport = 1884\n")
    assert soribit("check-config", "--kind", "node", str(path)).returncode == 0


def test_good_settings_are_said_to_be_good(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text('node_id = "kitchen"\n')
    assert soribit("check-config", str(path)).returncode == 0


def test_a_folder_named_like_a_part_does_not_hide_it(tmp_path: Path) -> None:
    (tmp_path / "hub.py").write_text("raise SystemExit('the wrong hub')")
    line = parts.command_line("hub", "print-config")
    done = subprocess.run(
        line, cwd=tmp_path, env=parts.environment("hub"), capture_output=True, check=False
    )
    assert done.returncode == 0


def test_node_runs_with_one_thread_for_numpy() -> None:
    assert parts.environment("node", {})["OPENBLAS_NUM_THREADS"] == "1"
    assert "OPENBLAS_NUM_THREADS" not in parts.environment("hub", {})


def test_a_given_number_of_threads_is_kept() -> None:
    given = {"OPENBLAS_NUM_THREADS": "2"}
    assert parts.environment("node", given)["OPENBLAS_NUM_THREADS"] == "2"


def test_check_config_reads_every_password_file(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(
        f'[broker]\npassword_file = "{tmp_path}/away"\n'
        f'[accounts.hub]\nrole = "hub"\npassword_file = "{tmp_path}/missing"\n'
    )
    done = soribit("check-config", str(path))
    assert done.returncode == 2
    assert [line.partition(" = ")[0] for line in done.stderr.splitlines()] == [
        f"{path}: broker.password_file",
        f"{path}: accounts.hub.password_file",
    ]


@pytest.mark.parametrize(
    "text", [f"x = {'[' * 20_000}", '[accounts.hub]\nrole = "hub"\npassword_file = "a\\u0000"']
)
def test_settings_that_no_parser_takes_are_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(text)
    for words in (["check-config", str(path)], ["up", "--config", str(path)]):
        done = soribit(*words, "--state", str(tmp_path)) if words[0] == "up" else soribit(*words)
        assert done.returncode == 2
        assert done.stderr.startswith(f"{path}: ")
        assert len(done.stderr.splitlines()) == 1
