import json

import pytest

from contract.errors import PayloadError
from soribit.light import Light, after, as_json, read

WARM = Light(on=True, brightness=120)


def told(light: Light, **command: object) -> Light:
    return after(light, read(json.dumps(command).encode(), source="zigbee2mqtt/lamp/set"))


@pytest.mark.parametrize(
    ("state", "on"), [("ON", True), ("OFF", False), ("TOGGLE", False), ("off", False)]
)
def test_state_switches(state: str, on: bool) -> None:
    assert told(WARM, state=state).on is on


def test_brightness_switches_on() -> None:
    assert told(Light(on=False), brightness=254) == Light(on=True, brightness=254)


def test_brightness_zero_switches_off_and_is_not_remembered() -> None:
    assert told(WARM, brightness=0) == Light(on=False, brightness=120)


def test_explicit_off_wins_over_a_brightness() -> None:
    assert not told(WARM, state="OFF", brightness=200).on


@pytest.mark.parametrize(
    "red",
    [
        {"r": 255, "g": 0, "b": 0},
        {"x": 0.6401, "y": 0.33},
        {"hue": 0, "saturation": 100},
        {"hex": "#ff0000"},
        {"hex": "FF0000"},
    ],
)
def test_red_is_red_however_it_is_written(red: dict[str, object]) -> None:
    light = told(WARM, color=red)
    assert (round(light.x, 2), round(light.y, 2), light.mired) == (0.64, 0.33, None)


def test_colour_leaves_a_lamp_off() -> None:
    assert not told(Light(on=False), color={"hex": "#00ff00"}).on


def test_colour_temperature_ends_a_colour() -> None:
    light = told(told(WARM, color={"r": 255, "g": 0, "b": 0}), color_temp=250)
    assert (light.mired, light.x, light.y) == (250, 0.3804, 0.3767)


def test_what_is_published_brings_the_lamp_back() -> None:
    before = told(WARM, color={"r": 10, "g": 200, "b": 90})
    red = told(before, state="OFF", color={"r": 255, "g": 0, "b": 0}, brightness=254)
    published = json.loads(as_json(before))
    again = told(red, **{key: published[key] for key in ("state", "brightness", "color")})
    assert as_json(again) == as_json(before)


def test_white_is_published_as_a_colour_temperature() -> None:
    state = json.loads(as_json(WARM))
    assert (state["state"], state["color_mode"], state["color_temp"]) == ("ON", "color_temp", 370)


@pytest.mark.parametrize("effect", ["blink", "breathe", "okay", "channel_change", "stop_effect"])
def test_effects_of_zigbee2mqtt_are_known(effect: str) -> None:
    assert read(json.dumps({"effect": effect}).encode(), source="t").effect_name() == effect


@pytest.mark.parametrize(("flash", "effect"), [(2, "blink"), (10, "breathe")])
def test_flash_is_an_older_name_of_an_effect(flash: int, effect: str) -> None:
    assert read(json.dumps({"flash": flash}).encode(), source="t").effect_name() == effect


def test_unknown_effect_is_refused_with_the_valid_names() -> None:
    with pytest.raises(PayloadError, match="'flash' is unknown; valid: blink, breathe, okay"):
        read(b'{"effect":"flash"}', source="t").effect_name()


def test_other_flash_times_are_refused() -> None:
    with pytest.raises(PayloadError, match="valid: 2, 10"):
        read(b'{"flash":5}', source="t").effect_name()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"ON",
        b"[]",
        b'{"state":"MAYBE"}',
        b'{"brightness":255}',
        b'{"brightness":-1}',
        b'{"color":{"r":300,"g":0,"b":0}}',
        b'{"color":{"hex":"red"}}',
        b'{"color":{"r":1}}',
        b'{"color_temp":20}',
        b'{"transition":-1}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
)
def test_nonsense_is_refused(payload: bytes) -> None:
    with pytest.raises(PayloadError):
        after(WARM, read(payload, source="zigbee2mqtt/lamp/set"))
