"""Microphones without a sound card: each a PulseAudio of its own, whose source a test fills."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from tests.real import need, until

PIECE_S = 0.02
ENOUGH = 1_000_000
"""Pieces that a microphone plays: hours, should nobody end it."""


class Microphones:
    """Microphones that can be plugged in and pulled out, and PortAudio's ALSA way to them.

    A PulseAudio each, as one whose source is pulled out would move its listeners to another's.

    Attributes:
        environment: Lets a process find these microphones and no others.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        """Tell ALSA of microphones by names without spaces; PortAudio lists those plugged in."""
        self._folder = folder
        self.environment = {"HOME": str(folder), "PULSE_SERVER": f"unix:{folder}/none"}
        for name in names:
            (folder / name).mkdir()
        (folder / ".asoundrc").write_text(
            "".join(
                f'pcm."{name}" {{ type pulse server "{self._server(name)}" device "microphone" '
                f'hint {{ show on description "a microphone" }} }}\n'
                for name in names
            )
        )
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._plugs: dict[str, str] = {}
        self._sounds: dict[str, bytes] = {}
        self._players: list[threading.Thread] = []

    def plug(self, name: str, pcm: bytes, *, rate_hz: int = 16_000, true_rate_hz: int = 0) -> None:
        """Plug a microphone in.

        Args:
            name: One of those told at first.
            pcm: Mono s16le that it hears, again and again.
            rate_hz: The rate that it claims.
            true_rate_hz: The rate that it delivers; 0: the same.
        """
        if name not in self._servers:
            self._serve(name)
        fifo = self._folder / name / "fifo"
        source = f"source_name=microphone file={fifo} rate={rate_hz} channels=1 format=s16le"
        plug = self._control(name, "load-module", "module-pipe-source", *source.split())
        until(fifo.exists, what="the microphone's pipe")
        self._plugs[name], self._sounds[name] = plug, pcm
        player = threading.Thread(target=self._play, args=(name, plug, true_rate_hz or rate_hz))
        self._players.append(player)
        player.start()

    def hear(self, name: str, pcm: bytes) -> None:
        """Let a microphone hear something else from now on."""
        self._sounds[name] = pcm

    def unplug(self, name: str) -> None:
        """Pull a microphone out."""
        self._control(name, "unload-module", self._plugs.pop(name))

    def place_loudspeaker(self, name: str) -> None:
        """Let the default loudspeaker be beside a microphone that hears nothing else: `name`."""
        (self._folder / name).mkdir()
        self._serve(name)
        self._control(name, "load-module", "module-null-sink", "sink_name=speaker", "rate=48000")
        way = f'type pulse server "{self._server(name)}" device "speaker'
        default = f'playback.pcm {{ {way}" }} capture.pcm {{ {way}.monitor" }}'
        with (self._folder / ".asoundrc").open("a") as told:
            told.write(
                f'pcm."{name}" {{ {way}.monitor" hint {{ show on description "beside" }} }}\n'
            )
            told.write(
                f'pcm.!default {{ type asym {default} hint {{ show on description "it" }} }}\n'
            )

    def close(self) -> None:
        """Pull all out, and end what runs."""
        self._plugs.clear()
        for player in self._players:
            player.join(10)
        for server in self._servers.values():
            server.terminate()
            server.wait(10)

    def _server(self, name: str) -> str:
        return f"unix:{self._folder}/{name}/native"

    def _serve(self, name: str) -> None:
        folder = self._folder / name
        protocol = f"module-native-protocol-unix auth-anonymous=1 socket={folder}/native"
        idle = ["--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        command = ["pulseaudio", "-n", *idle, "-L", protocol]
        with (folder / "log").open("wb") as log:
            self._servers[name] = subprocess.Popen(
                command, env=self._given(folder), stderr=log, stdout=log
            )
        until((folder / "native").exists, what="pulseaudio")

    def _control(self, name: str, *words: str) -> str:
        done = subprocess.run(
            ["pactl", "--server", self._server(name), *words],  # noqa: S607
            env=self._given(self._folder / name),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def _given(self, folder: Path) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}

    def _play(self, name: str, plug: str, rate_hz: int) -> None:
        """Write in real time until it is unplugged."""
        piece = 2 * round(PIECE_S * rate_hz)
        pcm, place, start_s, pause = b"", 0, time.monotonic(), threading.Event()
        way = os.O_RDWR | os.O_NONBLOCK  # a full pipe loses sound as a microphone does
        with os.fdopen(os.open(self._folder / name / "fifo", way), "wb", buffering=0) as pipe:
            for index in range(ENOUGH):
                if self._plugs.get(name) != plug:
                    return
                if self._sounds[name] is not pcm:
                    pcm, place = self._sounds[name], 0
                pipe.write((pcm[place:] + pcm)[:piece])
                place = (place + piece) % len(pcm)
                pause.wait(max(0.0, start_s + PIECE_S * (index + 1) - time.monotonic()))


@contextmanager
def microphones(folder: Path, *names: str) -> Iterator[Microphones]:
    """Have microphones of these names, none of them plugged in; skips without PulseAudio."""
    need(which("pulseaudio") and which("pactl"), "pulseaudio")
    there = Microphones(folder, *names)
    try:
        yield there
    finally:
        there.close()
