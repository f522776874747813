"""A TCP proxy that treats MQTT badly: it delays, cuts, swallows, drops, doubles, reorders."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Way = Literal["to broker", "to client"]
Treat = Callable[[Way, bytes], list[bytes]]
"""Takes one whole MQTT packet, returns what goes on instead."""
PUBLISH, PUBACK = 3, 4


class Proxy:
    """Stands between clients and a broker.

    Attributes:
        port: Where clients connect.
        treat: What becomes of each packet.
        delay_s: How long each packet waits first.
        swallows: Everything vanishes while the connections stay, as behind a dead cable.
        refuses: Nobody is let through.
        slices: Every byte is a segment of its own.
    """

    def __init__(self, broker_port: int, host: str = "127.0.0.1") -> None:
        self.port = 0
        self.treat: Treat = lambda _way, packet: [packet]
        self.delay_s: Callable[[], float] = lambda: 0.0
        self.swallows = self.refuses = self.slices = False
        self._host, self._broker_port = host, broker_port
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @contextmanager
    def __call__(self) -> Iterator["Proxy"]:
        """Serve for a while."""
        self._thread.start()
        assert self._ready.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def cut(self) -> None:
        """Reset every connection."""
        self._loop.call_soon_threadsafe(self._abort)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, self._host, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._abort()
        for task in (tasks := asyncio.all_tasks(self._loop)):
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def _abort(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            if self.refuses:
                return
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._broker_port)
            self._open.add(far)
            pumps = [
                asyncio.create_task(self._pump("to broker", reader, far)),
                asyncio.create_task(self._pump("to client", far_reader, writer)),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        except (OSError, asyncio.CancelledError):  # the broker is away, or the proxy ends
            pass
        finally:
            for end in (writer, far):
                if end:
                    self._open.discard(end)
                    end.transport.abort()

    async def _pump(
        self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        rest = bytearray()
        while data := await reader.read(65536):
            rest += data
            for packet in _packets(rest):
                await asyncio.sleep(self.delay_s())
                for each in [] if self.swallows else self.treat(way, packet):
                    await self._write(writer, each)

    async def _write(self, writer: asyncio.StreamWriter, packet: bytes) -> None:
        for start in range(0, len(packet), 1 if self.slices else len(packet)):
            writer.write(packet[start : start + 1] if self.slices else packet)
            with suppress(ConnectionError):
                await writer.drain()


def topic_of(packet: bytes) -> str:
    """Return the topic of a PUBLISH, "" for every other packet."""
    if packet[0] >> 4 != PUBLISH:
        return ""
    start = 1 + _length_bytes(packet)
    size = int.from_bytes(packet[start : start + 2], "big")
    return packet[start + 2 : start + 2 + size].decode()


def _packets(buffer: bytearray) -> Iterator[bytes]:
    """Take the whole packets off the front of a buffer."""
    while len(buffer) >= 2:
        size_bytes = _length_bytes(buffer)
        if not size_bytes:
            return
        size = sum((buffer[1 + n] & 0x7F) << 7 * n for n in range(size_bytes))
        end = 1 + size_bytes + size
        if len(buffer) < end:
            return
        yield bytes(buffer[:end])
        del buffer[:end]


def _length_bytes(packet: bytes | bytearray) -> int:
    """How many bytes tell the packet's length; 0 where they are not all there yet."""
    for number, byte in enumerate(packet[1:5], start=1):
        if byte < 0x80:
            return number
    return 0
