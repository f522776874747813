import socket
from contextlib import ExitStack

import pytest

from contract.errors import UnavailableError
from hub.web import create_app
from hub.web.server import Server
from tests.hub.web.scenes import scene
from tests.hub.web.served import living, read_event, serve
from tests.real import free_port, listens, until


def test_it_answers_where_it_says() -> None:
    port = free_port()
    with serve(living(scene("calm")), port=port) as served:
        assert served.address == f"http://127.0.0.1:{port}/"
        with served.get("/") as page:
            assert page.status == 200


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(create_app(living(scene("calm")), streams=1), "127.0.0.1", port)
        with pytest.raises(UnavailableError) as raised:
            server.start()
    assert str(raised.value) == (
        f"port {port} of 127.0.0.1 is taken by another program; choose another with --port"
    )


def test_an_address_of_another_machine_is_said() -> None:
    server = Server(create_app(living(scene("calm")), streams=1), "192.0.2.1", 8765)
    with pytest.raises(UnavailableError, match=r"cannot listen on 192\.0\.2\.1 port 8765"):
        server.start()


def test_it_stops_while_streams_are_open() -> None:
    with ExitStack() as open_streams:
        with serve(living(scene("calm")), streams=8) as served:
            for _ in range(8):
                stream = open_streams.enter_context(served.get("/live"))
                read_event(stream)
        until(lambda: not served.server._thread.is_alive(), what="the server's end")
        until(lambda: not served.home.followers, what="the streams' end")
    assert not listens(served.server.port)


def test_a_request_that_is_no_http_harms_nobody() -> None:
    with serve(living(scene("calm"))) as served:
        port = served.server.port
        for rubbish in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\0" * 5000, b""):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as stranger:
                stranger.sendall(rubbish)
        with served.get("/healthz") as answer:
            assert answer.status == 200
