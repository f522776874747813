"""amqtt as Soribit's broker where mosquitto is missing: for evaluation, with its walls put right.

Each override closes a hole that was measured in amqtt 0.12.1, whose version is pinned for it.
"""

import asyncio
import contextlib
import hmac
import logging
import signal
from collections.abc import Sequence

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.session import Session

from contract.process import notify
from hub.broker_accounts import Login

GRACE_S = 5
"""Added to a client's keepalive of 10 s: half of it, as MQTT asks for."""
REFUSED = "(refused)"
"""Client id of a connection without a right password; no account can have it."""

log = logging.getLogger(__name__)


def run(accounts: Sequence[Login], host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.getLogger("amqtt").setLevel(logging.WARNING)
    logging.getLogger("transitions").setLevel(logging.WARNING)
    log.warning("amqtt is a broker for evaluation: install mosquitto before you rely on Soribit")
    asyncio.run(_serve(accounts, host, port))


class WalledBroker(Broker):
    """amqtt with accounts and rights that hold for every message, wills included."""

    def __init__(self, accounts: Sequence[Login], host: str, port: int) -> None:
        self._logins = {login.username: login for login in accounts}
        listener = ListenerConfig(bind=f"{host}:{port}")
        super().__init__(BrokerConfig(listeners={"default": listener}, plugins={}))

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
        handler, session = await _Handler.init_from_connect(reader, writer, self.plugins_manager)
        session.clean_session = True
        session.keep_alive += GRACE_S if session.keep_alive else 0
        client_id = session.username if session.username and self._is_known(session) else REFUSED
        await self._end_former(client_id)
        session.client_id = client_id
        return handler, session

    async def _authenticate(self, session: Session, _: ListenerConfig) -> bool:
        return session.client_id != REFUSED

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        login = self._logins[session.username or ""]
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

    def handle_read_timeout(self) -> None:
        log.warning(
            "a client fell silent", extra={"client": self.session and self.session.username}
        )
        self._ending = asyncio.create_task(self.handle_connection_closed())


async def _serve(accounts: Sequence[Login], host: str, port: int) -> None:
    broker = WalledBroker(accounts, host, port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await broker.start()
    notify("READY=1\nSTATUS=amqtt, for evaluation: install mosquitto")
    await stop.wait()
    notify("STOPPING=1")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(broker.shutdown(), timeout=1)
