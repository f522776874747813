"""A model bundle: one folder with a network and the manifest that says all there is to know."""

import hashlib
import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from contract.catalogue import BACKGROUND
from contract.errors import BundleError
from contract.messages import Name, Share, SoundId
from node.features import LogMel

MANIFEST = "manifest.json"
MANIFEST_BYTES = 1 << 20
"""A manifest with YAMNet's 521 labels has 50 kB."""
NAME_BYTES = 64
"""The name stands in every event and status, which are small."""

FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Label = Annotated[str, Meta(min_length=1, max_length=120)]
Duration = Annotated[float, Meta(ge=0.0, le=60.0)]
Period = Annotated[float, Meta(ge=0.0, le=120.0)]
"""A low battery chirps each minute at least (UL 217); the node remembers two."""


class LogMelInput(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="log-mel"
):
    """The network takes a log-mel picture, (dB - mean_db) / std_db."""

    sample_rate_hz: Literal[16000]
    window_s: Annotated[float, Meta(ge=0.1, le=20.0)]
    fft_size: Annotated[int, Meta(ge=16, le=8192)]
    hop_size: Annotated[int, Meta(ge=16, le=8192)]
    bands: Annotated[int, Meta(ge=1, le=512)]
    low_hz: Annotated[float, Meta(ge=0.0, le=8000.0)]
    high_hz: Annotated[float, Meta(ge=0.0, le=8000.0)]
    floor_db: Annotated[float, Meta(ge=-200.0, le=100.0)]
    mean_db: Annotated[float, Meta(ge=-200.0, le=200.0)]
    std_db: Annotated[float, Meta(gt=0.0, le=200.0)]

    @property
    def log_mel(self) -> LogMel:
        """The front end that makes such a picture."""
        return LogMel(
            sample_rate_hz=self.sample_rate_hz,
            fft_size=self.fft_size,
            hop_size=self.hop_size,
            bands=self.bands,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
            floor_db=self.floor_db,
        )

    @property
    def window_samples(self) -> int:
        """Samples in one window."""
        return round(self.window_s * self.sample_rate_hz)

    @property
    def frames(self) -> int:
        """Frames in one picture."""
        return self.log_mel.frames(self.window_samples)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what the network takes."""
        return (self.frames, self.bands)


class WaveformInput(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="waveform"
):
    """The network takes the samples themselves, in -1..1."""

    sample_rate_hz: Literal[16000]
    window_samples: Annotated[int, Meta(ge=160, le=320_000)]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what the network takes."""
        return (self.window_samples,)


class Threshold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When one sound counts as heard."""

    on: Share
    """It began when its score reaches this."""
    off: Share
    """It may end when its score is below this."""
    hold_s: Duration
    """It ends only after so long below `off`: the pauses of an alarm are shorter."""
    shortest_s: Duration = 0.0
    """It began only after so long clearly above `off`; where it is less clear, after longer."""
    again_s: tuple[Period, Period] | None = None
    """It began only so long after it was above `on` before, least and most: an alarm's period."""


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All there is to know about a bundle; the node takes nothing from anywhere else."""

    schema: Literal[1]
    name: Name
    version: Name
    model: FileName
    """The file a node runs."""
    files: Annotated[dict[FileName, Sha256], Meta(min_length=1, max_length=20)]
    labels: Annotated[tuple[Label, ...], Meta(min_length=1, max_length=4096)]
    """The network's outputs, in their order."""
    sounds: dict[Label, SoundId] = field(default_factory=dict)
    """What a label means: a catalogue id or "background"; one without a line keeps its own name."""
    input: LogMelInput | WaveformInput
    output: Literal["softmax", "sigmoid", "probability"]
    """What turns the network's outputs into scores; "probability": they are scores."""
    quantization: Literal["float32", "float16", "dynamic", "int8-float-io", "int8"]
    default_threshold: Threshold
    thresholds: dict[SoundId, Threshold] = field(default_factory=dict)
    embedding: Annotated[int, Meta(ge=0, le=4096)] = 0
    """Numbers of a second output that says what a window is like, for sounds of one's own; 0: none.
    It must be told from the labels by its size."""
    unproven: tuple[SoundId, ...] = ()
    """Sounds that no real recording has tested: what is said of them rests on computed sounds."""
    data: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    metrics: dict[str, float | dict[str, float]] = field(default_factory=dict)

    def sound_of(self, label: str) -> str:
        """Return the sound that a label means."""
        return self.sounds.get(label) or slug(label)

    def threshold(self, sound: str) -> Threshold:
        """Return when a sound counts as heard."""
        return self.thresholds.get(sound, self.default_threshold)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose manifest and files agree."""

    folder: Path
    manifest: Manifest
    model_path: Path


def load(folder: Path) -> Bundle:
    """Read a bundle and prove that it holds together.

    Raises:
        BundleError: A file is missing or is not the one the manifest names, or the manifest is
            no valid manifest or contradicts itself. Whether the network has the shapes that the
            manifest names shows when `node.classifier` opens it.
    """
    manifest = _read(folder)
    faults = _contradictions(manifest) or _wrong_files(folder, manifest)
    if faults:
        raise BundleError(f"bundle {folder}: {'; '.join(faults)}; this bundle is not used")
    return Bundle(folder, manifest, folder / manifest.model)


def find(explicit: Path | None, state: Path | None, named: Path | None = None) -> list[Path]:
    """Return the folders of the bundles to try: the one asked for alone, else all that are there.

    Args:
        explicit: What `--model` names; not looked into, `load` does that.
        state: The node's state folder.
        named: What the settings name; goes first, but a room must not go deaf for a damaged one.

    Raises:
        BundleError: There is none.
    """
    if explicit:
        return [explicit]
    searched = places(state)
    found = [named] if named else []
    found += [folder for folder in searched if _is_file(folder / MANIFEST)]
    if not found:
        tried = ", ".join(str(folder) for folder in searched)
        raise BundleError(f"no model bundle found in {tried}; name one with --model")
    return found


def places(state: Path | None) -> list[Path]:
    """Return where a bundle may be, in order: state folder, installation, checkout."""
    household = Path("models") / "household"
    roots = [Path(sys.prefix) / "share" / "soribit", Path(__file__).parents[1]]
    return [root / household for root in ([state, *roots] if state else roots)]


def _is_file(path: Path) -> bool:
    """Whether a file is there; a folder that cannot be looked into, or a broken disk, has none."""
    try:
        return path.is_file()
    except OSError:
        return False


def slug(label: str) -> str:
    """Return a label as a sound id: lower case, anything but a-z and 0-9 becomes one underscore."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:48]


def sha256(path: Path) -> str:
    """Return the hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            text = file.read(MANIFEST_BYTES + 1)
        if len(text) > MANIFEST_BYTES:
            raise BundleError(f"bundle {folder}: {MANIFEST} has over {MANIFEST_BYTES} bytes")
        return msgspec.json.decode(text, type=Manifest)
    except OSError as error:
        raise BundleError(f"bundle {folder}: cannot read {MANIFEST}: {error.strerror}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BundleError(f"bundle {folder}: {MANIFEST} is not valid: {error}") from error


def _contradictions(manifest: Manifest) -> list[str]:
    """What the manifest says against itself, a sentence each."""
    heard = {manifest.sound_of(label) for label in manifest.labels} - {BACKGROUND}
    strangers = sorted(set(manifest.sounds) - set(manifest.labels))
    unheard = sorted({*manifest.thresholds, *manifest.unproven} - heard)
    rules = {"default_threshold": manifest.default_threshold} | manifest.thresholds
    faults = [f"threshold of {name}: off is above on" for name, t in rules.items() if t.off > t.on]
    if not _is_sayable(manifest.name):
        faults.append(f"name has control characters or over {NAME_BYTES} bytes")
    if len(set(manifest.labels)) < len(manifest.labels):
        faults.append("a label stands twice in labels")
    if strangers:
        faults.append(f"sounds names labels that are not in labels: {', '.join(strangers[:5])}")
    if unheard:
        faults.append(f"sounds that no label means have rules: {', '.join(unheard[:5])}")
    if "" in heard:
        faults.append("a label has no letter in a-z0-9; give it an id in sounds")
    if manifest.embedding == len(manifest.labels):
        faults.append(f"embedding has as many numbers as there are labels: {manifest.embedding}")
    if manifest.model not in manifest.files:
        faults.append(f"files has no SHA-256 of {manifest.model}")
    return faults + _impossible(manifest.input)


def _is_sayable(name: str) -> bool:
    return len(name.encode()) <= NAME_BYTES and all(
        unicodedata.category(character)[0] != "C" for character in name
    )


def _impossible(wanted: LogMelInput | WaveformInput) -> list[str]:
    if isinstance(wanted, WaveformInput):
        return []
    faults = []
    if wanted.low_hz >= wanted.high_hz:
        faults.append(f"input: low_hz {wanted.low_hz} is not below high_hz {wanted.high_hz}")
    if wanted.frames < 1:
        faults.append("input: window_s is shorter than one fft_size")
    return faults


def _wrong_files(folder: Path, manifest: Manifest) -> list[str]:
    faults = []
    for name, expected in manifest.files.items():
        try:
            found = sha256(folder / name)
        except OSError as error:
            faults.append(f"cannot read {name}: {error.strerror}")
            continue
        if found != expected:
            faults.append(f"{name} has SHA-256 {found[:12]}…, the manifest says {expected[:12]}…")
    return faults
