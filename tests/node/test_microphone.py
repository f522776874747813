"""A microphone's name outlives its number."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from contract.errors import UnavailableError
from node import microphone
from node.microphone import Device, PortAudio

USB = "USB PnP Sound Device: Audio, ALSA"
DESK = Device(USB, "usb 1-1.2", 3, is_default=False)
SHELF = Device(USB, "usb 1-1.3", 4, is_default=False)
BOARD = Device("HDA Intel: ALC257 Analog, ALSA", "card PCH", 0, is_default=True)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", BOARD),
        (DESK.id, DESK),
        ("USB PnP Sound Device: Audio, ALSA, usb 1-1.3", SHELF),
        ("usb 1-1.2", DESK),
        ("card PCH", BOARD),
        ("HDA Intel", BOARD),
    ],
)
def test_a_microphone_is_known_by_its_name_or_its_place(wanted: str, found: Device) -> None:
    assert microphone.named(wanted, [BOARD, DESK, SHELF]) == found


def test_a_pin_to_a_plug_takes_no_other_plug_when_its_own_is_empty() -> None:
    for wanted in ("usb 1-1", "usb 1-1.2", DESK.id, f"{USB}, usb 1-1"):
        with pytest.raises(UnavailableError, match="there is no microphone"):
            microphone.named(wanted, [BOARD, SHELF])


def test_a_plug_is_pinned_whatever_is_plugged_in_there() -> None:
    other = Device("Blue Snowball: USB Audio, ALSA", "usb 1-1.2", 1, is_default=False)

    assert microphone.named("usb 1-1.2", [BOARD, SHELF, other]) == other


def test_a_name_that_fits_two_is_refused_with_what_to_choose_from() -> None:
    with pytest.raises(UnavailableError) as refused:
        microphone.named("USB PnP", [BOARD, DESK, SHELF])

    sentence = "several fit microphone 'USB PnP'; name one: 'usb 1-1.2' or 'usb 1-1.3'"
    assert str(refused.value) == sentence


def test_two_microphones_of_one_plug_are_told_apart_by_their_whole_ids() -> None:
    front = Device("Deck: USB Audio, ALSA", "usb 1-1.4", 5, is_default=False)
    rear = Device("Deck: USB Audio #1, ALSA", "usb 1-1.4", 6, is_default=False)

    with pytest.raises(UnavailableError, match=r"name one: 'Deck: USB Audio, ALSA, usb 1-1\.4' or"):
        microphone.named("usb 1-1.4", [front, rear])
    assert microphone.named(front.id, [front, rear]) == front


def test_of_two_that_nothing_tells_apart_neither_is_taken() -> None:
    twins = [Device("Mic, JACK", "", index, is_default=False) for index in (2, 3)]

    with pytest.raises(UnavailableError, match="2 are called 'Mic, JACK' and nothing tells them"):
        microphone.named("Mic, JACK", twins)


def test_a_name_that_fits_none_lists_what_is_there() -> None:
    with pytest.raises(UnavailableError, match="no microphone 'Shure'; connected: HDA"):
        microphone.named("Shure", [BOARD])
    with pytest.raises(UnavailableError, match="no default microphone; connected: none"):
        microphone.named("", [])


def test_a_name_has_no_card_number_but_the_plug_that_it_sits_in(tmp_path: Path) -> None:
    plug = tmp_path / "devices" / "pci0000:00" / "usb1" / "1-1" / "1-1.2" / "1-1.2:1.0"
    plug.mkdir(parents=True)
    card = tmp_path / "card2"
    card.mkdir()
    (card / "device").symlink_to(plug)

    (card / "id").write_text("Device_1")

    found = microphone.identity("USB PnP Sound Device: Audio (hw:2,0)", "ALSA", tmp_path)

    assert found == (USB, "usb 1-1.2")


def test_a_sound_card_that_is_not_on_usb_is_known_by_its_own_id(tmp_path: Path) -> None:
    (tmp_path / "card0").mkdir()
    (tmp_path / "card0" / "id").write_text("wm8960\n")
    name = "wm8960: wm8960-hifi (hw:0,0)"

    assert microphone.identity(name, "ALSA", tmp_path) == (
        "wm8960: wm8960-hifi, ALSA",
        "card wm8960",
    )


def test_what_is_no_sound_card_has_its_name_alone(tmp_path: Path) -> None:
    assert microphone.identity("pipemic", "ALSA", tmp_path) == ("pipemic, ALSA", "")
    assert microphone.identity("HDA: ALC (hw:7,0)", "ALSA", tmp_path) == ("HDA: ALC, ALSA", "")


class Picky(SimpleNamespace):
    """The sound system of a machine whose one microphone agrees to few ways of delivering."""

    class PortAudioError(Exception):
        pass

    def __init__(self, *agreed: tuple[int, int]) -> None:
        super().__init__(_initialized=0, _initialize=lambda: None, opened=[])
        self.default = SimpleNamespace(device=[0, 0])
        self._agreed = agreed

    def query_hostapis(self) -> list[dict[str, str]]:
        return [{"name": "ALSA"}]

    def query_devices(self) -> list[dict[str, object]]:
        return [{"name": "desk", "hostapi": 0, "max_input_channels": 2}]

    def check_input_settings(
        self, device: int, channels: int, dtype: str, extra: None, rate_hz: int
    ) -> None:
        assert (device, dtype, extra) == (0, "int16", None)
        if (rate_hz, channels) not in self._agreed:
            raise self.PortAudioError("Invalid sample rate")

    def RawInputStream(self, **form: object) -> SimpleNamespace:  # noqa: N802 - PortAudio's word
        callback = form["callback"]
        assert callable(callback)
        return SimpleNamespace(start=lambda: callback(b"", 0, None, None))


@pytest.mark.parametrize(
    ("agreed", "taken"),
    [
        ([(16_000, 1), (48_000, 1)], (16_000, 1)),
        ([(48_000, 1), (44_100, 1), (16_000, 2)], (48_000, 1)),
        ([(44_100, 1)], (44_100, 1)),
        ([(32_000, 1)], (32_000, 1)),
        ([(16_000, 2), (48_000, 2)], (16_000, 2)),
        ([(44_100, 2)], (44_100, 2)),
    ],
)
def test_a_microphone_is_opened_in_the_way_that_costs_least_of_those_it_agrees_to(
    monkeypatch: pytest.MonkeyPatch, agreed: list[tuple[int, int]], taken: tuple[int, int]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", Picky(*agreed))
    forms: list[tuple[int, int]] = []

    PortAudio("desk").open(0.5, lambda form, _: forms.append((form.rate_hz, form.channels)))

    assert forms == [taken]


def test_a_microphone_that_agrees_to_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", Picky((96_000, 8)))

    with pytest.raises(UnavailableError, match="desk, ALSA: cannot be opened at any usual rate"):
        PortAudio("desk").open(0.5, lambda *_: None)
