"""Who may do what at the broker that Soribit runs: accounts, rights and password hashes."""

import base64
import hashlib
from collections.abc import Sequence
from itertools import zip_longest

from msgspec import Struct

from contract import topics
from contract.errors import SettingsError
from contract.settings import read_password
from hub.settings import AccountEntry, HubSettings, Light

HASH_ROUNDS = 101
"""What mosquitto_passwd uses; enough, as the passwords that Soribit makes have 256 random bits."""
SALT_BYTES = 12
"""mosquitto 2.0 refuses any other length."""


class Login(Struct, frozen=True, kw_only=True):
    """An account, and the topic filters that it may read and write."""

    username: str
    password: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    def __repr__(self) -> str:
        """Leave the password out."""
        return f"Login({self.username})"

    def may_read(self, topic_filter: str) -> bool:
        """Tell whether everything that a filter stands for may be read."""
        return any(_covers(allowed, topic_filter) for allowed in self.reads)

    def may_write(self, topic: str) -> bool:
        """Tell whether the account may publish on a topic."""
        return any(_covers(allowed, topic) for allowed in self.writes)


def logins(settings: HubSettings) -> tuple[Login, ...]:
    """Return every account of the settings, its password read from its file.

    Raises:
        SettingsError: There is no account, or some have faults; all of them are named.
    """
    if not settings.accounts:
        missing = "nobody could connect; add [accounts.hub], role and password_file"
        raise SettingsError([f"accounts is empty: {missing}"])
    passwords: dict[str, str] = {}
    faults: list[str] = []
    for name, entry in settings.accounts.items():
        try:
            passwords[name] = read_password(f"accounts.{name}.password_file", entry.password_file)
        except SettingsError as error:
            faults += error.faults
    if faults:
        raise SettingsError(faults)
    lamps = [f"{root}/#" for root in lamp_roots(settings)]
    return tuple(
        login(name, entry, passwords[name], lamps, beside(entry, settings))
        for name, entry in settings.accounts.items()
    )


def lamp_roots(settings: HubSettings) -> list[str]:
    """Return the first level of every lamp's topics."""
    topics = [topic for light in settings.lights.values() for topic in _topics(light, settings)]
    return sorted({topic.partition("/")[0] for topic in topics})


def beside(entry: AccountEntry, settings: HubSettings) -> tuple[str, ...]:
    """Return the topic filters of an account's lamps that are not below its own topic.

    Some families put a word before the lamp's name: cmnd/<topic>/Power, stat/<topic>/RESULT.
    """
    own = f"{entry.topic}/"
    lights = [one for one in settings.lights.values() if f"{one.topic}/".startswith(own)]
    topics = [(light.topic, topic) for light in lights for topic in _topics(light, settings)]
    return tuple(
        sorted({_around(lamp, topic) for lamp, topic in topics if not topic.startswith(own)})
    )


def login(
    name: str, entry: AccountEntry, password: str, lamps: Sequence[str], own: Sequence[str] = ()
) -> Login:
    """Return an account with the rights of its role.

    Args:
        name: Its user name.
        entry: What hub.toml says of it.
        password: Its password.
        lamps: Topic filters of all lamps.
        own: Those of the account's own lamps that are not below its topic.
    """
    reads, writes = _rights(name, entry, tuple(lamps), tuple(own))
    return Login(username=name, password=password, reads=reads, writes=writes)


def hashed(password: str, salt: bytes) -> str:
    """Return a password as mosquitto keeps it: PBKDF2 with SHA-512, its form 7.

    Args:
        password: The password.
        salt: SALT_BYTES random bytes.
    """
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, HASH_ROUNDS)
    parts = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"$7${HASH_ROUNDS}${'$'.join(parts)}"


def _rights(
    name: str, entry: AccountEntry, lamps: tuple[str, ...], beside_own: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The topic filters that an account may read, and those that it may write."""
    own = (entry.topic, f"{entry.topic}/#")
    life = topics.device_status(name)
    shown = (topics.HUB_ALERT, f"{topics.ROOT}/hub/room/#", topics.HUB_STATUS)
    told = (topics.node_ack(name), topics.node_command(name), topics.HUB_STATUS)
    heard = (topics.node_event(name), topics.node_status(name), topics.node_health(name))
    ours, foreign = f"{topics.ROOT}/#", ("homeassistant/#", *lamps)
    house = (*foreign, f"{topics.ROOT}/hub/#", topics.every_node("status"))
    rights: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "hub": ((ours, *foreign), (ours, *foreign)),
        "node": (told, heard),
        "lamp": ((*own, *beside_own), (*own, *beside_own)),
        "zigbee2mqtt": ((*own, "homeassistant/status"), (*own, "homeassistant/#")),
        "homeassistant": (house, foreign),
        "wristband": (shown, (life, topics.device_ack(name))),
        "display": (shown, (life,)),
    }
    return rights[entry.role]


def _topics(light: Light, settings: HubSettings) -> list[str]:
    """Every topic of a lamp, none for one that needs no broker."""
    if not light.topic:
        return []
    kind = settings.kinds()[light.kind].at(light.topic)
    return [light.topic, *kind.reads_from(), *kind.writes_to()]


def _around(lamp: str, topic: str) -> str:
    """The filter for what a lamp has under a word of its family's: cmnd/<topic>/#."""
    word, name, _ = f"{topic}/".partition(f"/{lamp}/")
    return f"{word}/{lamp}/#" if name else topic


def _covers(allowed: str, asked: str) -> bool:
    """Whether every topic that matches the filter `asked` matches `allowed`, too."""
    for level, wanted in zip_longest(allowed.split("/"), asked.split("/")):
        if level == "#":
            return True
        if wanted in (None, "#") or level not in (wanted, "+"):
            return False
    return True
