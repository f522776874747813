"""Voices that talk in several languages, by espeak-ng."""

import shutil
import subprocess
import tempfile
import tomllib
from functools import cache
from pathlib import Path

import numpy as np

from bench.hearing.levels import at_level, rms
from contract.errors import UnavailableError
from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats
from training.datasets.clip import read

SENTENCES = Path(__file__).parent / "sentences.toml"
VARIANTS = (("m1", 40), ("m3", 55), ("m7", 30), ("f1", 50), ("f2", 65), ("f4", 80))
"""Men's and women's voices of espeak-ng, and their pitch of 0-99."""
WORDS_PER_MINUTE = 165
PAUSE_S = (0.2, 1.5)
TURN = 5
"""So many sentences, at most, before another speaks."""


class Speech:
    """Says every sentence in each voice of its language, computed when first wanted."""

    def __init__(self) -> None:
        """Find espeak-ng.

        Raises:
            UnavailableError: It is not installed.
        """
        found = shutil.which("espeak-ng")
        if found is None:
            raise UnavailableError("espeak-ng is not installed: the background needs its voices")
        self._program = found
        self._sentences = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
        self._said = cache(self._say)
        self.spoken: dict[tuple[str, str, int], float] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are spoken, by espeak-ng's names."""
        return tuple(self._sentences)

    def talk(self, random: np.random.Generator, seconds: float) -> Floats:
        """Let voices talk in turn, each at the same level, shape (seconds * 16000,)."""
        length, parts, done = int(seconds * SAMPLE_RATE_HZ), list[Floats](), 0
        while done < length:
            language = self.languages[random.integers(len(self.languages))]
            variant = int(random.integers(len(VARIANTS)))
            for _ in range(random.integers(1, TURN + 1)):
                text = str(random.choice(self._sentences[language]))
                pause = np.zeros(int(random.uniform(*PAUSE_S) * SAMPLE_RATE_HZ), np.float32)
                parts += [self._said(language, text, variant), pause]
                done += len(parts[-2]) + len(pause)
        return np.concatenate(parts)[:length]

    def _say(self, language: str, text: str, variant: int) -> Floats:
        voice, pitch = VARIANTS[variant]
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "said.wav"
            command = [self._program, "-v", f"{language}+{voice}", "-p", str(pitch)]
            command += ["-s", str(WORDS_PER_MINUTE), "-w", str(out), text]
            subprocess.run(command, check=True)
            samples = read(out)
        self.spoken[language, text, variant] = len(samples) / SAMPLE_RATE_HZ
        return at_level(samples, -20.0, rms(samples))
