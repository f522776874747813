"""Hear recordings as a node does, on any machine: `python hear.py FOLDER PICTURES FILE...`.

Prints the events of `soribit listen --json`. Into FOLDER go pictures.npy, the log-mel pictures of
the files, and an array a network: what it answers to the pictures in the file PICTURES.
"""

import sys
from pathlib import Path

import numpy as np

from node.__main__ import main
from node.blocks import AudioBlock, Windows
from node.bundle import LogMelInput, load
from node.classifier import Classifier
from node.features import LogMelStream
from node.recordings import sound_of
from node.spectra import Floats

ROOT = Path(__file__).parents[2]
HOUSEHOLD = ROOT / "models" / "household"
KINDS = ROOT / "tests" / "data" / "tiny_kinds"
HOP_SAMPLES = 8_000


def pictures(path: Path, wanted: LogMelInput) -> Floats:
    """Return every picture of a recording as the ear draws them, shape (n, frames, bands)."""
    stream = LogMelStream(wanted.log_mel, wanted.frames)
    windows, ended_s, seen = Windows(wanted.window_samples, HOP_SAMPLES), 0.0, []
    for sound in sound_of(path):
        block = AudioBlock(sound, ended_s)
        ended_s = block.ended_s
        for window in windows.push(block):
            stream.push(window.news)
            seen.append(stream.picture())
    return np.array(seen, np.float32)


def answers(folder: Path, heard: Floats) -> Floats:
    """Return a network's own numbers for each picture, shape (n, labels)."""
    classifier = Classifier(load(folder))
    return np.array([classifier.outputs(each) for each in heard])


def note(folder: Path, given: Path, files: list[str]) -> None:
    """Write down what is to be compared; `given` may be our own pictures."""
    wanted = load(HOUSEHOLD).manifest.input
    assert isinstance(wanted, LogMelInput)
    np.save(folder / "pictures.npy", np.concatenate([pictures(Path(f), wanted) for f in files]))
    judged: Floats = np.load(given)
    for network in (HOUSEHOLD, *sorted(KINDS.iterdir())):
        np.save(folder / f"{network.name}.npy", answers(network, judged))


if __name__ == "__main__":
    into, of, *heard_files = sys.argv[1:]
    code = main(["listen", "--json", "--model", str(HOUSEHOLD), *heard_files])
    note(Path(into), Path(of), heard_files)
    sys.exit(code)
