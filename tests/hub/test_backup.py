"""A home goes into one file and comes back, on the real command line; archives are hostile."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from contextlib import nullcontext, suppress
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from contract.errors import InputError, UnavailableError
from hub import archive, placing
from hub.store.database import Database
from tests.hub.store.test_database import record
from tests.hub.store.test_upgrade import OPEN, set_schema
from tests.real import ROOT

MANIFEST = {"format": 1, "soribit": "1.0", "schema": "", "made_at": "then", "secrets": False}
NODE = """node_id = "kitchen"
[broker]
password = "of the node"
# password = "of the node before"
#broker.password = "of the node long before"
# where the hub is
host = "192.168.1.10"
"""


class Home:
    """A home's files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.etc, self.state = folder / "etc", folder / "state"
        self.hub, self.node = self.etc / "hub.toml", self.etc / "node.toml"
        self.database = self.state / "hub.sqlite"
        self.secret = self.state / "secrets" / "kitchen"
        self.backup = folder / "home.zip"

    def settle(self) -> "Home":
        """Have settings, a password, a history of three events."""
        self.etc.mkdir(parents=True)
        self.secret.parent.mkdir(parents=True, mode=0o700)
        (self.state / "page").mkdir()
        (self.state / "page" / "key").write_text("of cookies")
        (self.state / "page" / "codes").write_text("of one time")
        self.secret.write_text("of the hub")
        self.secret.chmod(0o600)
        account = f'[accounts.kitchen]\nrole = "node"\npassword_file = "{self.secret}"\n'
        self.hub.write_text(f'state = "{self.state}"\n# ours\n{account}')
        self.hub.chmod(0o640)
        self.node.write_text(NODE)
        database = Database(self.database)
        database.write([record(str(number)) for number in range(3)])
        database.close()
        return self

    def do(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Carry out `soribit hub WORDS` for this home."""
        places = ["--config", str(self.hub), "--node-config", str(self.node)]
        line = [sys.executable, "-m", "hub", *words, str(self.backup), *places]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)

    def saved(self, *words: str) -> "Home":
        done = self.do("backup", *words)
        assert done.returncode == 0, done.stderr
        return self

    def events(self) -> int:
        engine = create_engine(f"sqlite:///{self.database}")
        with engine.connect() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM history").scalar_one()
        engine.dispose()
        return int(count)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path).settle()


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as opened:
        return set(opened.namelist())


def test_backup_holds_no_secret_unless_asked(home: Home) -> None:
    done = home.saved().do("backup", "--force")
    assert names(home.backup) == {"manifest.json", "hub.toml", "node.toml", "hub.sqlite"}
    with zipfile.ZipFile(home.backup) as opened:
        content = b"".join(opened.read(name) for name in opened.namelist())
        node = tomllib.loads(opened.read("node.toml").decode())
    assert b"of the node" not in content
    assert b"of the hub" not in content
    assert node == {"node_id": "kitchen", "broker": {"host": "192.168.1.10"}}
    assert "no passwords" in done.stdout
    assert home.backup.stat().st_mode & 0o777 == 0o600


def test_backup_with_secrets_holds_passwords_and_the_keys_of_the_page(home: Home) -> None:
    home.saved("--secrets")
    hidden = {name for name in names(home.backup) if name.startswith("state/")}
    assert hidden == {"state/secrets/kitchen", "state/page/key"}


def test_password_that_was_commented_out_is_left_out_too(home: Home) -> None:
    home.node.write_text(NODE + '#password = "of last year"\n  #  password="of the year before"\n')
    home.saved()
    with zipfile.ZipFile(home.backup) as opened:
        assert b"of last year" not in opened.read("node.toml")
        assert b"of the year before" not in opened.read("node.toml")


def test_backup_without_a_history_says_so(home: Home) -> None:
    home.database.unlink()
    assert f"there is none in {home.state}" in home.do("backup").stderr
    assert "hub.sqlite" not in names(home.backup)


def test_backup_replaces_nothing_unasked(home: Home) -> None:
    home.backup.write_text("a letter")
    done = home.do("backup")
    assert (done.returncode, home.backup.read_text()) == (2, "a letter")
    assert "add --force" in done.stderr


@pytest.mark.parametrize("named", ["hub", "node"])
def test_backup_without_the_settings_that_were_named_is_none(home: Home, named: str) -> None:
    missing: Path = getattr(home, named)
    missing.unlink()
    done = home.do("backup")
    assert (done.returncode, home.backup.exists()) == (2, False)
    assert done.stderr == f"{missing}: is not there, so no backup was made; check the path\n"


def test_backup_can_be_made_while_the_hub_runs(home: Home) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(home.database)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as hub:
        assert hub.stdout is not None
        hub.stdout.readline()
        home.saved()
        refused = home.do("restore")
        hub.communicate()
    assert refused.returncode == 2
    assert "runs; stop it first" in refused.stderr
    assert home.do("restore").returncode == 0


def test_home_comes_back_on_an_empty_machine(home: Home, tmp_path: Path) -> None:
    home.saved("--secrets")
    before = {path: path.read_bytes() for path in (home.hub, home.node, home.secret)}
    for folder in (home.etc, home.state):
        shutil.rmtree(folder)
    home.etc.mkdir()
    done = home.do("restore")
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert home.events() == 3
    modes = [path.stat().st_mode & 0o777 for path in (home.state, home.secret, home.database)]
    assert modes == [0o700, 0o600, 0o600]
    assert not list(tmp_path.rglob("*.restoring"))


def test_restore_to_where_nothing_can_be_written_is_one_sentence(home: Home) -> None:
    home.saved()
    done = home.do("restore", "--state", "/proc/nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("/proc/nowhere: cannot be written (")
    assert len(done.stderr.splitlines()) == 1


def test_what_a_restore_replaces_is_kept(home: Home) -> None:
    home.saved()
    database = Database(home.database)
    database.write([record("newer")])
    database.close()
    home.hub.write_text(f'state = "{home.state}"\n')
    done = home.do("restore")
    assert done.returncode == 0, done.stderr
    assert home.events() == 3
    kept = sorted(path.name.partition("-restore-")[0] for path in home.etc.glob("*before*"))
    assert kept == ["hub.toml.before", "node.toml.before"]
    (former,) = home.state.glob("hub.sqlite.before-restore-*")
    assert str(former) in done.stdout
    assert home.hub.stat().st_mode & 0o777 == 0o640


def test_without_secrets_the_accounts_that_need_new_ones_are_named(home: Home) -> None:
    home.saved()
    home.secret.unlink()
    done = home.do("restore")
    assert done.returncode == 0
    assert "soribit hub add-node kitchen --again" in done.stderr


@pytest.mark.parametrize("fault", ["newer", "damaged", "settings", "node"])
def test_backup_with_a_fault_changes_nothing(home: Home, fault: str, tmp_path: Path) -> None:
    other = Home(tmp_path / "other").settle()
    if fault == "newer":
        set_schema(other.database, "0099")
    if fault == "damaged":
        content = bytearray(other.database.read_bytes())
        content[4096 : 4096 + 30_000] = b"\xa5" * 30_000
        other.database.write_bytes(content)
    members = {
        "hub.toml": "[web]\nprot = 1\n" if fault == "settings" else home.hub,
        "node.toml": "= = =" if fault == "node" else home.node,
        "hub.sqlite": other.database,
    }
    archive.write(home.backup, msgspec.convert(MANIFEST, archive.Manifest), members)
    before = {p: p.read_bytes() for p in (home.hub, home.node, home.database, home.secret)}
    done = home.do("restore")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert not list(tmp_path.rglob("*.restoring*"))
    assert not list(tmp_path.rglob("*before-restore*"))


def test_half_a_restore_is_undone(tmp_path: Path) -> None:
    places = [tmp_path / "hub.toml", tmp_path / ("x" * 240)]  # too long for a name with a stamp
    for place in places:
        place.write_text("old")
        placing.beside(place).write_text("new")
    ready = [placing.Placed(placing.beside(place), place, 0o600) for place in places]
    with pytest.raises(UnavailableError, match="nothing changed"):
        placing.put(ready, "20260101T000000Z", lambda _: nullcontext())
    assert [place.read_text() for place in places] == ["old", "old"]
    assert not list(tmp_path.glob("*before-restore*"))


def test_restore_writes_through_no_link(home: Home, tmp_path: Path) -> None:
    home.saved("--secrets")
    elsewhere = tmp_path / "elsewhere"
    home.secret.parent.rename(elsewhere)
    home.secret.parent.symlink_to(elsewhere)
    done = home.do("restore")
    assert done.returncode == 2
    assert "is a link" in done.stderr
    assert not list(elsewhere.glob("*before-restore*"))


def zipped(members: dict[str, bytes], **info: object) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for key, value in info.items():
                setattr(entry, key, value)
            made.writestr(entry, data)
    return content.getvalue()


def good(**other: bytes) -> dict[str, bytes]:
    return {"manifest.json": msgspec.json.encode(MANIFEST), "hub.toml": b"", **other}


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        unpack(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def unpack(path: Path) -> None:
    with archive.opened(path) as opened:
        for name in opened.names:
            path.with_name("out").unlink(missing_ok=True)
            opened.extract(name, path.with_name("out"))


@pytest.mark.parametrize(
    "name",
    [
        "../hub.toml",
        "/etc/passwd",
        "state/hub.pid",
        "state/page/codes",
        "state/secrets/../../../etc/passwd",
        "state/secrets/.ssh",
        "state/secrets/a/b/c",
        "state/secrets/",
        "state/broker/mosquitto.conf",
        "hub.toml\n",
        "Hub.toml",
        "C:hub.toml",
    ],
)
def test_name_that_no_backup_has_is_refused(tmp_path: Path, name: str) -> None:
    assert "which no backup has" in refused(tmp_path / "a", zipped(good() | {name: b"x"}))


def test_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zipped(good() | {"hub.sqlite": b"\0" * 50_000_000})
    assert len(bomb) < 100_000
    assert "packed too densely" in refused(tmp_path / "a", bomb)
    large = zipped(good() | {"node.toml": os.urandom(archive.TEXT_BYTES + 1)})
    assert "node.toml is too large" in refused(tmp_path / "a", large)


@pytest.mark.parametrize("content", [b"", b"PK", b"\0" * 5000, b"a letter"])
def test_what_is_no_zip_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    assert "is no backup of Soribit" in refused(tmp_path / "a", content)


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{}",
        b"[]",
        b'{"format":2}',
        b"\xff",
        b'{"soribit":"\\u001b[2J","schema":"","made_at":"","secrets":false}',
        b"[" * 9000,
    ],
)
def test_manifest_of_another_kind_is_one_sentence(tmp_path: Path, manifest: bytes) -> None:
    refused(tmp_path / "a", zipped({"manifest.json": manifest}))


def test_archive_without_a_manifest_is_no_backup(tmp_path: Path) -> None:
    assert "is no backup of Soribit" in refused(tmp_path / "a", zipped({"hub.toml": b""}))


def test_missing_archive_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="cannot be read"),
        archive.opened(tmp_path / "nothing"),
    ):
        pass


def test_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    content = zipped(good() | {"node.toml": b"a", "nade.toml": b"b"})
    assert "twice" in refused(tmp_path / "a", content.replace(b"nade.toml", b"node.toml"))


GOOD = zipped(good() | {"node.toml": b"node_id = 'kitchen'\n" * 20, "hub.sqlite": b"SQLite" * 90})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, len(GOOD) - 1), new=st.binary(min_size=1, max_size=8))
def test_archive_with_any_bytes_changed_is_read_or_one_sentence(
    tmp_path: Path, place: int, new: bytes
) -> None:
    path = tmp_path / "a"
    path.write_bytes(GOOD[:place] + new + GOOD[place + len(new) :])
    with suppress(InputError):
        unpack(path)


def test_file_that_cannot_be_read_is_named_and_leaves_no_half_backup(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    manifest = msgspec.convert(MANIFEST, archive.Manifest)
    with pytest.raises(UnavailableError, match=f"^{gone}: cannot be read"):
        archive.write(tmp_path / "home.zip", manifest, {"state/secrets/gone": gone})
    assert list(tmp_path.iterdir()) == []
