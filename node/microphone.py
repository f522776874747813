"""The one door to PortAudio: microphones by stable names."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contract.errors import UnavailableError
from node.capture import Capture, Collect, Format

if TYPE_CHECKING:
    from types import ModuleType

RATES_HZ = (16_000, 48_000, 44_100, 32_000)
"""Tried in this order: 16 kHz needs no resampling, every sound card knows one of the others."""
CHANNELS = (1, 2)
SOUND_CARDS = Path("/sys/class/sound")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """One microphone of this machine.

    Attributes:
        id: Its stable name: it survives a restart, and other devices that come and go.
        index: PortAudio's number for it, which does not.
        is_default: Whether it is used where the settings name none.
    """

    id: str
    index: int
    is_default: bool


class PortAudio:
    """The sound system of this machine."""

    def __init__(self, device: str) -> None:
        """Name the microphone.

        Args:
            device: Its id, or the beginning of one; empty: the default microphone.
        """
        self._device = device

    def open(self, block_s: float, collect: Collect) -> Capture:
        """Look for the microphone anew and open it.

        Raises:
            UnavailableError: PortAudio or the microphone is not there, or refuses.
        """
        sound = _portaudio()
        device = named(self._device, _listed(sound))
        return _Stream(sound, device, block_s, collect)


class _Stream:
    """One opened PortAudio stream."""

    def __init__(
        self, sound: "ModuleType", device: Device, block_s: float, collect: Collect
    ) -> None:
        self._sound, self._name = sound, device.id
        form = _negotiated(sound, device)
        with _told(sound, self._name):
            self._stream = sound.RawInputStream(
                device=device.index,
                samplerate=form.rate_hz,
                channels=form.channels,
                dtype="int16",
                blocksize=round(block_s * form.rate_hz),
                callback=lambda pcm, *_: collect(form, bytes(pcm)),
            )
            self._stream.start()
        log.info("listening", extra={"device": device.id, "rate_hz": form.rate_hz})

    def is_alive(self) -> bool:
        """Whether PortAudio still calls us.

        Raises:
            UnavailableError: PortAudio knows the device no more.
        """
        with _told(self._sound, self._name):
            return bool(self._stream.active)

    def close(self) -> None:
        """Stop at once."""
        self._stream.close(ignore_errors=True)


def devices() -> list[Device]:
    """Return the microphones of this machine.

    Raises:
        UnavailableError: The PortAudio library is missing, or cannot list them.
    """
    return _listed(_portaudio())


def named(wanted: str, there: list[Device]) -> Device:
    """Return the microphone whose id begins like this; the default one where nothing is wanted.

    Raises:
        UnavailableError: There is none, or more than one.
    """
    fitting = [d for d in there if (d.id.startswith(wanted) if wanted else d.is_default)]
    if len(fitting) == 1:
        return fitting[0]
    asked = f"microphone {wanted!r}" if wanted else "default microphone"
    problem = f"several fit {asked}" if fitting else f"there is no {asked}"
    listed = "; ".join(device.id for device in there) or "none at all"
    raise UnavailableError(f"{problem}; connected: {listed}")


def stable_name(name: str, system: str, cards: Path = SOUND_CARDS) -> str:
    """Return a name without ALSA's card number, which follows the order of plugging in.

    Args:
        name: As PortAudio tells it, "USB PnP Sound Device: Audio (hw:1,0)".
        system: The host API, "ALSA".
        cards: Where the kernel lists sound cards and the USB ports that they are plugged into.
    """
    card = re.search(r" ?\(hw:(\d+),\d+\)", name)
    if card is None:
        return f"{name}, {system}"
    device = str((cards / f"card{card[1]}" / "device").resolve())
    ports = re.findall(r"/([\d.-]+)/[\d.-]+:[\d.]+", device)
    return f"{name.replace(card[0], '')}, {system}" + (f", usb {ports[-1]}" if ports else "")


def _portaudio() -> "ModuleType":
    """Load PortAudio and make it look at the devices that are there now, not at its start."""
    try:
        import sounddevice  # noqa: PLC0415 - costs 26 MB; a node that plays files never needs it
    except ModuleNotFoundError as error:
        raise UnavailableError("sounddevice is missing: install soribit[node]") from error
    except OSError as error:
        raise UnavailableError(
            "the PortAudio library is missing: install it, on Debian with apt install libportaudio2"
        ) from error
    with _told(sounddevice, "PortAudio"):
        if sounddevice._initialized:  # not so after an attempt that failed
            sounddevice._terminate()  # the only way: PortAudio lists its devices once
        sounddevice._initialize()
    module: ModuleType = sounddevice
    return module


@contextmanager
def _told(sound: "ModuleType", whose: str) -> Iterator[None]:
    """Let PortAudio's own error leave as ours."""
    try:
        yield
    except sound.PortAudioError as error:
        raise UnavailableError(f"{whose}: {error}") from error


def _listed(sound: "ModuleType") -> list[Device]:
    with _told(sound, "PortAudio"):
        systems = [system["name"] for system in sound.query_hostapis()]
        default, entries = sound.default.device[0], sound.query_devices()
    found: list[Device] = []
    for index, entry in enumerate(entries):
        if entry["max_input_channels"] > 0:
            name = stable_name(entry["name"], systems[entry["hostapi"]])
            twins = sum(device.id.startswith(name) for device in found)
            unique = f"{name} #{twins + 1}" if twins else name
            found.append(Device(unique, index, index == default))
    return found


def _negotiated(sound: "ModuleType", device: Device) -> Format:
    """The first way of delivering that the device agrees to."""
    refusal = ""
    for form in (Format(rate_hz, channels) for channels in CHANNELS for rate_hz in RATES_HZ):
        try:
            sound.check_input_settings(device.index, form.channels, "int16", None, form.rate_hz)
        except sound.PortAudioError as error:
            refusal = str(error)
        else:
            return form
    raise UnavailableError(f"{device.id}: no usual rate is accepted: {refusal}")
