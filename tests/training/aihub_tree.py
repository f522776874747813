"""A small tree as AIHub packs its environment sounds, some of it broken as such trees are."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from node.spectra import Floats

RATE_HZ = 44_100
SECONDS = 4.0
CLASSES = ("초인종", "세탁기", "개 짖는 소리")
HZ = 400.0


def write(
    folder: Path,
    *,
    recordings_per_class: int,
    classes: Sequence[str] = CLASSES,
    broken: bool = True,
    seed: int = 1,
) -> None:
    """Write a set: a tone of its own pitch a class, in stereo, four fifths of it to learn from."""
    random = np.random.default_rng(seed)
    data = folder / "01.데이터"
    for rank, name in enumerate(classes):
        for number in range(recordings_per_class):
            part = "2.Validation" if number % 5 == 4 else "1.Training"
            wav, label = f"{rank}_{number}.wav", data / part / "라벨링데이터" / name
            sounds = data / part / "원천데이터" / name
            sounds.mkdir(parents=True, exist_ok=True)
            label.mkdir(parents=True, exist_ok=True)
            soundfile.write(sounds / wav, _stereo(HZ * (rank + 1), random), RATE_HZ)
            spans = [(0.0, SECONDS)] if number % 3 else [(0.0, 2.0), (2.0, SECONDS)]
            said = labelled(wav, name, spans)
            mark = "\ufeff" if number % 2 else ""
            (label / f"{rank}_{number}.json").write_text(mark + json.dumps(said), encoding="utf-8")
    if broken:
        _break(data / "1.Training", classes[0])


def labelled(wav: str, name: str, spans: Sequence[tuple[float, float]]) -> dict[str, object]:
    """What a label file says."""
    return {
        "audio": {"sampleRate": "44.1kHz", "recodingType": "Stereo", "duration": SECONDS},
        "annotations": [
            {
                "labelName": wav,
                "area": {"start": start, "end": end},
                "categories": {"category_01": "생활", "category_02": "집", "category_03": name},
                "subCategory": name,
                "decibel": 60,
            }
            for start, end in spans
        ],
    }


BROKEN = 5
"""How many labels and recordings `_break` leaves that cannot be used."""


def _break(part: Path, name: str) -> None:
    labels, sounds = part / "라벨링데이터" / name, part / "원천데이터" / name
    (labels / "no_json.json").write_text("{", encoding="utf-8")
    (sounds / "cut.wav").write_bytes(b"RIFF half a header")
    for file, said in {
        "cut": labelled("cut.wav", name, [(0.0, 1.0)]),
        "gone": labelled("gone.wav", name, [(0.0, 1.0)]),
        "back": labelled("0_0.wav", name, [(2.0, 1.0)]),
        "nameless": labelled("0_0.wav", "", [(0.0, 1.0)]),
    }.items():
        (labels / f"{file}.json").write_text(json.dumps(said), encoding="utf-8")


def _stereo(hz: float, random: np.random.Generator) -> Floats:
    t = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ
    tone = 0.2 * np.sin(2.0 * np.pi * hz * random.uniform(0.95, 1.05) * t)
    both = np.stack((tone, 0.5 * tone), axis=1) + 0.01 * random.normal(size=(len(t), 2))
    return both.astype(np.float32)
