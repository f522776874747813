"""The one door to PortAudio: microphones by stable names, opened again whenever they are lost."""

import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from contract.errors import UnavailableError
from node.blocks import SAMPLE_RATE_HZ
from node.features import Floats
from node.resample import Resampler

if TYPE_CHECKING:
    from types import ModuleType

RATES_HZ = (16_000, 48_000, 44_100, 32_000)
"""Tried in this order: 16 kHz needs no resampling, every sound card knows one of the others."""
CHANNELS = (1, 2)
FULL_SCALE = 32768.0
QUEUED_S = 3.0
SILENT_S = 3.0
"""An open microphone that gives nothing for so long was pulled out: ALSA does not say so."""
WATCH_S = 1.0
CLOSE_S = 1.0
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


@dataclass(frozen=True, eq=False)
class Format:
    """How one opened microphone delivers; a new one for each opening.

    Attributes:
        rate_hz: Frames a second.
        channels: Interleaved samples a frame.
    """

    rate_hz: int
    channels: int


Collect = Callable[[Format, bytes], None]


class Capture(Protocol):
    """A microphone that is open."""

    def is_alive(self) -> bool:
        """Whether it still runs, as far as the system says.

        Raises:
            UnavailableError: The system says that it is gone.
        """

    def close(self) -> None:
        """Let go of it."""


class Backend(Protocol):
    """What opens a microphone."""

    def open(self, block_s: float, collect: Collect) -> Capture:
        """Open it; `collect` is then called with interleaved s16 from a thread of the backend.

        Raises:
            UnavailableError: It is not there, or cannot be opened.
        """


class Microphone:
    """An inlet whose own thread opens the microphone, watches it, and opens it again.

    Attributes:
        lost: Why the microphone could not be opened or kept open; empty while all is well.
        dropped: Pieces that nobody read in time; the oldest go first.
    """

    def __init__(
        self, backend: Backend, block_samples: int, back_off_s: tuple[float, float] = (1.0, 10.0)
    ) -> None:
        """Begin to open it.

        Args:
            backend: What opens it.
            block_samples: How much 16 kHz sound a pull gives.
            back_off_s: Shortest and longest time from one attempt to the next.
        """
        self.lost = ""
        self.dropped = 0
        self._backend, self._back_off_s = backend, back_off_s
        self._block_samples = block_samples
        self._block_s = block_samples / SAMPLE_RATE_HZ
        pieces = max(1, int(QUEUED_S / self._block_s))
        self._pieces: queue.Queue[tuple[Format, bytes]] = queue.Queue(pieces)
        self._collected_s = 0.0
        self._format: Format | None = None
        self._resampler = Resampler(SAMPLE_RATE_HZ)
        self._held = np.empty(0, np.float32)
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep_open, name="microphone", daemon=True)
        self._keeper.start()

    def pull(self, timeout_s: float) -> Floats | None:
        """Return the next block, None where none comes in time."""
        if len(self._held) < self._block_samples:
            try:
                self._take(*self._pieces.get(timeout=timeout_s))
            except queue.Empty:
                return None
        if len(self._held) < self._block_samples:
            return None
        block, self._held = np.split(self._held, [self._block_samples])
        return block

    def close(self) -> None:
        """Let go of the microphone."""
        self._closing.set()
        self._keeper.join(CLOSE_S)

    def _take(self, form: Format, pcm: bytes) -> None:
        if form is not self._format:  # opened anew: what was heard before does not go on
            self._format, self._resampler = form, Resampler(form.rate_hz)
            self._held = np.empty(0, np.float32)
        samples = np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(FULL_SCALE)
        frames = samples.reshape(-1, form.channels)
        self._held = np.concatenate((self._held, self._resampler.push(frames)))

    def _collect(self, form: Format, pcm: bytes) -> None:
        """Called by the sound system: must neither wait nor think."""
        self._collected_s = time.monotonic()
        while True:
            try:
                return self._pieces.put_nowait((form, pcm))
            except queue.Full:
                self.dropped += 1
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        try:
            self._pieces.get_nowait()
        except queue.Empty:  # the reader was quicker
            return

    def _keep_open(self) -> None:
        shortest_s, longest_s = self._back_off_s
        pause_s = shortest_s
        while not self._closing.is_set():
            try:
                with closing(self._backend.open(self._block_s, self._collect)) as capture:
                    pause_s = shortest_s
                    self._watch(capture)
            except UnavailableError as error:
                self.lost = str(error)
                log.warning("no microphone: %s", error)
            except Exception as error:
                self.lost = f"the microphone failed: {error}"
                log.exception("the microphone failed, opening it again")
            self._closing.wait(pause_s)
            pause_s = min(2.0 * pause_s, longest_s)

    def _watch(self, capture: Capture) -> None:
        """Stay while the microphone is there and wanted.

        Raises:
            UnavailableError: It was lost.
        """
        self.lost, self._collected_s = "", time.monotonic()
        log.info("microphone is open")
        while capture.is_alive() and time.monotonic() - self._collected_s < SILENT_S:
            if self._closing.wait(WATCH_S):
                return
        raise UnavailableError("the microphone was lost")


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
