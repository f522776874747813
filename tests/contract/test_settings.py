"""Settings: every fault at once, and a printed file that reads back."""

import tomllib
from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta, Struct, field

from contract.errors import SettingsError
from contract.settings import BrokerSettings, commented, keys, load


class Lamp(Struct, frozen=True, kw_only=True):
    """A lamp."""

    topic: Annotated[str, Meta(description="Its topic.", min_length=1)]
    watts: Annotated[float, Meta(description="Its power.", ge=0)] = 9.0


class Example(Struct, frozen=True, kw_only=True):
    """An example."""

    hop_s: Annotated[float, Meta(description="Time between decisions.", gt=0, le=2)] = 0.5
    files: Annotated[tuple[str, ...], Meta(description="What to play.")] = ()
    broker: BrokerSettings = BrokerSettings()
    lamps: dict[str, Lamp] = field(default_factory=dict)


def write(folder: Path, text: str) -> Path:
    path = folder / "example.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(write(folder, text), Example)
    return caught.value.faults


def test_a_good_file_becomes_one_frozen_value(tmp_path: Path) -> None:
    text = 'hop_s = 1\nfiles = ["a.wav"]\n[lamps.desk]\ntopic = "z/desk"\n'
    settings = load(write(tmp_path, text), Example)
    assert settings == Example(hop_s=1.0, files=("a.wav",), lamps={"desk": Lamp(topic="z/desk")})


def test_every_fault_is_named_at_once_with_file_key_and_value(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        'hop = 1\nhop_s = 9\nlamps.desk = 3\n[broker]\nport = "x"\n[lamps.hall]\nwatts = -1\n',
    )
    told = "\n".join(found)
    assert all(line.startswith(str(tmp_path / "example.toml")) for line in found)
    for part in ("did you mean 'hop_s'", "hop_s = 9", "broker.port = 'x'", "[lamps.desk]"):
        assert part in told
    assert "lamps.hall.topic is missing" in told
    assert "lamps.hall.watts = -1" in told


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    assert "line 1" in faults(tmp_path, "hop_s = = 1")[0]


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read"):
        load(tmp_path / "nowhere.toml", Example)


def test_a_binary_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\x89PNG\xff")
    with pytest.raises(SettingsError, match="is not TOML"):
        load(path, Example)


def test_the_printed_settings_read_back_as_the_defaults(tmp_path: Path) -> None:
    assert load(write(tmp_path, commented(Example)), Example) == Example()


def test_the_printed_settings_name_every_key_and_its_meaning() -> None:
    printed = commented(Example)
    assert all(key.split(".")[-1] in printed for key in keys(Example))
    assert "# Time between decisions.\nhop_s = 0.5" in printed
    assert "lamps" not in tomllib.loads(printed)


def test_a_password_comes_from_its_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open-sesame\n")
    account = BrokerSettings(password_file=str(secret)).account(default_username="hub")
    assert (account.username, account.password) == ("hub", "open-sesame")
    assert "sesame" not in repr(account)


def test_a_missing_password_file_is_named() -> None:
    with pytest.raises(SettingsError, match=r"password_file.*nowhere"):
        BrokerSettings(password_file="/nowhere").account(default_username="hub")  # noqa: S106
