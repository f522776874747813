"""What root does for a home, where somebody else got hold of the hub's user and its folder."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub import archive
from hub.store.database import Database
from tests.real import ROOT, until

SOMEBODY = 65534
"""Debian's user "nobody"."""
HOME = """\
[accounts.hub]
role = "hub"
password_file = "{folder}/hub.password"
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root acts for another user")


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose folder is another user's; its settings are root's, as a service has them."""
    folder = Path(tempfile.mkdtemp())
    (folder / "hub.password").write_text("secret of hub")
    for path in (folder, *folder.iterdir()):
        os.chown(path, SOMEBODY, SOMEBODY)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def config(tmp_path: Path, home: Path) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text(HOME.format(folder=home))
    return path


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """A folder of root's, with files that have the names of ours."""
    folder = tmp_path / "precious"
    folder.mkdir()
    for name in ("passwd", "acl", "kitchen.password"):
        (folder / name).write_text("precious")
    return folder


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of root's that heeds SIGHUP: it would end with 7."""
    with heeding(user=0) as process:
        yield process


@contextmanager
def heeding(*, user: int) -> Iterator[subprocess.Popen[bytes]]:
    code = (
        f"import os, signal; os.setuid({user});"
        "signal.signal(signal.SIGHUP, lambda *_: os._exit(7)); print(flush=True); signal.pause()"
    )
    line = [sys.executable, "-c", code]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def hub(config: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "hub", *words, "--config", str(config), "--state", str(home)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def untouched(folder: Path) -> bool:
    return {path.read_text() for path in folder.iterdir()} == {"precious"}


def test_what_root_adds_is_the_hubs(config: Path, home: Path) -> None:
    assert hub(config, home, "add-node", "kitchen").returncode == 0
    made = [home / "secrets", home / "secrets" / "kitchen.password"]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(SOMEBODY, SOMEBODY)}
    assert config.stat().st_uid == 0
    assert hub(config, home, "revoke", "kitchen").returncode == 0
    assert list((home / "secrets").iterdir()) == []


def test_link_in_place_of_the_secrets_leads_to_nothing_of_roots(
    config: Path, home: Path, precious: Path
) -> None:
    (home / "secrets").symlink_to(precious)
    done = hub(config, home, "add-node", "kitchen")
    assert done.returncode == 2
    assert "kitchen.password cannot be written" in done.stderr
    assert untouched(precious)


def test_link_in_place_of_the_brokers_folder_leads_to_nothing_of_roots(
    config: Path, home: Path, precious: Path, bystander: subprocess.Popen[bytes]
) -> None:
    (home / "broker").symlink_to(precious)
    (precious / "pid").write_text(f"{bystander.pid}\n")
    precious.parent.chmod(0o755)
    with (precious / "pid").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = hub(config, home, "reload")
    (precious / "pid").unlink()
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert untouched(precious)
    assert bystander.poll() is None


def test_number_of_a_process_of_roots_lets_nobody_end_it(
    config: Path, home: Path, bystander: subprocess.Popen[bytes]
) -> None:
    pid = home / "hub.pid"
    pid.write_text(f"{bystander.pid}\n")
    os.chown(pid, SOMEBODY, SOMEBODY)
    with pid.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = hub(config, home, "reload")
    assert done.returncode == 2
    assert f"process {bystander.pid} is another user's" in done.stderr
    bystander.send_signal(signal.SIGHUP)
    until(lambda: bystander.poll() == 7, what="that it would have ended")


def test_links_in_place_of_the_brokers_notes_show_nothing_of_roots(
    config: Path, home: Path, precious: Path, bystander: subprocess.Popen[bytes]
) -> None:
    with broker_noted(home, precious, bystander.pid):
        added = hub(config, home, "add-node", "attic")
    assert "192.168.77.7" not in added.stdout
    assert "4242" not in added.stdout


def test_notes_that_only_root_can_read_move_no_broker(
    config: Path, home: Path, precious: Path
) -> None:
    with heeding(user=SOMEBODY) as broker, broker_noted(home, precious, broker.pid):
        done = hub(config, home, "reload")
        assert broker.wait(20) == 7  # it was told of new accounts
    assert (done.returncode, done.stderr) == (0, "")


@contextmanager
def broker_noted(home: Path, precious: Path, process: int) -> Iterator[None]:
    """A broker that passes as running, and whose notes are links to what is root's."""
    notes = {"listens": "192.168.77.7", "port": "4242", "started_again": f"{process}"}
    for name, note in notes.items():
        (precious / name).write_text(note)
        (precious / name).chmod(0o600)
    folder = home / "broker"
    folder.mkdir()
    (folder / "pid").write_text(f"{process}\n")
    for name in notes:
        (folder / name).symlink_to(precious / name)
    for name in notes:
        os.utime(precious / name)  # what is older than the number is a former broker's
    for path in (folder, folder / "pid"):
        os.chown(path, SOMEBODY, SOMEBODY)
    with (folder / "pid").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup with a password, in a folder of its own, and a history."""
    history = tmp_path / "history"
    Database(history).close()
    members: dict[str, Path | str] = {
        "state/secrets/wifi/key": "of the backup",
        "hub.sqlite": history,
    }
    manifest = archive.Manifest(soribit="1", schema="", made_at="then", secrets=True)
    archive.write(tmp_path / "home.zip", manifest, members)
    return tmp_path / "home.zip"


@pytest.mark.parametrize(
    ("planted", "told"), [("secrets/wifi", "cannot be read"), ("hub.sqlite", "is a link")]
)
def test_backup_takes_nothing_of_roots_into_the_archive(
    config: Path, home: Path, precious: Path, planted: str, told: str
) -> None:
    saved = config.with_name("saved.zip")
    (home / "secrets").mkdir(exist_ok=True)
    (home / planted).symlink_to(precious / "acl")
    done = hub(config, home, "backup", str(saved), "--secrets")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not saved.exists()


def owner(path: Path) -> tuple[int, int]:
    about = path.lstat()
    return about.st_uid, about.st_gid


def test_what_root_restores_is_the_hubs(config: Path, home: Path, backup: Path) -> None:
    done = hub(config, home, "restore", str(backup))
    assert done.returncode == 0, done.stderr
    made = [home / "hub.sqlite", *(home / "secrets").rglob("*"), home / "secrets"]
    assert len(made) == 4
    assert {owner(path) for path in made} == {(SOMEBODY, SOMEBODY)}
    assert owner(config) == (0, 0)


def test_settings_that_root_restores_stay_roots(config: Path, home: Path, backup: Path) -> None:
    saved = hub(config, home, "backup", str(backup), "--force")
    done = hub(config, home, "restore", str(backup))
    assert (saved.returncode, done.returncode) == (0, 0), done.stderr
    assert owner(config) == (0, 0)


@pytest.mark.parametrize("planted", ["secrets", "secrets/wifi", "hub.sqlite"])
def test_restore_goes_through_no_link_in_the_state_folder(
    config: Path, home: Path, backup: Path, precious: Path, planted: str
) -> None:
    (precious / "wifi").mkdir()
    (precious / "key").write_text("precious")
    (home / planted).parent.mkdir(exist_ok=True)
    (home / planted).symlink_to(precious / "acl" if planted == "hub.sqlite" else precious)
    precious.parent.chmod(0o755)
    done = hub(config, home, "restore", str(backup))
    assert done.returncode == 2
    assert f"{home / planted}: is a link" in done.stderr
    assert not list((precious / "wifi").iterdir())
    (precious / "wifi").rmdir()
    assert untouched(precious)


def test_restore_has_no_more_rights_in_the_state_folder_than_its_owner(
    config: Path, home: Path, backup: Path
) -> None:
    (home / "secrets").mkdir(mode=0o755)
    done = hub(config, home, "restore", str(backup))
    assert done.returncode == 2
    assert done.stderr == (
        f"{home}/secrets/wifi: cannot be written (Permission denied); nothing was restored: "
        f"try with sudo, or let {home} and all in it belong to one user\n"
    )
    assert not list((home / "secrets").iterdir())
    assert not list(home.glob(".*"))
