"""Every setting of the hub: rooms and their names, lamps, alert rules, broker and page."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from contract.messages import NodeId, SoundId
from contract.mqtt import Account
from contract.settings import BrokerSettings, is_loopback
from hub.lan import is_home
from hub.lights import kind_faults
from hub.lights.address import LOWEST_PORT, host_and_port, serial_of
from hub.lights.kinds import USUAL, LampKind, shipped
from hub.lights.topic import TOPIC_BYTES, is_one
from hub.rules import Alerts, SoundRule, faults_of
from hub.zone import zone_of

Title = Annotated[str, Meta(min_length=1, max_length=40)]


class HubBroker(BrokerSettings, frozen=True, kw_only=True):
    """The MQTT broker."""

    kind: Annotated[
        Literal["auto", "external", "mosquitto", "amqtt"],
        Meta(
            description="auto: mosquitto where it is installed, else amqtt (for evaluation); "
            "external: one that runs already at host and port."
        ),
    ] = "auto"


class AccountEntry(Struct, frozen=True, kw_only=True):
    """One account of the broker that Soribit runs; the table's name is the user name."""

    role: Annotated[
        Literal["hub", "node", "lamp", "zigbee2mqtt", "homeassistant", "wristband", "display"],
        Meta(description="What the account may read and write; docs/mqtt.md lists it."),
    ]
    password_file: Annotated[str, Meta(description="File that holds its password, one line.")]
    topic: Annotated[str, Meta(description="For lamp and zigbee2mqtt: the root of its topics.")] = (
        ""
    )


class Web(Struct, frozen=True, kw_only=True):
    """The dashboard."""

    host: Annotated[
        str,
        Meta(description="Address on this machine alone; lan opens the page to the home network."),
    ] = "127.0.0.1"
    port: Annotated[int, Meta(description="TCP port of the page.", ge=1, le=65535)] = 8765
    streams: Annotated[
        int, Meta(description="Open pages that are kept live at once.", ge=1, le=400)
    ] = 40


class Room(Struct, frozen=True, kw_only=True):
    """One room; the table's name is its id."""

    name: Annotated[Title, Meta(description="What people call it.")]
    name_ko: Annotated[str, Meta(description="Its Korean name, if another.", max_length=40)] = ""
    nodes: Annotated[
        tuple[NodeId, ...], Meta(description="The nodes that listen there, by node_id.")
    ] = ()

    def title(self, language: str) -> str:
        """Return the name in "ko" where there is one, else the name."""
        return self.name_ko or self.name if language == "ko" else self.name


class Light(Struct, frozen=True, kw_only=True):
    """One lamp; the table's name is its id."""

    name: Annotated[Title, Meta(description="What people call it.")]
    name_ko: Annotated[str, Meta(description="Its Korean name, if another.", max_length=40)] = ""
    room: Annotated[str, Meta(description="Id of the room it stands in.")] = ""
    driver: Annotated[
        Literal["mqtt", "wiz", "lifx"],
        Meta(description="How it is reached: mqtt through the broker; wiz and lifx directly."),
    ] = "mqtt"
    kind: Annotated[
        str,
        Meta(
            description="For mqtt: zigbee2mqtt, homeassistant, tasmota, wled, shelly, esphome, or "
            "one of your own, see lamp_kinds."
        ),
    ] = USUAL
    topic: Annotated[
        str, Meta(description="For mqtt: its topic, zigbee2mqtt/<name>; docs/lights.md has others.")
    ] = ""
    address: Annotated[
        str,
        Meta(description="For wiz and lifx: its IPv4 address; it is found again when it changes."),
    ] = ""
    serial: Annotated[
        str,
        Meta(description="For wiz and lifx: who it is, 12 digits; `soribit hub find-lamps` tells."),
    ] = ""
    sight_group: Annotated[
        str,
        Meta(description="Lamps that can be seen together flash together, within one budget."),
    ] = "home"

    def title(self, language: str) -> str:
        """Return the name in "ko" where there is one, else the name."""
        return self.name_ko or self.name if language == "ko" else self.name


class HubSettings(Struct, frozen=True, kw_only=True):
    """The hub's settings file, hub.toml."""

    state: Annotated[str, Meta(description="Folder for the history; empty: the default one.")] = ""
    lan: Annotated[
        str,
        Meta(
            description="Broker and page in the home network too: auto, or this machine's IPv4 "
            "address there; empty: this machine alone."
        ),
    ] = ""
    time_zone: Annotated[
        str,
        Meta(
            description="The home's time zone, Asia/Seoul, for quiet hours and all times shown; "
            "empty: this machine's."
        ),
    ] = ""
    broker: HubBroker = HubBroker()
    web: Web = Web()
    alerts: Alerts = Alerts()
    accounts: dict[NodeId, AccountEntry] = field(default_factory=dict)
    rooms: dict[NodeId, Room] = field(default_factory=dict)
    lights: dict[NodeId, Light] = field(default_factory=dict)
    lamp_kinds: dict[NodeId, LampKind] = field(default_factory=dict)
    sounds: dict[SoundId, SoundRule] = field(default_factory=dict)

    def account(self) -> Account:
        """Return the hub's own account; its password may stand in its [accounts.<name>] alone.

        Raises:
            SettingsError: The password file cannot be read.
        """
        name = self.broker.username or "hub"
        entry = self.accounts.get(name)
        file = self.broker.password_file or (entry.password_file if entry else "")
        return replace(self.broker, password_file=file).account(default_username=name)

    def kinds(self) -> dict[str, LampKind]:
        """Return every family of MQTT lamps; one of the household's own goes before ours."""
        return {**shipped(), **self.lamp_kinds}

    def __post_init__(self) -> None:
        """Refuse what no single value shows, every fault on a line of its own."""
        faults = [
            *_exposed(self.web),
            *_wrong_lan(self.lan),
            *_wrong_zone(self.time_zone),
            *_wide(self.accounts, self.lights),
            *_unreachable(self.lights),
            *_unknown_kinds(self.lights, self.kinds()),
            *_wrong_kinds(self.lamp_kinds),
            *_misplaced(self.rooms, self.lights),
            *faults_of(self.alerts, self.sounds),
        ]
        if faults:
            raise ValueError("\n".join(faults))


def _exposed(web: Web) -> Iterator[str]:
    """A page that others in the network could open."""
    if not is_loopback(web.host):
        yield f"web.host = {web.host!r}: use 127.0.0.1; lan opens it to the home network"


def _wrong_lan(lan: str) -> Iterator[str]:
    """An address that would open the home to everybody, or to nobody."""
    if lan not in ("", "auto") and not is_home(lan):
        yield f"lan = {lan[:40]!r} is no IPv4 address of a home network; use auto, or 192.168.1.10"


def _wrong_zone(name: str) -> Iterator[str]:
    """A time zone that nobody knows."""
    try:
        zone_of(name)
    except ValueError as advice:
        yield f"time_zone = {name[:40]!r} {advice}"


def _wide(accounts: Mapping[str, AccountEntry], lights: Mapping[str, Light]) -> Iterator[str]:
    """Topics that are not those of one lamp: a broker refuses them, or gives too much away."""
    topics = {
        f"accounts.{id_}": one.topic
        for id_, one in accounts.items()
        if one.role in ("lamp", "zigbee2mqtt")
    }
    topics |= {f"lights.{id_}": one.topic for id_, one in lights.items() if one.driver == "mqtt"}
    for key, topic in topics.items():
        if not is_one(topic):
            yield (
                f"{key}.topic = {topic[:40]!r}: give the topic of one lamp, zigbee2mqtt/<name>; "
                f"no #, no +, no empty level, at most {TOPIC_BYTES} bytes"
            )


def _unreachable(lights: Mapping[str, Light]) -> Iterator[str]:
    """Lamps whose driver is not told where they are, or is told what it has no use for."""
    for lamp_id, light in lights.items():
        key, driver = f"lights.{lamp_id}", light.driver
        if driver == "mqtt":
            foreign = {"address": light.address, "serial": light.serial}
        else:
            foreign = {"topic": light.topic, "kind": "" if light.kind == USUAL else light.kind}
            yield from _wrong_place(key, light)
        for name, value in foreign.items():
            if value:
                yield (
                    f"{key}.{name} = {value[:40]!r} means nothing to driver = {driver!r}; "
                    "remove it, or choose another driver"
                )


def _unknown_kinds(lights: Mapping[str, Light], kinds: Mapping[str, LampKind]) -> Iterator[str]:
    """Lamps of a family that nobody has described."""
    for lamp_id, light in lights.items():
        if light.kind not in kinds:
            near = difflib.get_close_matches(light.kind, kinds, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(kinds)}"
            yield f"lights.{lamp_id}.kind = {light.kind[:40]!r} is no kind of lamp; {hint}"


def _wrong_kinds(kinds: Mapping[str, LampKind]) -> Iterator[str]:
    """Templates of the household that cannot work."""
    for kind_id, kind in kinds.items():
        yield from kind_faults.faults(f"lamp_kinds.{kind_id}", kind)


def _wrong_place(key: str, light: Light) -> Iterator[str]:
    """An address or a serial that is none."""
    try:
        host_and_port(light.address, LOWEST_PORT)
    except ValueError:
        yield (
            f"{key}.address = {light.address[:40]!r}: give the lamp's IPv4 address, 192.168.1.20; "
            "soribit hub find-lamps prints it"
        )
    if not serial_of(light.serial):
        yield (
            f"{key}.serial = {light.serial[:40]!r}: give its 12 hexadecimal digits, a8bb5006033d; "
            "soribit hub find-lamps prints them"
        )


def _misplaced(rooms: Mapping[str, Room], lights: Mapping[str, Light]) -> Iterator[str]:
    """Nodes in two rooms, lamps in none that exist, two lamps that are one."""
    room_of: dict[str, str] = {}
    for room_id, room in rooms.items():
        for node_id in room.nodes:
            if room_of.setdefault(node_id, room_id) != room_id:
                yield (
                    f"rooms.{room_id}.nodes: node {node_id!r} is in rooms.{room_of[node_id]} "
                    "already; a node listens in one room"
                )
    lamp_of: dict[str, str] = {}
    for lamp_id, light in lights.items():
        if light.room and light.room not in rooms:
            known = ", ".join(rooms) or "none"
            yield f"lights.{lamp_id}.room = {light.room!r} is not a room; known here: {known}"
        name, own = ("topic", light.topic) if light.topic else ("serial", serial_of(light.serial))
        if own and lamp_of.setdefault(own, lamp_id) != lamp_id:
            yield (
                f"lights.{lamp_id}.{name} = {own!r} is lights.{lamp_of[own]} already; "
                f"each lamp has its own {name}"
            )
