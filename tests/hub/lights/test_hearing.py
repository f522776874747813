import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import PayloadError
from hub.lights.colour import LampColour
from hub.lights.hearing import LONGEST_BYTES, read
from hub.lights.kinds import LampKind, Reads, shipped
from hub.lights.port import LampState

RED = LampColour(r=255, g=0, b=0)
TASMOTA = '"Dimmer":100,"HSBColor":"240,87,100","White":%d,"CT":370'


def said(kind: str, payload: str, topic: str = "lamp") -> LampState:
    return read(payload.encode(), topic, shipped()[kind])


@pytest.mark.parametrize(
    ("kind", "payload", "state"),
    [
        (
            "zigbee2mqtt",
            '{"state":"ON","brightness":255,"color":{"x":0.4,"y":0.4},"color_mode":"xy"}',
            LampState(on=True, brightness=254, colour=LampColour(x=0.4, y=0.4)),
        ),
        (
            "zigbee2mqtt",
            '{"color":{"x":0.4,"y":0.4},"color_mode":"color_temp","color_temp":300}',
            LampState(mired=300),
        ),
        (
            "homeassistant",
            '{"color":{"h":30,"s":50},"color_mode":"hs","brightness":255}',
            LampState(brightness=254, colour=LampColour(hue=30, saturation=50)),
        ),
        (
            "tasmota",
            '{"Time":"now","POWER":"ON",' + TASMOTA % 0 + "}",
            LampState(on=True, brightness=254, colour=LampColour(hue=240, saturation=87)),
        ),
        (
            "tasmota",
            "{" + TASMOTA % 100 + ',"POWER":"OFF"}',
            LampState(on=False, brightness=254, mired=370),
        ),
        ("tasmota", '{"POWER":"ON"}', LampState(on=True)),
        ("tasmota", '{"Fade":"OFF"}', LampState()),
        (
            "shelly",
            '{"id":0,"output":true,"rgb":[255,0,0],"brightness":50,"white":9,"aenergy":{"total":1}}',
            LampState(on=True, brightness=127, colour=LampColour(r=255, g=0, b=0, warm=9)),
        ),
        (
            "esphome",
            '{"color_mode":"rgbw","state":"ON","brightness":255,'
            '"color":{"r":255,"g":0,"b":0,"w":0},"white_value":0}',
            LampState(on=True, brightness=254, colour=RED),
        ),
        (
            "esphome",
            '{"color_mode":"color_temp","state":"OFF","brightness":128,"color":{},"color_temp":300}',
            LampState(on=False, brightness=127, mired=300),
        ),
    ],
)
def test_each_family_is_understood(kind: str, payload: str, state: LampState) -> None:
    assert said(kind, payload) == state


@pytest.mark.parametrize(
    ("payload", "topic", "state"),
    [
        ("255", "wled/lamp/g", LampState(on=True, brightness=254)),
        ("0", "wled/lamp/g", LampState(on=False)),
        ("#FF0000", "wled/lamp/c", LampState(colour=RED)),
        ("#09FF0000", "wled/lamp/c", LampState(colour=LampColour(r=255, g=0, b=0, warm=9))),
    ],
)
def test_words_that_are_no_json_go_by_the_last_level_of_their_topic(
    payload: str, topic: str, state: LampState
) -> None:
    assert said("wled", payload, topic) == state


def test_values_are_found_inside_of_others() -> None:
    kind = LampKind(reads=Reads(on="light.power", on_is="1", off_is="0", colour="light.colour"))
    state = read(b'{"light":{"power":1,"colour":{"r":255,"g":0,"b":0}}}', "lamp", kind)
    assert state == LampState(on=True, colour=RED)


@pytest.mark.parametrize("kind", shipped())
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"{",
        b'["ON"',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"a":' * 5000,
        b'{"state":"MAYBE","POWER":"MAYBE","output":"MAYBE","g":"MAYBE"}',
        b'{"brightness":-1,"Dimmer":-1,"g":-1}',
        b'{"brightness":1e300,"Dimmer":1e300,"g":1e300}',
        b'{"brightness":' + b"9" * 400 + b',"Dimmer":true,"g":true}',
        b'{"brightness":[],"Dimmer":"nan","g":"inf"}',
        b'{"color":{"r":300,"g":0,"b":0},"HSBColor":"1,2","c":"#red","rgb":[1,2]}',
        b"x" * (LONGEST_BYTES + 1),
    ],
    ids=lambda value: str(value[:20]),
)
def test_what_no_lamp_says_is_refused_in_a_sentence(kind: str, payload: bytes) -> None:
    with pytest.raises(PayloadError) as caught:
        read(payload, "lamp/g", shipped()[kind])
    assert len(str(caught.value)) < 300


@given(
    payload=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.dictionaries(
                st.sampled_from(["state", "POWER", "output", "color", "rgb", "r", "HSBColor", "g"]),
                inner,
            ),
            max_leaves=6,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    kind=st.sampled_from(list(shipped())),
)
def test_nothing_else_than_a_refusal_comes_of_garbage(payload: bytes, kind: str) -> None:
    with suppress(PayloadError):
        read(payload, "lamp/c", shipped()[kind])
