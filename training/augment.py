"""Mixes examples as a home would: a sound anywhere in the window, others behind it, any level."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.catalogue import BACKGROUND
from node.features import Floats, decibels
from training.examples import Examples, Row, active
from training.recipe import Mixing, Recipe

LEAST_FRAMES = 10
"""A sound counts once a quarter of a second of it is in the window (or all of it)."""
TRIES = 12
SECOND_DB = (-10.0, 3.0)
"""A second sound within this of the first is heard as well."""
ABOVE_FLOOR_DB = 15.0
SILENT_MICROPHONE_SHARE = 0.1
"""Some sources (files, gated microphones) have digital zeros where there is no sound."""
EQUALIZER_POINTS = 5


@dataclass(frozen=True, slots=True)
class Pool:
    """The training clips of one sound."""

    rows: Sequence[Row]
    active: Sequence[NDArray[np.intp]]
    """For each clip the frames that hold its sound."""
    share: NDArray[np.float64]
    """How likely each clip is drawn: a label's clips together by the root of their number."""


class Mixer:
    """Makes training batches; the same generator makes the same batch."""

    def __init__(self, recipe: Recipe, examples: Examples, labels: Sequence[str]) -> None:
        self._mixing: Mixing = recipe.mixing
        self._examples = examples
        self._frames = recipe.picture.input().frames
        self._floor_db = recipe.picture.floor_db
        self._labels = list(labels)
        rows = examples.training()
        self._pools = {
            sound: _pool(examples, [row for row in rows if row.sound == sound]) for sound in labels
        }
        sounds = [sound for sound in labels if sound != BACKGROUND and self._pools[sound].rows]
        weights = np.array([recipe.sounds[sound].weight for sound in sounds])
        self._sounds, self._weights = sounds, weights / weights.sum()

    def batch(self, size: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Mix a batch.

        Returns:
            Pictures in dB, shape (size, frames, bands), and for each which labels are in it, 0 or
            1, shape (size, labels).
        """
        mixed = [self._example(random) for _ in range(size)]
        power = np.stack([picture for picture, _ in mixed])
        pictures_db = decibels(power, self._floor_db)
        targets = np.zeros((size, len(self._labels)), np.float32)
        for index, (_, sounds) in enumerate(mixed):
            targets[index, [self._labels.index(sound) for sound in sounds]] = 1.0
        return pictures_db.astype(np.float32), targets

    def _example(self, random: np.random.Generator) -> tuple[Floats, list[str]]:
        mixing, sounds = self._mixing, [BACKGROUND]
        if random.random() >= mixing.background_share:
            sounds = [str(random.choice(self._sounds, p=self._weights))]
        picture = self._crop(sounds[0], random)
        if random.random() < mixing.second_share:
            second = BACKGROUND
            if sounds != [BACKGROUND]:
                second = str(random.choice(self._sounds, p=self._weights))
                sounds = [*sounds, second]
            picture = picture + _gain(random.uniform(*SECOND_DB)) * self._crop(second, random)
        if random.random() < mixing.noise_share:
            behind = self._crop(BACKGROUND, random)
            picture = picture + _gain(-random.uniform(*mixing.snr_db)) * behind
        return self._recorded(picture, random), sounds

    def _crop(self, sound: str, random: np.random.Generator) -> Floats:
        """Cut a window that holds some of a sound, its loudest cell 1; shape (frames, bands)."""
        pool = self._pools[sound]
        chosen = random.choice(len(pool.rows), p=pool.share)
        row, heard = pool.rows[chosen], pool.active[chosen]
        start = 0
        for _ in range(TRIES if len(heard) else 0):
            start = int(random.choice(heard)) - int(random.integers(self._frames))
            inside = np.searchsorted(heard, (start, start + self._frames))
            if inside[1] - inside[0] >= min(LEAST_FRAMES, len(heard)):
                break
        clip = self._examples.of(row)
        window = np.zeros((self._frames, clip.shape[1]), np.float32)
        first, last = max(0, start), min(len(clip), start + self._frames)
        window[first - start : last - start] = clip[first:last]
        return window / max(float(window.max()), 1e-12)

    def _recorded(self, picture: Floats, random: np.random.Generator) -> Floats:
        """Hear it through some microphone: its spectrum, its level, its own noise."""
        mixing, (frames, bands) = self._mixing, picture.shape
        bends_db = random.normal(0.0, mixing.equalizer_db / 2.0, EQUALIZER_POINTS)
        places = np.linspace(0, EQUALIZER_POINTS - 1, bands)
        bent_db = np.interp(places, np.arange(EQUALIZER_POINTS), bends_db)
        level_db = random.uniform(*mixing.level_db)
        picture = picture * (10.0 ** ((bent_db + level_db) / 10.0)).astype(np.float32)
        if random.random() >= SILENT_MICROPHONE_SHARE:
            highest_db = max(mixing.floor_db[0], min(mixing.floor_db[1], level_db - ABOVE_FLOOR_DB))
            floor_db = random.uniform(mixing.floor_db[0], highest_db)
            tilt_db = np.linspace(0.0, random.uniform(-10.0, 10.0), bands)
            noise = random.standard_gamma(2.0, (frames, bands), dtype=np.float32) / 2.0
            picture = picture + noise * (10.0 ** ((floor_db + tilt_db) / 10.0)).astype(np.float32)
        return self._masked(picture, random)

    def _masked(self, picture: Floats, random: np.random.Generator) -> Floats:
        """Hide a few bands and frames, so that no single one decides."""
        bands = random.integers(self._mixing.masked_bands + 1)
        low = random.integers(picture.shape[1] - bands)
        picture[:, low : low + bands] = 0.0
        frames = random.integers(self._mixing.masked_frames + 1)
        first = random.integers(picture.shape[0] - frames)
        picture[first : first + frames] = 0.0
        return picture


def _pool(examples: Examples, rows: Sequence[Row]) -> Pool:
    heard = [np.flatnonzero(active(examples.of(row))) for row in rows]
    clips = Counter(row.label for row in rows)
    share = np.array([clips[row.label] ** -0.5 for row in rows])
    return Pool(rows, heard, share / share.sum())


def _gain(db: float) -> np.float32:
    return np.float32(10.0 ** (db / 10.0))
