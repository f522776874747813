"""A data set is fetched whole, checked, or refused in one sentence; nothing half is left."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.errors import InputError
from training.fetch import Source, fetch, sources

NAMES = ["1-1-A-0.wav", "2-2-A-0.wav"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that a web server on this machine gives away, and its address."""
    place = tmp_path / "www"
    place.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield place, f"http://127.0.0.1:{server.server_port}/set.zip"
    server.shutdown()
    thread.join()
    server.server_close()


def packed(place: Path, *, audio: list[str] = NAMES) -> str:
    with zipfile.ZipFile(place / "set.zip", "w") as archive:
        archive.writestr(
            "set-master/meta.csv", "filename,fold\n" + "".join(f"{n},1\n" for n in NAMES)
        )
        for name in audio:
            archive.writestr(f"set-master/audio/{name}", b"RIFF")
        archive.writestr("../../escaped.txt", b"out")
    return hashlib.sha256((place / "set.zip").read_bytes()).hexdigest()


def source(address: str) -> Source:
    return Source(
        address=address, folder="set-master", list="meta.csv", recordings="audio", count=2
    )


def test_data_set_is_fetched_whole(served: tuple[Path, str], tmp_path: Path) -> None:
    place, address = served
    digest = packed(place)
    found = fetch("set", replace(source(address), sha256=digest), tmp_path / "data")
    assert sorted(path.name for path in (found / "audio").iterdir()) == NAMES
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["set"]
    assert not (tmp_path / "escaped.txt").exists()
    assert not (tmp_path.parent / "escaped.txt").exists()


@pytest.mark.parametrize(
    ("audio", "sha256", "sentence"),
    [
        (NAMES[:1], "", "1 of them are not there"),
        (NAMES, "0" * 64, "has SHA-256"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused(
    served: tuple[Path, str], tmp_path: Path, audio: list[str], sha256: str, sentence: str
) -> None:
    place, address = served
    packed(place, audio=audio)
    with pytest.raises(InputError, match=sentence):
        fetch("set", replace(source(address), sha256=sha256), tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())


def test_truncated_archive_is_one_sentence(served: tuple[Path, str], tmp_path: Path) -> None:
    place, address = served
    packed(place)
    (place / "set.zip").write_bytes((place / "set.zip").read_bytes()[:100])
    with pytest.raises(InputError, match="is no whole zip archive"):
        fetch("set", source(address), tmp_path / "data")


def test_address_that_does_not_answer_is_one_sentence(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"cannot be fetched: .*; download it yourself"):
        fetch("set", source(served[1]), tmp_path / "data")


def test_data_set_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    with pytest.raises(InputError, match="is there already"):
        fetch("set", source("http://127.0.0.1:9/"), tmp_path)


def test_every_source_names_its_licence_or_what_to_do() -> None:
    assert set(sources()) == {"esc50", "aihub"}
    for one in sources().values():
        assert one.by_hand or (one.licence and one.address.startswith("https://"))
    with pytest.raises(InputError, match="AIHub asks for an account"):
        fetch("aihub", sources()["aihub"], Path())
