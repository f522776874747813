"""Every setting of a node: who it is, where it listens, what it runs, whom it tells."""

import stat
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field, structs

from contract.errors import SettingsError
from contract.messages import NodeId, Share, SoundId
from contract.mqtt import Account
from contract.settings import BrokerSettings, load
from node.beyond import rule
from node.bundle import Duration, Manifest, Threshold


class NodeBroker(BrokerSettings, frozen=True, kw_only=True):
    """Where the MQTT broker is, and our account there."""

    password: Annotated[
        str,
        Meta(
            description="The password itself, as `soribit hub add-node` writes it; then no "
            "password_file, and nobody else may read this file."
        ),
    ] = ""

    def __repr__(self) -> str:
        """Leave the password out."""
        return f"NodeBroker({self.username}@{self.host}:{self.port})"

    def account(self, *, default_username: str) -> Account:
        """Return the account, with the password of these settings or of its file.

        Raises:
            SettingsError: Both are given, or the file cannot be read, or is empty.
        """
        if self.password and self.password_file:
            raise SettingsError(
                ["broker.password and broker.password_file are both given; remove one of them"]
            )
        account = super().account(default_username=default_username)
        return structs.replace(account, password=self.password or account.password)


class Audio(Struct, frozen=True, kw_only=True):
    """Where the sound comes from."""

    source: Annotated[
        Literal["microphone", "file", "fifo", "stdin"],
        Meta(
            description="microphone; file: recordings in real time; "
            "fifo or stdin: raw 16 kHz mono s16le."
        ),
    ] = "microphone"
    device: Annotated[
        str,
        Meta(
            description="Microphone: its name or the beginning of it, its USB plug (usb 1-1.2) or "
            "card, as `soribit devices` shows them; empty: the default one."
        ),
    ] = ""
    files: Annotated[
        tuple[str, ...], Meta(description="For file: recordings (WAV, FLAC, OGG), in order.")
    ] = ()
    loop: Annotated[bool, Meta(description="For file: begin again after the last one.")] = False
    pause_s: Annotated[
        float, Meta(description="For file: silence after each recording.", ge=0, le=3600)
    ] = 2.0
    path: Annotated[str, Meta(description="For fifo: the named pipe; made if missing.")] = ""


class ThresholdEntry(Struct, frozen=True, kw_only=True):
    """When one sound counts as heard; what is left out is as the bundle says."""

    on: Annotated[Share | None, Meta(description="It began when its score reaches this.")] = None
    off: Annotated[Share | None, Meta(description="It may end below this.")] = None
    hold_s: Annotated[
        Duration | None, Meta(description="It ends after so long below off; bridges pauses.")
    ] = None
    shortest_s: Annotated[
        Duration | None,
        Meta(description="It began only after so long clear; a faint one takes longer."),
    ] = None


class NodeSettings(Struct, frozen=True, kw_only=True):
    """The node's settings file, node.toml."""

    node_id: Annotated[
        NodeId, Meta(description="Who this node is: its account and its topics; a-z, 0-9, -.")
    ] = "node"
    state: Annotated[str, Meta(description="Folder for the outbox; empty: the default one.")] = ""
    model: Annotated[
        str, Meta(description="Folder of the model bundle; empty: the one that is installed.")
    ] = ""
    hop_s: Annotated[
        float, Meta(description="Time between two decisions; 1.6 is the paper's.", gt=0, le=10)
    ] = 0.5
    audio: Audio = Audio()
    broker: NodeBroker = NodeBroker()
    thresholds: dict[SoundId, ThresholdEntry] = field(default_factory=dict)

    def rules(self, manifest: Manifest) -> dict[str, Threshold]:
        """Return the thresholds that differ from the bundle's."""
        return {
            sound: _merged(rule(manifest, sound), entry) for sound, entry in self.thresholds.items()
        }


def read(path: Path | None) -> NodeSettings:
    """Read a settings file; without one, all is as by default.

    Raises:
        SettingsError: The file has faults, or names recordings or a password file that cannot be
            read; all are named.
    """
    if path is None:
        return NodeSettings()
    faults: list[str] = []
    settings = NodeSettings()
    try:
        settings = load(path, NodeSettings)
        found = [*_contradictions(settings.audio), *_no_password(settings), *_open(path, settings)]
        faults = [f"{path}: {fault}" for fault in found]
    except SettingsError as error:
        faults = list(error.faults)
    faults += [f"{path}: {fault}" for fault in _missing_files(path)]
    if faults:
        raise SettingsError(faults)
    return settings


def _merged(bundles: Threshold, entry: ThresholdEntry) -> Threshold:
    wanted = {name: value for name, value in structs.asdict(entry).items() if value is not None}
    merged = structs.replace(bundles, **wanted)
    return structs.replace(merged, off=min(merged.on, merged.off))


def _contradictions(audio: Audio) -> list[str]:
    if audio.source == "file" and not audio.files:
        return ["audio.files is empty; name the recordings that audio.source = 'file' shall play"]
    if audio.source == "fifo" and not audio.path:
        return ["audio.path is empty; name the pipe that audio.source = 'fifo' shall read"]
    return []


def _no_password(settings: NodeSettings) -> list[str]:
    try:
        settings.broker.account(default_username=settings.node_id)
    except SettingsError as error:
        return list(error.faults)
    return []


def _open(path: Path, settings: NodeSettings) -> list[str]:
    """A password inside a file that everybody may read."""
    if settings.broker.password and path.stat().st_mode & stat.S_IROTH:
        return [f"broker.password: every user may read this file; run chmod 640 {path}"]
    return []


def _missing_files(path: Path) -> list[str]:
    """Recordings that are not there, told beside whatever else is wrong with the file."""
    try:
        audio = tomllib.loads(path.read_text(encoding="utf-8")).get("audio")
    except (OSError, ValueError):
        return []
    files = audio.get("files") if isinstance(audio, dict) else None
    names = [name for name in files if isinstance(name, str)] if isinstance(files, list) else []
    return [f"audio.files: {n!r} is not a file; check the path" for n in names if not _is_file(n)]


def _is_file(name: str) -> bool:
    return "\0" not in name and Path(name).is_file()
