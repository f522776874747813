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
        f"{path}: web.host = '0.0.0.0': the dashboard has no sign-in yet; use 127.0.0.1",
        f"{path}: rooms.nursery.nodes: node 'oven' is in rooms.kitchen already; "
        "a node listens in one room",
        f"{path}: lights.attic.room = 'atic' is not a room; known here: kitchen, nursery",
        f"{path}: lights.attic.topic = 'zigbee2mqtt/hall' is lights.hall already; "
        "each lamp has its own topic",
        f"{path}: sounds.smoke_alarm.urgency = 'notice': an emergency stays one; "
        "it can be acknowledged, not muted",
        f"{path}: sounds.cough.urgency = 'trouble' is for faults, not for sounds",
    )
