"""The one door to MQTT: a link that stays up and survives every callback."""

import logging
import socket
import threading
from collections.abc import Callable

import paho.mqtt.client as paho
from msgspec import Struct
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from contract.errors import PayloadError
from contract.topics import limit_bytes

KEEPALIVE_S = 10
"""A frozen peer's last will then comes after some 16 s, inside the 30 s promise (measured)."""
RECONNECT_MIN_S, RECONNECT_MAX_S = 1, 5
REFUSED_MAX_S = 30
"""Who is not let in knocks ever less often: the broker has others to serve."""
_NOT_KNOWN = ("Not authorized", "Bad user name or password")

log = logging.getLogger(__name__)


class Account(Struct, frozen=True, kw_only=True):
    """How to reach a broker, and as whom."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Leave the password out."""
        return f"Account({self.username}@{self.host}:{self.port})"


class Arrival(Struct, frozen=True):
    """A message as it came in: bytes that nobody has read yet."""

    topic: str
    payload: bytes
    retained: bool


class Will(Struct, frozen=True):
    """What the broker says for us, retained, when we are gone."""

    topic: str
    payload: bytes


Handler = Callable[[Arrival], None]


class MqttLink:
    """One MQTT 3.1.1 connection with a clean session, tried again for ever.

    Handlers run on the network thread and must hand over quickly. An exception in one is logged
    and counted, never fatal: paho alone would let its thread die in silence.

    Attributes:
        faults: How many handler calls have failed.
        refused: The topic filters that the broker has denied us since it last accepted us.
    """

    def __init__(
        self, account: Account, *, client_id: str, will: Will | None = None, if_refused: str = ""
    ) -> None:
        """Describe the connection; nothing is sent before `start`.

        Args:
            account: Which broker, and as whom.
            client_id: Our name for the broker.
            will: What the broker says when we are gone.
            if_refused: What the log says when the broker does not know the account; a sentence.
        """
        self.faults = 0
        self.refused: tuple[str, ...] = ()
        self._asked: dict[int, str] = {}
        self._asking = threading.Lock()
        self._if_refused = if_refused or "broker refused us; check user name and password"
        self._knocking = False
        self._account = account
        self._handlers: list[tuple[str, int, Handler]] = []
        self._on_up: list[Callable[[], None]] = []
        self._up = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        self._client.username_pw_set(account.username, account.password)
        self._client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        self._client.suppress_exceptions = True
        self._client.on_socket_open = _no_delay
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._connect_failed
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._arrived
        if will:
            self._client.will_set(will.topic, will.payload, qos=1, retain=True)

    def subscribe(self, topic_filter: str, handler: Handler, *, qos: int = 0) -> None:
        """Hand every message that matches to the handler, now and after each reconnect."""
        self._handlers.append((topic_filter, qos, handler))
        if self.is_up:
            self._ask(topic_filter, qos)

    def when_up(self, callback: Callable[[], None]) -> None:
        """Call back on the network thread after each (re)connect, subscriptions asked for."""
        self._on_up.append(callback)

    def start(self) -> None:
        """Begin to connect in the background; a broker that is away is tried again."""
        self._client.connect_async(self._account.host, self._account.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye: the last will is not sent."""
        self._client.disconnect()
        self._client.loop_stop()
        self._client._reset_sockets()  # paho leaves its own pair to the garbage collector

    @property
    def is_up(self) -> bool:
        """Whether the broker has accepted us and not been lost since."""
        return self._up.is_set()

    def wait_up(self, timeout_s: float) -> bool:
        """Wait until the link is up; False when it took too long."""
        return self._up.wait(timeout_s)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Send one message.

        Returns:
            Whether it was handed to the network, False while the link is down; no proof of arrival.

        Raises:
            PayloadError: The payload is longer than its topic allows.
        """
        if len(payload) > limit_bytes(topic):
            raise PayloadError(f"{topic}: {len(payload)} bytes to send, limit {limit_bytes(topic)}")
        if not self.is_up:
            return False
        return self._client.publish(topic, payload, qos, retain).rc == paho.MQTT_ERR_SUCCESS

    def _connected(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._knock(rarely=reason.is_failure)
        if reason.is_failure:
            known = reason not in _NOT_KNOWN
            told = f"broker refused us: {reason}" if known else self._if_refused
            log.warning("%s", told, extra={"broker": repr(self._account)})
            return
        with self._asking:
            self.refused = ()
            self._asked.clear()
        for topic_filter, qos, _ in self._handlers:
            self._ask(topic_filter, qos)
        self._up.set()
        log.info("connected", extra={"broker": repr(self._account)})
        for callback in self._on_up:
            self._guard(callback)

    def _knock(self, *, rarely: bool) -> None:
        """Choose how long to wait at most between two attempts; paho then begins with the least."""
        if rarely is not self._knocking:
            self._knocking = rarely
            most_s = REFUSED_MAX_S if rarely else RECONNECT_MAX_S
            self._client.reconnect_delay_set(RECONNECT_MIN_S, most_s)

    def _ask(self, topic_filter: str, qos: int) -> None:
        """Subscribe; one filter that cannot be must not cost us the others."""
        try:
            with self._asking:  # the answer must not be read before we know its question
                number = self._client.subscribe(topic_filter, qos)[1]
                if number is not None:
                    self._asked[number] = topic_filter
        except ValueError:
            log.exception("not a topic filter: %s", topic_filter)

    def _subscribed(
        self,
        _client: paho.Client,
        _userdata: object,
        number: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        with self._asking:
            topic_filter = self._asked.pop(number, "")
            if not any(reason.is_failure for reason in reasons):
                return
            self.refused += (topic_filter,)
        log.error(
            "the broker does not let us read %s; check our account's rights there",
            topic_filter,
            extra={"broker": repr(self._account)},
        )

    def _connect_failed(self, _client: paho.Client, _userdata: object) -> None:
        self._knock(rarely=False)
        log.warning("broker is away, trying again", extra={"broker": repr(self._account)})

    def _disconnected(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._up.clear()
        log.warning("disconnected: %s", reason, extra={"broker": repr(self._account)})

    def _arrived(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        if len(message.payload) > limit_bytes(message.topic):
            self.faults += 1
            log.warning("message too long, dropped", extra={"topic": message.topic})
            return
        arrival = Arrival(message.topic, bytes(message.payload), message.retain)
        for topic_filter, _, handler in self._handlers:
            if _matches(topic_filter, arrival.topic):
                self._guard(lambda handler=handler: handler(arrival))  # type: ignore[misc]

    def _guard(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self.faults += 1
            log.exception("a message handler failed")


def _matches(topic_filter: str, topic: str) -> bool:
    """Compare plainly where that will do: a hub with 100 lamps spent 0.5 ms a message here."""
    if "+" in topic_filter or "#" in topic_filter:
        return paho.topic_matches_sub(topic_filter, topic)
    return topic_filter == topic


def _no_delay(_client: paho.Client, _userdata: object, sock: object) -> None:
    """Send small packets at once: Nagle's algorithm made 0.4 ms into 10 ms (measured)."""
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
