"""A microphone without a sound card: PulseAudio plays a recording, and PortAudio hears it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

DEVICE = "beside"
"""Its name, for `audio.device`."""
NEEDED = ("pulseaudio", "paplay")
READY_S = 10.0


def is_there() -> bool:
    """Whether this machine has what it takes."""
    return all(which(tool) for tool in NEEDED)


@contextmanager
def loudspeaker(folder: Path, wav: Path) -> Iterator[dict[str, str]]:
    """Play a recording in real time, once; yields an environment for who shall hear it."""
    socket = folder / "native"
    given = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    protocol = f"module-native-protocol-unix auth-anonymous=1 socket={socket}"
    sink = "module-null-sink sink_name=speaker rate=16000 channels=1 format=s16le"
    idle = ["--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    server = ["pulseaudio", "-n", *idle, "-L", protocol, "-L", sink]
    (folder / ".asoundrc").write_text(
        f'pcm."{DEVICE}" {{ type pulse server "unix:{socket}" device "speaker.monitor" '
        'hint { show on description "beside the loudspeaker" } }\n',
        encoding="utf-8",
    )
    paplay = ["paplay", f"--server=unix:{socket}", "--device=speaker", str(wav)]
    with subprocess.Popen(server, env=given, stderr=subprocess.DEVNULL) as pulse:
        try:
            _await(socket)
            with subprocess.Popen(paplay, env=given) as player:
                try:
                    yield {"HOME": str(folder), "PULSE_SERVER": f"unix:{socket}"}
                finally:
                    player.terminate()
        finally:
            pulse.terminate()


def _await(socket: Path) -> None:
    deadline_s = time.monotonic() + READY_S
    while not socket.exists():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"pulseaudio does not open {socket} within {READY_S:.0f} s")
        time.sleep(0.05)
