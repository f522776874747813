"""The page's doors over real sockets; 127.0.0.2 and 127.0.0.3 play the home network."""

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract.errors import InputError, UnavailableError
from hub.access.gate import gate_of
from hub.web import create_app
from hub.web.doors import Doors
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import scene
from tests.hub.web.served import living, read_event
from tests.hub.web.two_doors import HERE, HOME, Browser
from tests.real import until

OTHER = "127.0.0.3"
AWAY = UnavailableError("lan: this machine has no address in a home network now")
pytestmark = pytest.mark.allow_hosts([HERE, HOME, OTHER])


@dataclass
class Network:
    """The home network as it comes and goes."""

    now: str | Exception = AWAY
    told: list[str] = field(default_factory=list)

    def find(self) -> str:
        if isinstance(self.now, Exception):
            raise self.now
        return self.now


@contextmanager
def opened(
    network: Network, folder: Path, home: FakeHome | None = None, *, every_s: float = 3600.0
) -> Iterator[Doors]:
    app = create_app(home or living(scene("calm")), streams=4, gate=gate_of(folder))
    doors = Doors(app, HERE, 0, find=network.find, changed=network.told.append, every_s=every_s)
    doors.start()
    try:
        yield doors
    finally:
        doors.stop()


def answers(doors: Doors, host: str) -> bool:
    try:
        return Browser(host, doors.here.port).ask("GET", "/healthz").status == 200
    except OSError:
        return False


def test_without_a_home_network_the_page_is_on_this_machine(tmp_path: Path) -> None:
    network = Network()
    with opened(network, tmp_path) as doors:
        assert answers(doors, HERE)
        assert not answers(doors, HOME)
    assert network.told == []


def test_the_page_opens_when_the_network_comes(tmp_path: Path) -> None:
    network = Network()
    with opened(network, tmp_path) as doors:
        network.now = HOME
        doors.look()
        assert answers(doors, HOME)
        assert answers(doors, HERE)
        assert network.told == [HOME]
    assert network.told == [HOME, ""]


def test_the_network_is_looked_for_again_and_again(tmp_path: Path) -> None:
    network = Network()
    with opened(network, tmp_path, every_s=0.05) as doors:
        network.now = HOME
        until(lambda: answers(doors, HOME), what="the door")


def test_nothing_else_listens(tmp_path: Path) -> None:
    with opened(Network(HOME), tmp_path) as doors:
        assert not answers(doors, OTHER)


def test_the_page_moves_with_the_address_and_this_machine_notices_nothing(tmp_path: Path) -> None:
    network = Network(HOME)
    with opened(network, tmp_path) as doors, ExitStack() as streams:
        stream = streams.enter_context(Browser(HERE, doors.here.port).open("GET", "/live"))
        read_event(stream)
        network.now = OTHER
        doors.look()
        assert answers(doors, OTHER)
        assert not answers(doors, HOME)
        assert read_event(stream)[0] in ("alive", "home")
    assert network.told == [HOME, OTHER, ""]


def test_moving_ends_the_streams_of_the_old_door(tmp_path: Path) -> None:
    network, home = Network(HOME), living(scene("calm"))
    with opened(network, tmp_path, home) as doors:
        guest = Browser(HOME, doors.here.port)
        assert guest.enter(gate_of(tmp_path).codes.make()).status == 303
        with guest.open("GET", "/live") as stream:
            read_event(stream)
            network.now = OTHER
            doors.look()
            until(lambda: not home.followers, what="the end of the stream")


def test_what_is_open_stays_while_the_network_drops_out(tmp_path: Path) -> None:
    network = Network(HOME)
    with opened(network, tmp_path) as doors:
        network.now = AWAY
        doors.look()
        assert answers(doors, HOME)
    assert network.told == [HOME, ""]


@pytest.mark.parametrize(
    "reason", [AWAY, InputError("lan: several home networks are there"), ValueError("a bug")]
)
def test_whatever_is_wrong_with_the_network_the_page_stays_on_this_machine(
    tmp_path: Path, reason: Exception
) -> None:
    with opened(Network(reason), tmp_path) as doors:
        assert answers(doors, HERE)


def test_a_reason_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), opened(Network(), tmp_path) as doors:
        for _ in range(5):
            doors.look()
    assert [r.getMessage() for r in caplog.records] == [
        f"the page cannot be opened to the home network: {AWAY}"
    ]


def test_a_port_that_is_taken_there_is_said_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = Network()
    with opened(network, tmp_path) as doors:
        network.now = HOME
        with socket.create_server((HOME, doors.here.port)):
            doors.look()
            assert "is taken by another program" in caplog.text
            assert answers(doors, HERE)
            assert network.told == []
        doors.look()
        assert answers(doors, HOME)


def test_a_port_that_is_taken_here_ends_it_with_one_sentence(tmp_path: Path) -> None:
    app = create_app(living(scene("calm")), streams=1, gate=gate_of(tmp_path))
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
        doors = Doors(app, HERE, port, find=lambda: HOME, changed=lambda _: None)
        with pytest.raises(UnavailableError, match="is taken by another program"):
            doors.start()
