"""A node's settings: all faults at once, and thresholds that bend the bundle's."""

from pathlib import Path

import pytest

from contract.errors import SettingsError
from contract.settings import commented, load
from node import bundle, settings
from node.bundle import Threshold
from node.settings import NodeSettings
from tests.tones import TINY_BUNDLE


def write(folder: Path, text: str) -> Path:
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_a_node_listens_at_the_default_microphone() -> None:
    assert settings.read(None) == NodeSettings()
    assert NodeSettings().audio.source == "microphone"


def test_the_printed_settings_are_the_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, commented(NodeSettings))

    assert load(path, NodeSettings) == NodeSettings()


def test_unknown_keys_wrong_types_and_missing_files_are_told_together(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        nodeid = "kitchen"
        hop_s = "fast"
        [audio]
        source = "file"
        files = ["gone.flac", "lost.wav"]
        """,
    )

    with pytest.raises(SettingsError) as refused:
        settings.read(path)

    faults = refused.value.faults
    assert len(faults) == 4
    assert all(fault.startswith(f"{path}: ") for fault in faults)
    assert "did you mean 'node_id'?" in faults[0]
    assert "hop_s = 'fast'" in faults[1]
    assert "'gone.flac' is not a file" in faults[2]
    assert "'lost.wav' is not a file" in faults[3]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[audio]\nsource = "file"', "audio.files is empty"),
        ('[audio]\nsource = "fifo"', "audio.path is empty"),
        ('[audio]\nsource = "radio"', "audio.source = 'radio'"),
        ('node_id = "Kitchen 1"', "node_id = 'Kitchen 1'"),
        ("[thresholds.dog]\non = 1.5", "thresholds.dog.on = 1.5"),
        ('[audio]\nfiles = ["a\\u0000b"]', "is not a file"),
    ],
)
def test_a_fault_names_its_key(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.read(write(tmp_path, text))

    assert fault in str(refused.value)


def test_a_threshold_changes_only_what_it_names(tmp_path: Path) -> None:
    read = settings.read(write(tmp_path, "[thresholds.smoke_alarm]\non = 0.3"))
    manifest = bundle.load(TINY_BUNDLE).manifest

    assert read.rules(manifest) == {"smoke_alarm": Threshold(on=0.3, off=0.3, hold_s=2.5)}


def test_a_password_inside_the_settings_is_the_accounts_and_is_never_shown(tmp_path: Path) -> None:
    path = write(tmp_path, '[broker]\npassword = "open-sesame"')
    path.chmod(0o640)
    read = settings.read(path)

    account = read.broker.account(default_username="kitchen")
    assert (account.username, account.password) == ("kitchen", "open-sesame")
    assert "open-sesame" not in repr(read)


def test_a_password_that_every_user_may_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, '[broker]\npassword = "open-sesame"')
    path.chmod(0o644)
    with pytest.raises(SettingsError) as refused:
        settings.read(path)

    assert refused.value.faults == (
        f"{path}: broker.password: every user may read this file; run chmod 640 {path}",
    )


def test_a_password_here_and_in_a_file_is_one_too_many(tmp_path: Path) -> None:
    path = write(tmp_path, '[broker]\npassword = "open-sesame"\npassword_file = "secret"')
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="are both given; remove one"):
        settings.read(path)


def test_a_password_that_is_no_text_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.read(write(tmp_path, "[broker]\npassword = 123456789"))

    assert "123456789" not in str(refused.value)
