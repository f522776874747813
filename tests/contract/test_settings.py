"""Settings: every fault at once, and a printed file that reads back."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct, field

from contract.catalogue import Urgency
from contract.errors import SettingsError
from contract.settings import BrokerSettings, commented, keys, load, naming


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


@pytest.mark.parametrize("host", ["192.168..1.5", ".local", "hub..local", "x" * 64, "my hub", ""])
def test_a_host_that_cannot_be_looked_up_is_a_fault(tmp_path: Path, host: str) -> None:
    (told,) = faults(tmp_path, f'[broker]\nhost = "{host}"\n')

    assert f"broker.host = {host!r}"[:50] in told
    assert told.endswith("does not fit; name or address of the broker")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "::1", "fe80::1%eth0", "hub.local", "hub.local.", "localhost", "거실"],
)
def test_names_and_addresses_are_hosts(tmp_path: Path, host: str) -> None:
    assert load(write(tmp_path, f'[broker]\nhost = "{host}"\n'), Example).broker.host == host


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


def test_an_empty_password_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(SettingsError, match=r"broker\.password_file = .* \(it is empty\)"):
        BrokerSettings(password_file=f"{tmp_path}/secret").account(default_username="hub")


def test_a_password_file_that_no_system_can_name_is_refused_in_words() -> None:
    with pytest.raises(SettingsError, match="null byte"):
        BrokerSettings(password_file="a\0b").account(default_username="hub")  # noqa: S106


def test_a_zero_byte_is_refused_where_it_stands(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, '[broker]\npassword_file = "a\\u0000b"\n')
    assert "broker.password_file = 'a\\x00b': holds a zero byte" in found


@pytest.mark.parametrize(
    "text",
    [f"hop_s = {'[' * 20_000}", f"files{'.a' * 2_000} = 1", f"hop_s = {'{a=' * 20_000}"],
    ids=["lists", "dotted keys", "tables"],
)
def test_deep_nesting_is_one_sentence(tmp_path: Path, text: str) -> None:
    (found,) = faults(tmp_path, text)  # how deep is too deep differs from Python to Python
    assert found.startswith(f"{tmp_path}/example.toml: ")
    assert "\n" not in found
    assert len(found) < len(str(tmp_path)) + 200


class Pair(Struct, frozen=True, kw_only=True):
    """Two lamps that must differ."""

    left: Lamp = Lamp(topic="left")
    right: Lamp = Lamp(topic="right")
    hop_s: Annotated[float, Meta(description="Time between decisions.", gt=0)] = 0.5

    def __post_init__(self) -> None:
        if self.left.topic == self.right.topic:
            raise ValueError("left and right are one lamp")


def test_what_contradicts_itself_is_named_beside_faults_of_keys(tmp_path: Path) -> None:
    path = write(tmp_path, 'hop_s = -1\n[left]\ntopic = "a"\nwatts = "x"\n[right]\ntopic = "a"\n')
    with pytest.raises(SettingsError) as caught:
        load(path, Pair)
    told = caught.value.faults
    assert [fault.startswith(f"{path}: ") for fault in told] == [True] * 3
    assert told[2] == f"{path}: left and right are one lamp"


def test_what_is_missing_contradicts_nothing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, "[left]\n[right]\n"), Pair)
    assert len(caught.value.faults) == 2


def test_faults_that_show_in_use_name_their_file() -> None:
    with (
        pytest.raises(SettingsError, match=r"^node\.toml: broker\.password_file"),
        naming("node.toml"),
    ):
        BrokerSettings(password_file="/nowhere").account(default_username="hub")  # noqa: S106


def test_a_wrong_choice_names_the_right_ones(tmp_path: Path) -> None:
    class Kind(Struct, frozen=True, kw_only=True):
        source: Annotated[Literal["microphone", "file"], Meta(description="x")] = "file"
        urgency: Annotated[Urgency | None, Meta(description="y")] = None

    path = write(tmp_path, 'source = "fil"\nurgency = "high"\n')
    with pytest.raises(SettingsError) as caught:
        load(path, Kind)
    assert "use one of 'microphone', 'file'" in caught.value.faults[0]
    assert "'attention'" in caught.value.faults[1]
