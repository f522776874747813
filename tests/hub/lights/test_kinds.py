from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.errors import SettingsError
from contract.settings import load
from hub.lights import hearing, speech
from hub.lights.colour import LampColour
from hub.lights.kind_faults import faults
from hub.lights.kinds import LampKind, Reads, shipped
from hub.lights.port import LampState
from hub.settings import HubSettings
from tests.real import ROOT

OWN = """
[lights.porch]
name = "Porch"
kind = "mine"
topic = "porch"
[lamp_kinds.mine]
command = "$topic/do"
on = "on $light"
off = "off"
full = 10
brightness = "level=$brightness "
ask_topic = "$topic/how"
states = ["$topic/is"]
[lamp_kinds.mine.reads]
on = "power"
brightness = "level"
"""


def read(folder: Path, text: str) -> HubSettings:
    path = folder / "hub.toml"
    path.write_text(text)
    return load(path, HubSettings)


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(folder, text)
    return [fault.removeprefix(f"{folder}/hub.toml: ") for fault in caught.value.faults]


@pytest.mark.parametrize("kind", shipped())
def test_what_soribit_brings_is_without_fault(kind: str) -> None:
    assert list(faults(f"kinds.{kind}", shipped()[kind])) == []


@pytest.mark.parametrize("kind", shipped())
def test_fade_is_asked_for_by_no_family_that_can_do_without(kind: str) -> None:
    template = shipped()[kind]
    fades = {"wled": '"tt":0', "shelly": '"transition_duration":0.5', "tasmota": "POWER"}
    assert fades.get(kind, '"transition":0').casefold() in template.on.casefold()


def test_household_describes_a_family_of_its_own(tmp_path: Path) -> None:
    kind = read(tmp_path, OWN).kinds()["mine"]
    assert speech.lit(kind, LampState(on=True, brightness=127)) == "on level=5 "
    assert speech.dark(kind) == "off"
    assert kind.at("porch").states == ("porch/is",)


def test_household_changes_a_family_that_soribit_brings(tmp_path: Path) -> None:
    home = read(tmp_path, OWN.replace("mine", "tasmota"))
    assert home.kinds()["tasmota"].command == "$topic/do"
    assert home.kinds()["wled"] == shipped()["wled"]


def test_unknown_kind_is_named_with_the_nearest(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, OWN.replace('kind = "mine"', 'kind = "tasmotta"'))
    assert fault == "lights.porch.kind = 'tasmotta' is no kind of lamp; did you mean 'tasmota'?"


def test_kind_of_a_lamp_without_a_broker_is_refused(tmp_path: Path) -> None:
    lamp = 'driver = "wiz"\naddress = "10.0.0.9"\nserial = "a8bb5006033d"\nkind = "wled"\n'
    (fault,) = refused(tmp_path, f'[lights.hall]\nname = "Hall"\n{lamp}')
    assert fault.startswith("lights.hall.kind = 'wled' means nothing to driver = 'wiz'")


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        ("full = 10", "ful = 10", "lamp_kinds.mine.ful is not a setting; did you mean 'full'?"),
        ('power"', 'power"\nbright = "x"', "lamp_kinds.mine.reads.bright is not a setting"),
        ("on $light", "on", "lamp_kinds.mine.on lacks $light"),
        ("level=$brightness ", "level ", "says nothing of it; write $brightness into it"),
        ("level=$brightness ", "$level", "$level is not known there; known: $brightness"),
        ("level=$brightness ", "5 $", "has a $ that begins no name; write $$ for a $"),
        ('off = "off"', "", "lamp_kinds.mine.off is missing; say how the lamp is switched off"),
        ("$topic/do", "porch/do", "lamp_kinds.mine.command lacks $topic"),
        ("$topic/do", "$topic/#", "lamp_kinds.mine.command = '$topic/#' is no topic"),
        ("$topic/is", "porch", "lamp_kinds.mine.states lacks $topic"),
        ('brightness = "level=$brightness "', "", "what reads.brightness finds could not be"),
        ('ask_topic = "$topic/how"', "", "needs ask_topic or availability"),
        ("on $light", "{$light}", "which is no JSON"),
        ('on = "power"\nbrightness = "level"', "", "lamp_kinds.mine.reads.on is missing"),
        ('power"', 'power"\ncolour_if = "mode"', "needs colour_if and colour_is"),
        ("full = 10", "full = 0", "lamp_kinds.mine.full = 0"),
    ],
)
def test_fault_of_a_template_is_one_sentence(
    tmp_path: Path, before: str, after: str, wrong: str
) -> None:
    assert before in OWN
    (fault,) = refused(tmp_path, OWN.replace(before, after))
    assert wrong in fault
    assert "\n" not in fault


def test_lamp_is_told_as_much_as_is_known() -> None:
    colour = LampColour(hue=30, saturation=50)
    kind = shipped()["tasmota"]
    assert speech.lit(kind, LampState(on=True)) == "Power ON"
    assert (
        speech.lit(kind, LampState(on=True, colour=colour, brightness=127))
        == "HSBColor 30,50,50;Dimmer 50;Power ON"
    )
    assert speech.lit(kind, LampState(on=True, mired=300)) == "CT 300;Power ON"


def test_dimmest_light_does_not_become_none() -> None:
    assert "Dimmer 1;" in speech.lit(shipped()["tasmota"], LampState(on=True, brightness=1))


def test_plug_has_no_light_to_be_told() -> None:
    plug = replace(LampKind(on="1", off="0"), reads=Reads(on="POWER"))
    assert not speech.has_light(plug, LampState(on=True, brightness=100))


def test_template_in_the_documents_works(tmp_path: Path) -> None:
    page = (ROOT / "docs/lights.md").read_text()
    (example,) = (text for text in page.split("```") if "[lamp_kinds.mine]" in text)
    kind = read(tmp_path, example.removeprefix("toml")).kinds()["mine"]
    state = LampState(on=True, brightness=76)
    assert speech.lit(kind, state) == '{"power":1,"level":30,"fade":0}'
    assert hearing.read(b'{"power":1,"level":30}', "attic/lamp/is", kind) == state


def test_every_family_is_documented() -> None:
    page = (ROOT / "docs/lights.md").read_text()
    usual = {"zigbee2mqtt"}
    assert not [kind for kind in shipped().keys() - usual if f'kind = "{kind}"' not in page]
