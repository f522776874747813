"""A microphone's name outlives its number."""

from pathlib import Path

import pytest

from contract.errors import UnavailableError
from node import microphone
from node.microphone import Device

DESK = Device("USB PnP Sound Device: Audio, ALSA, usb 1-1.2", 3, is_default=False)
SHELF = Device("USB PnP Sound Device: Audio, ALSA, usb 1-1.3", 4, is_default=False)
BOARD = Device("HDA Intel: ALC257 Analog, ALSA", 0, is_default=True)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", BOARD),
        (DESK.id, DESK),
        ("HDA Intel", BOARD),
    ],
)
def test_a_microphone_is_known_by_its_name(wanted: str, found: Device) -> None:
    assert microphone.named(wanted, [BOARD, DESK, SHELF]) == found


def test_a_name_that_fits_two_or_none_lists_what_is_there() -> None:
    with pytest.raises(UnavailableError, match=r"several fit microphone 'USB PnP.*usb 1-1\.3"):
        microphone.named("USB PnP", [BOARD, DESK, SHELF])
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

    name = microphone.stable_name("USB PnP Sound Device: Audio (hw:2,0)", "ALSA", tmp_path)

    assert name == "USB PnP Sound Device: Audio, ALSA, usb 1-1.2"


def test_a_sound_card_that_is_not_on_usb_has_its_name_alone(tmp_path: Path) -> None:
    assert microphone.stable_name("HDA: ALC (hw:0,0)", "ALSA", tmp_path) == "HDA: ALC, ALSA"
    assert microphone.stable_name("pipemic", "ALSA", tmp_path) == "pipemic, ALSA"
