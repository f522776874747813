"""The one door to PortAudio: microphones by stable names, and the default loudspeaker."""

import ctypes
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contract.errors import UnavailableError
from node.capture import Capture, Collect, Format
from node.pcm import pcm_of
from node.spectra import Floats

if TYPE_CHECKING:
    from types import ModuleType

RATES_HZ = (16_000, 48_000, 44_100, 32_000)
"""Tried in this order: 16 kHz needs no resampling, every sound card knows one of the others."""
CHANNELS = (1, 2)
SOUND_CARDS = Path("/sys/class/sound")
ALSA = "libasound.so.2"

Opened = Capture | UnavailableError
SoundAt = Callable[[int], Floats]
"""Mono samples in -1..1 at the rate that a loudspeaker wants, shape (n,)."""

_SAY_NOTHING = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)(lambda *_: None)
"""ALSA's error handler; kept here, as ALSA calls it for as long as it lives."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """One microphone of this machine.

    Attributes:
        name: What it is, the same at every start: "USB PnP Sound Device: Audio, ALSA".
        place: Where it is plugged in, "usb 1-1.2"; "card wm8960" where there is no USB; or "".
        index: PortAudio's number for it, which changes with what else is plugged in.
        is_default: Whether it is used where the settings name none.
    """

    name: str
    place: str
    index: int
    is_default: bool

    @property
    def id(self) -> str:
        """Its stable name: it survives a restart, and other devices that come and go."""
        return f"{self.name}, {self.place}" if self.place else self.name

    def fits(self, wanted: str) -> bool:
        """Tell whether its id, its place or the beginning of its name is wanted.

        The place counts as a whole only: "usb 1-1" is another plug than "usb 1-1.2".
        """
        return wanted in {self.id, self.place} or self.name.startswith(wanted)


class PortAudio:
    """The sound system of this machine."""

    def __init__(self, device: str) -> None:
        """Name the microphone.

        Args:
            device: Its id, its place or the beginning of its name; empty: the default microphone.
        """
        self._device = device
        self._sound: ModuleType | None = None

    def open(self, block_s: float, collect: Collect) -> Capture:
        """Look for the microphone anew and open it.

        Raises:
            UnavailableError: PortAudio or the microphone is not there, or refuses.
        """
        self._sound = sound = _portaudio()
        device = named(self._device, _listed(sound))
        return _Stream(sound, device, block_s, collect)

    def play(self, sound_at: SoundAt, began: Callable[[], None]) -> Capture:
        """Play a sound once through the default loudspeaker, beside the microphone that is open.

        Args:
            sound_at: Gives the sound.
            began: Called by a thread of PortAudio when it begins.

        Raises:
            UnavailableError: No microphone was opened before, there is no loudspeaker, or it
                refuses.
        """
        if self._sound is None:
            raise UnavailableError("open the microphone first")
        return _Playback(self._sound, sound_at, began)


class _Stream:
    """One opened PortAudio stream."""

    def __init__(
        self, sound: "ModuleType", device: Device, block_s: float, collect: Collect
    ) -> None:
        self._sound, self._name = sound, device.id
        form = _agreed(sound, sound.check_input_settings, device.index, self._name)
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


class _Playback:
    """One sound that PortAudio plays; silence follows it."""

    def __init__(self, sound: "ModuleType", sound_at: SoundAt, began: Callable[[], None]) -> None:
        self._sound = sound
        with _told(sound, "PortAudio"):
            index: int = sound.default.device[1]
        if index < 0:
            raise UnavailableError("there is no loudspeaker")
        form = _agreed(sound, sound.check_output_settings, index, "the default loudspeaker")
        self._began: Callable[[], None] | None = began
        self._left = pcm_of(sound_at(form.rate_hz), form.channels)
        with _told(sound, "the default loudspeaker"):
            self._stream = sound.RawOutputStream(
                device=index,
                samplerate=form.rate_hz,
                channels=form.channels,
                dtype="int16",
                callback=self._give,
            )
            self._stream.start()

    def is_alive(self) -> bool:
        """Whether PortAudio still calls us."""
        with _told(self._sound, "the default loudspeaker"):
            return bool(self._stream.active)

    def close(self) -> None:
        """Stop at once."""
        self._stream.close(ignore_errors=True)

    def _give(self, wanted: memoryview, *_: object) -> None:
        if self._began:
            self._began()
            self._began = None
        piece, self._left = self._left[: len(wanted)], self._left[len(wanted) :]
        wanted[:] = piece.ljust(len(wanted), b"\0")


def devices() -> list[Device]:
    """Return the microphones of this machine.

    Raises:
        UnavailableError: The PortAudio library is missing, or cannot list them.
    """
    return _listed(_portaudio())


def open_all(block_s: float, collect: Callable[[Device], Collect]) -> list[tuple[Device, Opened]]:
    """Open every microphone at once; where one refuses, its sentence stands instead.

    Args:
        block_s: How much sound is delivered at once.
        collect: Gives what takes the sound of one microphone.

    Raises:
        UnavailableError: The PortAudio library is missing, or cannot list them.
    """
    sound = _portaudio()
    return [(device, _opened(sound, device, block_s, collect(device))) for device in _listed(sound)]


def named(wanted: str, there: list[Device]) -> Device:
    """Return the microphone that is wanted; the default one where nothing is.

    Raises:
        UnavailableError: There is none, or more than one.
    """
    fitting = [each for each in there if (each.fits(wanted) if wanted else each.is_default)]
    if len(fitting) == 1:
        return fitting[0]
    asked = f"microphone {wanted!r}" if wanted else "default microphone"
    if fitting:
        raise UnavailableError(f"several fit {asked}; {_choice(fitting)}")
    listed = "; ".join(device.id for device in there) or "none at all"
    raise UnavailableError(f"there is no {asked}; connected: {listed}")


def identity(name: str, system: str, cards: Path = SOUND_CARDS) -> tuple[str, str]:
    """Return name and place without ALSA's card number, which follows the order of plugging in.

    Args:
        name: As PortAudio tells it, "USB PnP Sound Device: Audio (hw:1,0)".
        system: The host API, "ALSA".
        cards: Where the kernel lists sound cards and the USB ports that they are plugged into.
    """
    number = re.search(r" ?\(hw:(\d+),\d+\)", name)
    if number is None:
        return f"{name}, {system}", ""
    card = cards / f"card{number[1]}"
    ports = re.findall(r"/([\d.-]+)/[\d.-]+:[\d.]+", str((card / "device").resolve()))
    place = f"usb {ports[-1]}" if ports else _card_id(card)
    return f"{name.replace(number[0], '')}, {system}", place


def _card_id(card: Path) -> str:
    """ALSA's own name of a card that is not on USB; of USB cards it counts those alike."""
    try:
        return f"card {(card / 'id').read_text(encoding='utf-8').strip()}"
    except (OSError, ValueError):
        return ""


def _choice(fitting: list[Device]) -> str:
    """What to put into the settings so that one microphone is meant."""
    for choices in ([each.place for each in fitting], [each.id for each in fitting]):
        if all(choices) and len(set(choices)) == len(choices):
            return f"name one: {' or '.join(map(repr, choices))}"
    alike, count = Counter(each.id for each in fitting).most_common(1)[0]
    return f"{count} are called {alike!r} and nothing tells them apart: leave one plugged in"


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
    _hush_alsa()
    with _told(sounddevice, "PortAudio"):
        if sounddevice._initialized:  # not so after an attempt that failed
            sounddevice._terminate()  # the only way: PortAudio lists its devices once
        sounddevice._initialize()
    module: ModuleType = sounddevice
    return module


def _hush_alsa() -> None:
    """Keep ALSA from writing a page to stderr about what is not there, at each look."""
    with suppress(OSError):  # PortAudio may do without ALSA
        ctypes.CDLL(ALSA).snd_lib_error_set_handler(_SAY_NOTHING)


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
    return [
        Device(*identity(entry["name"], systems[entry["hostapi"]]), index, index == default)
        for index, entry in enumerate(entries)
        if entry["max_input_channels"] > 0
    ]


def _opened(sound: "ModuleType", device: Device, block_s: float, collect: Collect) -> Opened:
    try:
        return _Stream(sound, device, block_s, collect)
    except UnavailableError as error:
        return error


def _agreed(sound: "ModuleType", check: Callable[..., None], index: int, name: str) -> Format:
    """The first way of delivering, or of being delivered to, that a device agrees to."""
    refusal = ""
    for form in (Format(rate_hz, channels) for channels in CHANNELS for rate_hz in RATES_HZ):
        try:
            check(index, form.channels, "int16", None, form.rate_hz)
        except sound.PortAudioError as error:
            refusal = str(error)
        else:
            return form
    raise UnavailableError(f"{name}: cannot be opened at any usual rate: {refusal}")
