"""Lets the broker and the hub that run know that hub.toml has changed."""

import signal
from pathlib import Path

from contract import settings as files
from contract.errors import SoribitError
from hub import broker, broker_accounts, broker_process, hub_toml, lan, pid_file
from hub.broker_mosquitto import access_list
from hub.commands.given import HUB_PID, Home, say
from hub.commands.owner import as_owner
from hub.settings import HubSettings


def to_broker(home: Home, name: str = "", *, move: bool = False) -> None:
    """Let the running broker know.

    The settings are read once more: another command may have changed them meanwhile.

    Args:
        home: The home.
        name: The account that the change is about; "" for all.
        move: Whether the broker is to listen elsewhere, and so to begin anew.

    Raises:
        SettingsError: The accounts have faults; the broker was told nothing.
        UnavailableError: The broker's files cannot be written.
    """
    with hub_toml.alone(home.path):
        settings = files.load(home.path, HubSettings)
        with as_owner(home.state):
            _to_broker(settings, home.state, name, move=move)


def to_hub(home: Home) -> None:
    """Let the running hub know; it begins anew."""
    with as_owner(home.state):
        told = pid_file.tell(home.state / HUB_PID, signal.SIGHUP)
    if told:
        say("The hub begins anew, with the new settings.")


def _to_broker(settings: HubSettings, state: Path, name: str, *, move: bool) -> None:
    if broker.decide(settings.broker) == "external":
        say(_by_hand(settings, name))
        return
    is_to_move = move or _is_to_move(settings, state)
    if is_to_move and broker_process.restart(state):
        say("The broker starts again, to listen where the settings say.")
    elif not broker_process.reload(settings, state):
        say("The broker does not run now; it will read this when it starts.")
    elif is_to_move:
        say(f"The broker does not listen where the settings say: {broker_process.BY_HAND}.")


def _is_to_move(settings: HubSettings, state: Path) -> bool:
    """Whether the running broker does not listen where it is to be found."""
    addresses = broker_process.listens(state)
    if not settings.lan or not addresses:
        return False
    try:
        return lan.find(settings.lan) not in addresses
    except SoribitError:
        return False


def _by_hand(settings: HubSettings, name: str) -> str:
    """What the owner of an external broker is to do there."""
    entry = settings.accounts.get(name)
    if not name:
        return "Your broker is not ours; it is left as it is."
    if entry is None:
        return f"Your broker is not ours: remove the account {name!r} there, and its rights."
    lamps = [f"{root}/#" for root in broker_accounts.lamp_roots(settings)]
    own = broker_accounts.beside(entry, settings)
    rights = access_list([broker_accounts.login(name, entry, "", lamps, own)])
    return (
        f"Your broker is not ours: add this account there with the password above, and these "
        f"rights (in mosquitto's form):\n\n{rights}"
    )
