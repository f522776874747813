"""The virtual lamps keep to what the makers' documents say, the odd parts above all."""

import json
from contextlib import suppress

import pytest

from contract.errors import PayloadError
from soribit.lamps.esphome import EsphomeLamp
from soribit.lamps.homeassistant import HomeAssistantLamp
from soribit.lamps.kinds import KINDS
from soribit.lamps.port import Said
from soribit.lamps.shelly import ShellyLamp
from soribit.lamps.tasmota import TasmotaLamp
from soribit.lamps.wled import COOLDOWN_S, WledLamp


def parsed(said: Said) -> dict[str, object]:
    found: dict[str, object] = json.loads(said.payload)
    return found


def test_tasmota_answers_each_command_of_a_backlog() -> None:
    lamp = TasmotaLamp("lamp")
    said = lamp.obey("cmnd/lamp/Backlog0", b"HSBColor 240,100,30;Dimmer 30;Power OFF", 0.0)
    assert [one.topic for one in said] == ["stat/lamp/RESULT"] * 3 + ["stat/lamp/POWER"]
    assert parsed(said[0])["HSBColor"] == "240,100,30"
    assert parsed(said[2]) == {"POWER": "OFF"}


def test_tasmota_white_is_zero_in_colour_and_the_dimmer_in_white() -> None:
    lamp = TasmotaLamp("lamp")
    assert parsed(lamp.obey("cmnd/lamp/State", b"", 0.0)[0])["White"] == 47
    assert parsed(lamp.obey("cmnd/lamp/HSBColor", b"0,100,50", 0.0)[0])["White"] == 0


def test_tasmota_does_not_know_every_word() -> None:
    (said,) = TasmotaLamp("lamp").obey("cmnd/lamp/Glow", b"1", 0.0)
    assert parsed(said) == {"Command": "Unknown"}


def test_wled_tells_changes_only_and_once_a_second() -> None:
    lamp = WledLamp("wled/lamp")
    assert lamp.obey("wled/lamp/api", b'{"on":true,"tt":0}', 0.0) == []
    assert lamp.obey("wled/lamp/api", b'{"bri":9}', 0.0)[0].payload == b"9"
    assert lamp.obey("wled/lamp/api", b'{"on":false}', 0.1) == []
    assert lamp.idle(COOLDOWN_S / 2) == []
    assert [one.payload for one in lamp.idle(COOLDOWN_S)] == [b"0", b"#FFA03C"]
    assert lamp.idle(COOLDOWN_S * 3) == []


def test_wled_writes_white_before_the_colour() -> None:
    lamp = WledLamp("wled/lamp")
    said = lamp.obey("wled/lamp/api", b'{"seg":{"col":[[1,2,3,9]]}}', 0.0)
    assert said[1].payload == b"#9010203"


def test_shelly_takes_no_fade_under_half_a_second() -> None:
    call = {"id": 1, "src": "a", "method": "RGBW.Set", "params": {"id": 0, "on": True}}
    lamp = ShellyLamp("shelly")
    call["params"] = {"id": 0, "on": True, "transition_duration": 0}
    with pytest.raises(PayloadError):
        lamp.obey("shelly/rpc", json.dumps(call).encode(), 0.0)


def test_shelly_answers_the_caller_and_tells_changes_only() -> None:
    call = {"id": 1, "src": "a", "method": "RGBW.Set", "params": {"id": 0, "on": False}}
    lamp, payload = ShellyLamp("shelly"), json.dumps(call).encode()
    topics = [one.topic for one in lamp.obey("shelly/rpc", payload, 0.0)]
    assert topics == ["a/rpc", "shelly/status/rgbw:0"]
    assert [one.topic for one in lamp.obey("shelly/rpc", payload, 0.0)] == ["a/rpc"]
    assert [one.topic for one in lamp.obey("shelly/command", b"status_update", 0.0)] == topics[1:]


def test_esphome_hears_whole_numbers_only_and_keeps_its_limits() -> None:
    lamp = EsphomeLamp("porch/light/lamp")
    lamp.obey("porch/light/lamp/command", b'{"brightness":12.5,"color_temp":9}', 0.0)
    assert (lamp.light.brightness, lamp.light.color_temp) == (120, 153)
    assert lamp.alive(here=True).topic == "porch/status"


def test_esphome_answers_a_command_that_changes_nothing() -> None:
    lamp = EsphomeLamp("porch/light/lamp")
    (said,) = lamp.obey("porch/light/lamp/command", b'{"state":"ON"}', 0.0)
    assert parsed(said)["color_mode"] == "color_temp"


def test_home_assistants_lamp_tells_what_changed_before_the_whole() -> None:
    lamp = HomeAssistantLamp("lamp")
    news, whole = lamp.obey("lamp/set", b'{"state":"OFF"}', 0.0)
    assert parsed(news) == {"state": "OFF"}
    assert parsed(whole)["color_temp"] == 370


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "payload", [b"\xff\xfe", b"[" * 5000, b"[]"], ids=["bytes", "deep", "list"]
)
def test_garbage_changes_no_lamp(kind: str, payload: bytes) -> None:
    lamp = KINDS[kind]("lamp")
    before = lamp.light
    with suppress(PayloadError):
        lamp.obey(lamp.hears[0].replace("+", "Dimmer"), payload, 0.0)
    assert lamp.light == before


@pytest.mark.parametrize("kind", KINDS)
def test_light_is_kept_over_a_restart(kind: str) -> None:
    lamp = KINDS[kind]("lamp")
    lamp.recall(json.dumps({"brightness": 9, "dimmer": 9, "bri": 9}).encode())
    assert lamp.light != KINDS[kind]("lamp").light
