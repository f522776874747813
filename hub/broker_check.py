"""Tries on a broker what accounts may and may not do: each path by a round trip."""

import queue
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from contract import topics
from contract.errors import UnavailableError
from contract.mqtt import Account, Arrival, MqttLink
from hub.broker_accounts import Login

CONNECT_S = 5.0
ARRIVE_S = 5.0
"""Far more than a round trip at home; a broker that needs longer delays every alert."""


class Finding(Struct, frozen=True):
    """Something that an account may do and must not, or the other way round."""

    username: str
    fault: str


def check(hub: Account, node_ids: Sequence[str], logins: Sequence[Login]) -> list[Finding]:
    """Try every account of a node: its own events must arrive, nothing else it writes may.

    Args:
        hub: The hub's account; a second connection of it listens.
        node_ids: Every node of the home.
        logins: The accounts to try; those whose password we know.

    Raises:
        UnavailableError: The hub's account cannot connect or hear.
    """
    with _connected(hub, "hub-check") as listener:
        ear = _Ear(listener)
        findings: list[Finding] = []
        for login in logins:
            if login.username in node_ids:
                findings += _try(login, hub, ear, node_ids)
        return findings


def _try(login: Login, hub: Account, ear: "_Ear", node_ids: Sequence[str]) -> list[Finding]:
    account = Account(
        host=hub.host, port=hub.port, username=login.username, password=login.password
    )
    try:
        with _connected(account, f"{login.username}-check") as link:
            return list(_faults(login, link, ear, node_ids))
    except UnavailableError as error:
        return [Finding(login.username, str(error))]


def _faults(
    login: Login, link: MqttLink, ear: "_Ear", node_ids: Sequence[str]
) -> Iterator[Finding]:
    """What goes wrong for one account; its own event comes last and shows that all were routed."""
    marks = {topic: _mark() for topic in _foreign(login, node_ids)}
    for topic, mark in marks.items():
        link.publish(topic, mark, qos=1)
    own = _mark()
    link.publish(topics.node_event(login.username), own, qos=1)
    arrived = ear.until(own)
    if own not in arrived:
        yield Finding(login.username, f"may not write {topics.node_event(login.username)}")
    for topic, mark in marks.items():
        if mark in arrived:
            yield Finding(login.username, f"may write {topic}, which is not its own")


def _foreign(login: Login, node_ids: Sequence[str]) -> Iterator[str]:
    """Topics of others, one of each kind that matters."""
    stranger = f"not-{login.username}"[:32]
    for other in (*(node_id for node_id in node_ids if node_id != login.username), stranger):
        for topic in (topics.node_event, topics.node_status, topics.node_health, topics.node_ack):
            yield topic(other)
    yield from (topics.HUB_STATUS, topics.HUB_ALERT, topics.node_ack(login.username))


class _Ear:
    """Hears everything of Soribit that passes the broker."""

    def __init__(self, link: MqttLink) -> None:
        self._heard: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        link.subscribe(f"{topics.ROOT}/#", self._heard.put, qos=1)
        ready = _mark()
        if not link.publish(topics.hub_room("check"), ready, qos=1) or ready not in self.until(
            ready
        ):
            raise UnavailableError(
                f"the hub's account may not read and write {topics.ROOT}/# at the broker, or "
                "another connection took its place; give it these rights, and stop the hub if "
                "the broker allows one connection an account"
            )

    def until(self, mark: bytes) -> set[bytes]:
        """Return what came in up to a mark; without it, all that came in time."""
        heard: set[bytes] = set()
        while mark not in heard:
            try:
                heard.add(self._heard.get(timeout=ARRIVE_S).payload)
            except queue.Empty:
                break
        return heard


@contextmanager
def _connected(account: Account, client_id: str) -> Iterator[MqttLink]:
    """Be connected.

    Raises:
        UnavailableError: The broker does not take the account.
    """
    link = MqttLink(account, client_id=client_id)
    link.start()
    try:
        if not link.wait_up(CONNECT_S):
            raise UnavailableError(
                f"cannot connect to {account.host}:{account.port} as {account.username}; is the "
                "broker there, and does it know this account with this password?"
            )
        yield link
    finally:
        link.stop()


def _mark() -> bytes:
    """A payload that hub and nodes drop as malformed, and that nobody else sends."""
    return f"check {uuid.uuid4()}".encode()
