from pathlib import Path

import pytest

from contract.errors import SettingsError
from contract.settings import load
from hub.settings import HubSettings

GOOD = """
[rooms.kitchen]
name = "Kitchen"
nodes = ["oven"]
[lights.hall]
topic = "zigbee2mqtt/hall"
name = "Hall"
room = "kitchen"
[sounds.dog]
urgency = "emergency"
"""
BAD = """
[web]
host = "0.0.0.0"
[rooms.nursery]
name = "Nursery"
nodes = ["oven"]
[lights.attic]
topic = "zigbee2mqtt/hall"
name = "Attic"
room = "atic"
[sounds.smoke_alarm]
urgency = "notice"
[sounds.cough]
urgency = "trouble"
"""


def test_settings_that_fit_together_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(GOOD)
    assert load(path, HubSettings).lights["hall"].room == "kitchen"


def test_everything_that_does_not_fit_together_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(GOOD + BAD)
    with pytest.raises(SettingsError) as caught:
        load(path, HubSettings)
    assert caught.value.faults == (
        f"{path}: web.host = '0.0.0.0': use 127.0.0.1; lan opens it to the home network",
        f"{path}: rooms.nursery.nodes: node 'oven' is in rooms.kitchen already; "
        "a node listens in one room",
        f"{path}: lights.attic.room = 'atic' is not a room; known here: kitchen, nursery",
        f"{path}: lights.attic.topic = 'zigbee2mqtt/hall' is lights.hall already; "
        "each lamp has its own topic",
        f"{path}: sounds.smoke_alarm.urgency = 'notice': an emergency stays one; "
        "it can be acknowledged, not muted",
        f"{path}: sounds.cough.urgency = 'trouble' is for faults, not for sounds",
    )


@pytest.mark.parametrize(
    "topic", ["zigbee2mqtt/#", "a+b", "a//b", "/a", "a/", "$SYS/a", "#", "가" * 67]
)
def test_topic_that_is_not_one_lamps_is_refused_for_every_broker(
    tmp_path: Path, topic: str
) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(
        f'[broker]\nkind = "external"\n[lights.hall]\nname = "Hall"\ntopic = "{topic}"\n'
        f'[accounts.hall]\nrole = "lamp"\npassword_file = "x"\ntopic = "{topic}"\n'
    )
    with pytest.raises(SettingsError) as caught:
        load(path, HubSettings)
    assert [fault.partition(" = ")[0] for fault in caught.value.faults] == [
        f"{path}: accounts.hall.topic",
        f"{path}: lights.hall.topic",
    ]


@pytest.mark.parametrize("topic", ["zigbee2mqtt/kitchen lamp", "z/a/b$", "집/부엌 등"])
def test_topic_of_one_lamp_is_taken(tmp_path: Path, topic: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(f'[lights.hall]\nname = "Hall"\ntopic = "{topic}"\n')
    assert load(path, HubSettings).lights["hall"].topic == topic


def test_faults_of_keys_hide_no_others_and_make_none(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(
        '[web]\nhost = "0.0.0.0"\nport = "x"\n[rooms.kitchen]\nnaem = "Kitchen"\n'
        '[lights.hall]\ntopic = "z/hall"\nname = "Hall"\nroom = "kitchen"\n'
    )
    with pytest.raises(SettingsError) as caught:
        load(path, HubSettings)
    told = [fault.removeprefix(f"{path}: ") for fault in caught.value.faults]
    assert [fault.split()[0] for fault in told] == [
        "web.port",
        "rooms.kitchen.name",
        "rooms.kitchen.naem",
        "web.host",
    ]


def test_password_of_the_hub_may_stand_in_its_account_alone(tmp_path: Path) -> None:
    secret = tmp_path / "hub.password"
    secret.write_text("open-sesame")
    path = tmp_path / "hub.toml"
    path.write_text(f'[accounts.hub]\nrole = "hub"\npassword_file = "{secret}"\n')
    account = load(path, HubSettings).account()
    assert (account.username, account.password) == ("hub", "open-sesame")


LAMPS = """
[lights.hall]
name = "Hall"
driver = "wiz"
address = "192.168.1.20"
serial = "A8:BB:50:06:03:3D"
[lights.attic]
name = "Attic"
driver = "lifx"
address = "192.168.1.21:56701"
serial = "d073d5000001"
[lights.cellar]
name = "Cellar"
topic = "zigbee2mqtt/cellar"
"""
WRONG_LAMPS = """
[lights.porch]
name = "Porch"
driver = "wiz"
address = "porch.local"
topic = "zigbee2mqtt/porch"
[lights.shed]
name = "Shed"
topic = "zigbee2mqtt/shed"
address = "192.168.1.22"
[lights.stairs]
name = "Stairs"
driver = "wiz"
address = "192.168.1.23"
serial = "a8bb5006033d"
[lights.roof]
name = "Roof"
"""


def test_lamps_of_every_driver_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(LAMPS)
    drivers = [light.driver for light in load(path, HubSettings).lights.values()]
    assert drivers == ["wiz", "lifx", "mqtt"]


def test_what_a_driver_lacks_or_has_no_use_for_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(LAMPS + WRONG_LAMPS)
    with pytest.raises(SettingsError) as caught:
        load(path, HubSettings)
    assert [fault.removeprefix(f"{path}: ") for fault in caught.value.faults] == [
        "lights.roof.topic = '': give the topic of one lamp, zigbee2mqtt/<name>; "
        "no #, no +, no empty level, at most 200 bytes",
        "lights.porch.address = 'porch.local': give the lamp's IPv4 address, 192.168.1.20; "
        "soribit hub find-lamps prints it",
        "lights.porch.serial = '': give its 12 hexadecimal digits, a8bb5006033d; "
        "soribit hub find-lamps prints them",
        "lights.porch.topic = 'zigbee2mqtt/porch' means nothing to driver = 'wiz'; "
        "remove it, or choose another driver",
        "lights.shed.address = '192.168.1.22' means nothing to driver = 'mqtt'; "
        "remove it, or choose another driver",
        "lights.stairs.serial = 'a8bb5006033d' is lights.hall already; "
        "each lamp has its own serial",
    ]


@pytest.mark.parametrize("name", ["", "Asia/Seoul", "UTC"])
def test_time_zone_that_exists_is_taken(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(f'time_zone = "{name}"\n')
    assert load(path, HubSettings).time_zone == name


def test_time_zone_that_nobody_knows_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('time_zone = "Asia/Soul"\n')
    with pytest.raises(SettingsError) as caught:
        load(path, HubSettings)
    assert caught.value.faults == (
        f"{path}: time_zone = 'Asia/Soul' is no time zone; did you mean 'Asia/Seoul'?",
    )


RULES = """
[alerts]
quiet_hours = "22:00-07:00"
[sounds.doorbell]
quiet_hours = "13:00-15:00"
[sounds.baby_crying]
quiet_hours = ""
[sounds.dog]
learn_only = true
[sounds.smoke_alarm]
quiet_hours = ""
learn_only = false
"""
WRONG_RULES = """
[alerts]
quiet_hours = "22-7"
[sounds.doorbell]
quiet_hours = "07:00-07:00"
[sounds.kettle]
quiet_hours = 22
learn_only = "yes"
[sounds.smoke_alarm]
quiet_hours = "22:00-07:00"
learn_only = true
[sounds.dog]
urgency = "emergency"
learn_only = true
"""


def test_rules_that_fit_together_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(RULES)
    settings = load(path, HubSettings)
    spans = [rule.quiet_hours for rule in settings.sounds.values()]
    assert (settings.alerts.quiet_hours, spans) == (
        "22:00-07:00",
        ["13:00-15:00", "", None, ""],
    )


def test_every_wrong_rule_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(WRONG_RULES)
    with pytest.raises(SettingsError) as caught:
        load(path, HubSettings)
    assert [fault.removeprefix(f"{path}: ") for fault in caught.value.faults] == [
        "sounds.kettle.quiet_hours = 22: expected `str | null`, got `int`",
        "sounds.kettle.learn_only = 'yes': expected `bool`, got `str`",
        "sounds.smoke_alarm.quiet_hours = '22:00-07:00': an emergency alerts at any hour; "
        "remove it",
        "sounds.smoke_alarm.learn_only = true: an emergency always alerts; remove it",
        "sounds.dog.learn_only = true: an emergency always alerts; remove it",
        "alerts.quiet_hours = '22-7' is no span of hours; give two times of day, 22:00-07:00",
        "sounds.doorbell.quiet_hours = '07:00-07:00' starts when it ends; "
        "give two different times of day, 22:00-07:00",
    ]
