"""Runs the MQTT broker beside the hub: mosquitto where it is installed, else amqtt."""

import logging
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from contract.errors import SettingsError, SoribitError, UnavailableError
from contract.process import notify, stop_event
from contract.settings import is_loopback
from hub import broker_mosquitto, broker_process, lan
from hub.broker_accounts import Login, logins
from hub.settings import HubBroker, HubSettings

Kind = Literal["external", "mosquitto", "amqtt"]

log = logging.getLogger(__name__)


def decide(broker: HubBroker) -> Kind:
    """Return which broker serves this home.

    `auto` is external where the host is another machine, for only the loopback is ours to open.

    Raises:
        SettingsError: The settings ask for what cannot be.
    """
    if broker.kind == "external" or (broker.kind == "auto" and not is_loopback(broker.host)):
        return "external"
    if not is_loopback(broker.host):
        fault = "is not this machine's loopback; use 127.0.0.1, or kind external"
        raise SettingsError([f"broker.host = {broker.host!r}: {fault}"])
    if broker.kind == "mosquitto" and not broker_mosquitto.find():
        fault = "it is not installed; sudo apt install mosquitto, or kind auto"
        raise SettingsError([f"broker.kind = 'mosquitto': {fault}"])
    if broker.kind == "auto":
        return "mosquitto" if broker_mosquitto.find() else "amqtt"
    return broker.kind


def run(settings: HubSettings, state: Path, reread: Callable[[], HubSettings]) -> None:
    """Run the broker until SIGTERM or SIGINT; with mosquitto this call never returns.

    Args:
        settings: The hub's settings, with the accounts.
        state: The state folder; the broker keeps its own in `broker/`.
        reread: Returns the settings as they are when SIGHUP comes.

    Raises:
        SettingsError: The accounts or the broker's settings have faults.
        UnavailableError: The port is taken, or the home's broker runs already.
    """
    broker = settings.broker
    kind = decide(broker)
    if kind == "external":
        log.info("the broker is external, there is none to run", extra={"host": broker.host})
        if notify("READY=1\nSTATUS=the broker is external"):
            stop_event().wait()  # systemd would start again for ever what ends
        return
    logins(settings)  # refuses what has faults
    _refuse_taken(broker.host, broker.port)
    addresses = (broker.host, *_in_the_home_network(settings.lan, broker))
    serve(kind, addresses, broker.port, state, lambda: logins(reread()))


def serve(
    kind: Kind,
    addresses: Sequence[str],
    port: int,
    state: Path,
    reread: Callable[[], Sequence[Login]],
) -> None:
    """Serve the accounts that `reread` returns at these addresses and nowhere else."""
    broker_process.begin(state, addresses, port)
    accounts = reread()  # not before: who changed them then did not know of us
    facts = {"kind": kind, "addresses": addresses, "port": port, "accounts": len(accounts)}
    log.info("broker starts", extra=facts)
    program = broker_mosquitto.find()
    if kind == "mosquitto" and program:
        conf = _written(state / broker_process.FOLDER, addresses, port, accounts)
        broker_mosquitto.become(program, conf)
    from hub import broker_amqtt  # noqa: PLC0415  # 0.3 s that mosquitto does not cost

    broker_amqtt.run(accounts, addresses, port, reread)


def _written(folder: Path, addresses: Sequence[str], port: int, accounts: Sequence[Login]) -> Path:
    """Write mosquitto's files; a full disk must not keep the home without a broker."""
    try:
        return broker_mosquitto.write(folder, addresses, port, accounts)
    except OSError as error:
        conf = folder / "mosquitto.conf"
        if not conf.exists():
            told = f"broker: {folder} cannot be written ({error.strerror}); free some space there"
            raise UnavailableError(told) from error
        log.error("%s: %s; the accounts are those of the last start", folder, error.strerror)
        return conf


def _in_the_home_network(wanted: str, broker: HubBroker) -> tuple[str, ...]:
    """The address of `lan`; none while it is not there, for the hub's own room cannot wait."""
    if not wanted:
        return ()
    try:
        address = lan.find(wanted)
        _refuse_taken(address, broker.port)
    except SoribitError as error:
        log.warning("the broker listens at %s alone for now: %s", broker.host, error)
        return ()
    return (address,)


def _refuse_taken(host: str, port: int) -> None:
    """Say it here: mosquitto's own message names no way out."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UnavailableError(
                f"broker: port {port} on {host} is taken ({error.strerror}); stop the program "
                "that uses it, or set another [broker] port in hub.toml"
            ) from error
