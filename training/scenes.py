"""Makes up two seconds of a home: a sound, others behind it, a room, a microphone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from contract.catalogue import BACKGROUND
from contract.errors import InputError
from node.spectra import Floats
from training.datasets.clip import SAMPLE_RATE_HZ, Clip
from training.datasets.room import room_response
from training.recipe import Mixing

CELL = 400
"""Samples in a cell of 25 ms, by which a clip is heard or silent."""
SILENT_BELOW_PEAK_DB = 35.0
"""A cell so far below its clip's loudest belongs to the silence around the sound."""
LEAST_CELLS = 10
"""A sound counts once a quarter of a second of it is in the window (or all of it)."""
TRIES = 12
FULL_SCALE = 32_767.0
"""Microphones and files speak in 16 bits."""

Samples16 = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Scene:
    """Two seconds of some home.

    Attributes:
        samples: Mono in -1..1 at 16 kHz, shape (window,).
        targets: How much of each label is in it, 0..1, shape (labels,).
    """

    samples: Floats
    targets: Floats


@dataclass(frozen=True, slots=True)
class Take:
    """One clip, decoded: its samples at full scale, and which cells of 25 ms hold its sound."""

    samples: Samples16
    active: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The takes of one label, and how likely each is drawn."""

    takes: Sequence[Take]
    share: NDArray[np.float64]


class Scenery:
    """Draws scenes from the clips of one fold; the same generator draws the same scene."""

    def __init__(
        self,
        clips: Sequence[Clip],
        labels: Sequence[str],
        weights: Mapping[str, float],
        mixing: Mixing,
        window_s: float,
    ) -> None:
        """Decode the clips.

        Args:
            clips: Each one's `sound` is a label.
            labels: The outputs, in their order.
            weights: How often a label is drawn; 1 is usual.
            mixing: How scenes are varied.
            window_s: Length of a scene.

        Raises:
            InputError: No clip holds a sound.
        """
        self._labels, self._mixing = list(labels), mixing
        self._window = round(window_s * SAMPLE_RATE_HZ)
        shelves = {
            label: _shelf([clip for clip in clips if clip.sound == label]) for label in labels
        }
        self._shelves = {label: shelf for label, shelf in shelves.items() if shelf.takes}
        self._sounds = [label for label in self._shelves if label != BACKGROUND]
        if not self._sounds:
            folds = ", ".join(sorted({str(clip.fold) for clip in clips})) or "none"
            raise InputError(
                f"fold {folds}: none of its {len(clips)} clips holds a sound to learn from, only"
                " background or silence; add recordings, at least one a sound in folds 1 to 3"
            )
        shares = np.array([weights.get(label, 1.0) for label in self._sounds])
        self._weights = shares / shares.sum()

    def scene(self, random: np.random.Generator) -> Scene:
        """Draw a scene."""
        draw = self._blend if self._mixing.blend else self._home
        samples, targets = draw(random)
        return Scene(self._recorded(samples, random), targets)

    def _home(self, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Sounds that are there or not, and what else is in the room."""
        mixing, targets = self._mixing, np.zeros(len(self._labels), np.float32)
        is_quiet = BACKGROUND in self._shelves and random.random() < mixing.background_share
        samples = self._claimed(BACKGROUND if is_quiet else self._any(random), targets, random)
        if random.random() < mixing.second_share:
            second = BACKGROUND if is_quiet else self._any(random)
            gain = _gain(random.uniform(*mixing.second_db))
            samples = samples + gain * self._claimed(second, targets, random)
        if BACKGROUND in self._shelves and random.random() < mixing.noise_share:
            behind = self._crop(BACKGROUND, random)
            samples = samples + _gain(-random.uniform(*mixing.snr_db)) * behind
        return samples, targets

    def _blend(self, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Two sounds in any proportion, which is what there is to tell (between-class learning)."""
        targets = np.zeros(len(self._labels), np.float32)
        share = random.uniform() if random.random() < self._mixing.second_share else 1.0
        samples = np.zeros(self._window, np.float32)
        for part in (share, 1.0 - share):
            if part > 0.0:
                label = self._any(random)
                samples += np.float32(part) * self._crop(label, random)
                targets[self._labels.index(label)] += part
        return samples, targets

    def _any(self, random: np.random.Generator) -> str:
        return str(random.choice(self._sounds, p=self._weights))

    def _claimed(self, label: str, targets: Floats, random: np.random.Generator) -> Floats:
        targets[self._labels.index(label)] = 1.0
        return self._crop(label, random)

    def _crop(self, label: str, random: np.random.Generator) -> Floats:
        """Cut a window that holds some of a sound, at some speed, in some room, about as loud."""
        shelf, mixing = self._shelves[label], self._mixing
        take = shelf.takes[int(random.choice(len(shelf.takes), p=shelf.share))]
        speed = random.uniform(*mixing.speed) if random.random() < mixing.speed_share else 1.0
        length = int(self._window * speed) + 1
        cut = _cut(take.samples, _start(take.active, length, random), length)
        if speed != 1.0:
            cut = soxr.resample(cut, SAMPLE_RATE_HZ, round(SAMPLE_RATE_HZ / speed))
        cut = np.pad(cut, (0, max(0, self._window - len(cut))))[: self._window]
        if random.random() < mixing.room_share:
            cut = _convolved(cut, room_response(random))
        loudness = 0.5 * (float(np.abs(cut).max()) + 3.0 * float(np.sqrt(np.mean(cut**2))))
        return (cut / max(loudness, 1e-6)).astype(np.float32)

    def _recorded(self, samples: Floats, random: np.random.Generator) -> Floats:
        """Hear it through some microphone: its level, its own noise, its 16 bits."""
        mixing = self._mixing
        level_db = random.uniform(*mixing.level_db)
        samples = samples * (_gain(level_db) / max(float(np.abs(samples).max()), 1e-6))
        if random.random() < mixing.noisy_microphone_share:
            highest_db = max(mixing.floor_db[0], min(mixing.floor_db[1], level_db - 20.0))
            noise_db = random.uniform(mixing.floor_db[0], highest_db)
            noise = random.standard_normal(len(samples), np.float32)
            colour = np.float32(random.uniform(-0.6, 0.9))
            noise[1:] += colour * noise[:-1]
            samples = samples + _gain(noise_db) * noise
        return np.asarray(np.round(samples * FULL_SCALE) / FULL_SCALE, np.float32)


def _shelf(clips: Sequence[Clip]) -> Shelf:
    """A data set's label counts by the root of its clips, so that many do not drown few."""
    takes = [_take(clip) for clip in clips]
    counts = Counter(clip.label for clip in clips)
    share = np.array([counts[clip.label] ** -0.5 for clip in clips])
    kept = [index for index, take in enumerate(takes) if len(take.active)]
    return Shelf([takes[index] for index in kept], share[kept] / max(share[kept].sum(), 1e-9))


def _take(clip: Clip) -> Take:
    samples = clip.samples()
    cells = len(samples) // CELL
    power = np.square(samples[: cells * CELL]).reshape(cells, CELL).mean(axis=1)
    highest = float(power.max(initial=0.0))
    heard = np.flatnonzero(power > max(1e-10, highest * 10.0 ** (-SILENT_BELOW_PEAK_DB / 10.0)))
    peak = max(1e-6, float(np.abs(samples).max(initial=0.0)))
    if clip.sound == BACKGROUND and not len(heard):
        heard = np.arange(cells)  # silence is background too
    return Take((samples * (FULL_SCALE / peak)).astype(np.int16), heard)


def _start(active: NDArray[np.intp], length: int, random: np.random.Generator) -> int:
    """Where to cut: anywhere, so long as enough of the sound is inside."""
    start = 0
    for _ in range(TRIES):
        start = int(random.choice(active)) * CELL + CELL - int(random.integers(length))
        first, last = np.searchsorted(active * CELL, (start, start + length))
        if last - first >= min(LEAST_CELLS, len(active)):
            break
    return start


def _cut(samples: Samples16, start: int, length: int) -> Floats:
    """Cut out a piece; before the first and after the last sample there is silence."""
    piece = np.zeros(length, np.float32)
    first, last = max(0, start), min(len(samples), start + length)
    piece[first - start : last - start] = samples[first:last]
    return piece


def _convolved(dry: Floats, response: Floats) -> Floats:
    size = 1 << (len(dry) + len(response) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(response, size), size)
    return wet[: len(dry)].astype(np.float32)


def _gain(db: float) -> np.float32:
    return np.float32(10.0 ** (db / 20.0))
