"""amqtt as Soribit's broker where mosquitto is missing: for evaluation, with its walls put right.

Each override closes a hole that was measured in amqtt 0.12.1, whose version is pinned for it.
"""

import asyncio
import contextlib
import hmac
import logging
import signal
from collections.abc import Callable, Sequence

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.errors import NoDataError
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.session import Session

from contract.errors import SoribitError
from contract.process import notify
from hub.broker_accounts import Login
from hub.broker_mosquitto import MAX_CONNECTIONS, MAX_PACKET_BYTES

GRACE_S = 5
"""Added to a client's keepalive of 10 s: half of it, as MQTT asks for."""
REFUSED = "(refused)"
"""Client id of a connection without a right password; no account can have it."""

CONNECT_S = 10.0
"""Who has not said within this time who he is, is put off: he would hold a place for ever."""

log = logging.getLogger(__name__)


def run(
    accounts: Sequence[Login],
    addresses: Sequence[str],
    port: int,
    reread: Callable[[], Sequence[Login]],
) -> None:
    """Serve until SIGTERM or SIGINT; on SIGHUP the accounts are read again."""
    logging.getLogger("amqtt").setLevel(logging.WARNING)
    logging.getLogger("transitions").setLevel(logging.WARNING)
    log.warning("amqtt is a broker for evaluation: install mosquitto before you rely on Soribit")
    asyncio.run(_serve(accounts, addresses, port, reread))


class WalledBroker(Broker):
    """amqtt with accounts and rights that hold for every message, wills included."""

    def __init__(
        self,
        accounts: Sequence[Login],
        addresses: Sequence[str],
        port: int,
        connect_s: float = CONNECT_S,
    ) -> None:
        self._connect_s = connect_s
        self._logins = {login.username: login for login in accounts}
        names = ["default", *addresses[1:]]  # amqtt wants one of this name
        listeners = {
            name: ListenerConfig(bind=f"{address}:{port}", max_connections=MAX_CONNECTIONS)
            for name, address in zip(names, addresses, strict=True)
        }
        super().__init__(BrokerConfig(listeners=listeners, plugins={}))

    async def take(self, accounts: Sequence[Login]) -> None:
        """Go on with other accounts; who has none any more, or another one, is put off."""
        former, self._logins = self._logins, {login.username: login for login in accounts}
        for name, login in former.items():
            if self._logins.get(name) != login:
                await self._end_former(name)

    async def _initialize_client_session(
        self,
        reader: ReaderAdapter,
        writer: WriterAdapter,
        remote_address: str,  # noqa: ARG002  # amqtt's signature
        remote_port: int,  # noqa: ARG002
    ) -> tuple[BrokerProtocolHandler, Session]:
        """Read CONNECT; nobody touches another's session before the password was right.

        amqtt throws away the session that a stranger names, and takes over its user name.
        """
        connect = _Handler.init_from_connect(reader, writer, self.plugins_manager)
        try:
            handler, session = await asyncio.wait_for(connect, self._connect_s)
        except TimeoutError as error:
            await writer.close()
            raise NoDataError("no CONNECT came") from error
        session.clean_session = True
        session.keep_alive += GRACE_S if session.keep_alive else 0
        client_id = session.username if session.username and self._is_known(session) else REFUSED
        await self._end_former(client_id)
        session.client_id = client_id
        return handler, session

    async def _authenticate(self, session: Session, _: ListenerConfig) -> bool:
        """Ask again: the accounts may have changed while the former connection was closed."""
        return session.client_id != REFUSED and self._is_known(session)

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        login = self._logins.get(session.username or "")
        if login is None:
            return False
        return login.may_write(topic) if action is Action.PUBLISH else login.may_read(topic)

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """Send what is retained to who asked for it; amqtt sends it to everybody who connects."""
        if any(asker is session for asker, _ in self._subscriptions.get(subscription[0], [])):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    def _is_known(self, session: Session) -> bool:
        """Whether password and will are the account's own; amqtt lets every will pass."""
        login = self._logins.get(session.username or "")
        return (
            login is not None
            and hmac.compare_digest((session.password or "").encode(), login.password.encode())
            and (not session.will_flag or login.may_write(session.will_topic or ""))
        )

    async def _end_former(self, client_id: str) -> None:
        """Close the connection that this one replaces; amqtt leaves it open and deaf."""
        _, former = self._sessions.get(client_id, (None, None))
        if former:
            await former.handle_connection_closed()
        await self._delete_session(client_id)


class _Handler(BrokerProtocolHandler):
    """One connection; amqtt lets a frozen client stay for ever."""

    def attach(self, session: Session, reader: ReaderAdapter, writer: WriterAdapter) -> None:
        super().attach(session, _Bounded(reader), writer)

    def handle_read_timeout(self) -> None:
        log.warning(
            "a client fell silent", extra={"client": self.session and self.session.username}
        )
        self._ending = asyncio.create_task(self.handle_connection_closed())


class _Bounded(ReaderAdapter):
    """Ends a connection that announces a packet of more than 1 MB; amqtt takes 256 MB of anybody.

    It follows amqtt, which reads the head of a packet byte by byte: its kind, then its length in
    groups of seven bits.
    """

    def __init__(self, reader: ReaderAdapter) -> None:
        self._reader = reader
        self._rest = 0
        self._length, self._shift = 0, -7

    async def read(self, n: int = -1) -> bytes:
        data = await self._reader.read(n)
        if self._rest > 0:
            self._rest -= len(data)
        elif data:
            self._head(data[0])
        return data

    def feed_eof(self) -> None:
        self._reader.feed_eof()

    def _head(self, byte: int) -> None:
        if self._shift >= 0:
            self._length |= (byte & 0x7F) << self._shift
            if byte < 0x80:  # noqa: PLR2004  # the last group of the length
                self._rest, self._length, self._shift = self._length, 0, -7
                if self._rest > MAX_PACKET_BYTES:
                    raise ValueError(f"a packet of {self._rest} bytes, limit {MAX_PACKET_BYTES}")
                return
        self._shift += 7


async def _serve(
    accounts: Sequence[Login],
    addresses: Sequence[str],
    port: int,
    reread: Callable[[], Sequence[Login]],
) -> None:
    broker = WalledBroker(accounts, addresses, port)
    stop, changed = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, changed.set)
    await broker.start()
    following = asyncio.create_task(_follow(broker, changed, reread))
    notify("READY=1\nSTATUS=amqtt, for evaluation: install mosquitto")
    await stop.wait()
    following.cancel()
    notify("STOPPING=1")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(broker.shutdown(), timeout=1)


async def _follow(
    broker: WalledBroker, changed: asyncio.Event, reread: Callable[[], Sequence[Login]]
) -> None:
    """Take up changed accounts; faulty ones are told, and those of before stay."""
    while await changed.wait():
        changed.clear()
        try:
            await broker.take(reread())
        except SoribitError as error:
            log.error("the accounts stay as they were: %s", error)
        except Exception:
            log.exception("the changed accounts could not be taken up")
