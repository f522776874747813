"""CPU per second of audio: a node's and its peer's, over the same recordings, alternating."""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from msgspec import Struct

from bench.sound import RATE_HZ, household, noisy_household, quiet_room, write_wav

SHORT_S = 30.0
"""In a quiet room the gate shuts within the first 12 s."""
ROUNDS = 5
OPEN, NOISY, SHUT = "gate open", "in pink noise", "gate shut"
SOUNDS = {OPEN: household, NOISY: noisy_household, SHUT: quiet_room}
MODEL = Path(__file__).parents[1] / "models" / "household"
LISTEN = ["-m", "node", "listen", "--json", "--model", str(MODEL)]
PEER = ["-m", "bench.peer_yamnet"]


class Costs(Struct, frozen=True):
    """CPU ms per second of audio, one a round, by what sounds; the peer's may be empty."""

    node: dict[str, list[float]]
    peer: dict[str, list[float]]

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """What each costs, and the node's share of the peer's."""
        node, yamnet = "node, household, 2 decisions a second", "YAMNet as Frigate runs it"
        ours = [
            (node, sound, f"{median(spent):.2f}", f"{self.ratio(sound):.3f}" if self.peer else "")
            for sound, spent in self.node.items()
        ]
        theirs = [(yamnet, sound, f"{median(each):.2f}", "") for sound, each in self.peer.items()]
        return (*ours, *theirs)

    def ratio(self, sound: str) -> float:
        """The node's cost of the peer's for the same sound; where both rest, for `OPEN`."""
        theirs = self.peer[OPEN if sound == SHUT else sound]
        return median(a / b for a, b in zip(self.node[sound], theirs, strict=True))


class _Recordings(Struct, frozen=True):
    """Two files, one a longer one's beginning."""

    short: Path
    long: Path
    longer_s: float


COLUMNS = ("ears", "what sounds", "CPU ms per second of audio", "of YAMNet's, its gate open")


def measure(python: list[str], peer: Path | None, *, long_s: float) -> Costs:
    """Let a Python judge recordings by the node, and by the peer whose network this is."""
    node: dict[str, list[float]] = {sound: [] for sound in SOUNDS}
    yamnet: dict[str, list[float]] = {sound: [] for sound in (OPEN, NOISY)} if peer else {}
    with _recordings(long_s) as played:
        for _ in range(ROUNDS):
            for sound, files in played.items():
                node[sound].append(_cpu_ms([*python, *LISTEN], files))
                if peer and sound in yamnet:
                    yamnet[sound].append(_cpu_ms([*python, *PEER, str(peer)], files))
    return Costs(node, yamnet)


def how(long_s: float) -> str:
    """Say how it was measured."""
    return (
        f"Medians of {ROUNDS} runs, node and YAMNet by turns; the slope between {SHORT_S:.0f} and "
        f"{long_s:.0f} s, so start-up does not count; one thread, both read a WAV back to back by "
        "libsndfile. Gate open: the demo's recordings without their quiet half seconds, for which "
        "Frigate's gate would shut; in pink noise: the same over noise of -40 dBFS; gate shut: "
        "white noise of -75 dBFS, for which Frigate's gate is shut too, so that the ratio is to "
        "what YAMNet costs with its gate open. The node's figures include the rhythms of alarms; "
        "YAMNet judges 1.03 times a second."
    )


def one_thread() -> dict[str, str]:
    """Return the environment in which numpy uses one."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


@contextmanager
def _recordings(long_s: float) -> Iterator[dict[str, _Recordings]]:
    with tempfile.TemporaryDirectory() as name:
        played = {}
        for place, (sound, make) in enumerate(SOUNDS.items()):
            samples = make(long_s)
            short, long = (Path(name) / f"{kind}{place}.wav" for kind in ("short", "long"))
            write_wav(short, samples[: int(SHORT_S * RATE_HZ)])
            write_wav(long, samples)
            played[sound] = _Recordings(short, long, long_s - SHORT_S)
        yield played


def _cpu_ms(command: list[str], played: _Recordings) -> float:
    """CPU ms per second of audio: what the longer recording costs more."""
    spent = [_child_cpu_s([*command, str(wav)]) for wav in (played.short, played.long)]
    return (spent[1] - spent[0]) / played.longer_s * 1000


def _child_cpu_s(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=one_thread())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
