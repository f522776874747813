"""Macro F1 of a bundle in noise: 20 dB of it below the sound, down to 5 dB above."""

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from contract.catalogue import BACKGROUND
from node.bundle import Manifest, load
from node.classifier import Classifier
from training.datasets.clip import Clip
from training.evaluate import gain_to, mean_f1, thresholds
from training.examples import TEST_FOLD
from training.hearing import Heard, between_quiet, reached, scores_of, truth
from training.manifest import write

SNR_DB = (20, 10, 5, 0, -5)

log = logging.getLogger(__name__)


def in_noise(clips: Sequence[Clip], bundle: Path, manifest: Manifest) -> dict[str, float]:
    """Return the macro F1 of fold 5's recorded sounds by dB above its recorded background.

    Args:
        clips: Their `sound` as the bundle's recipe means it.
        bundle: Its folder.
        manifest: Its thresholds count.
    """
    classifier = Classifier(load(bundle))
    limits = thresholds(manifest, classifier.sounds)
    asked = [clip for clip in clips if clip.fold == TEST_FOLD and clip.real]
    noises = [clip for clip in asked if clip.sound == BACKGROUND]
    claimed = [clip for clip in asked if clip.sound != BACKGROUND]
    if not noises:
        return {}
    found = {}
    for snr_db in SNR_DB:
        random, heard = np.random.default_rng(snr_db + 100), []
        for clip in [*claimed, *noises]:
            sound = clip.samples()
            noise = np.resize(noises[int(random.integers(len(noises)))].samples(), len(sound))
            mixed = sound + gain_to(noise, sound, -float(snr_db)) * noise
            heard.append(Heard(clip, scores_of(classifier, between_quiet(mixed))))
        said, holds = reached(heard, limits), truth(heard, classifier.sounds)
        found[f"{snr_db} dB"] = round(mean_f1(said, holds), 4)
        log.info("snr: %s at %d dB macro F1 %.3f", bundle.name, snr_db, found[f"{snr_db} dB"])
    return found


def record(clips: Sequence[Clip], out: Path, kinds: Sequence[Path]) -> None:
    """Measure a bundle and its other kinds in noise, and write the figures into its manifest."""
    manifest = load(out).manifest
    figures = {f"macro_f1_at_{manifest.quantization}": in_noise(clips, out, manifest)}
    for place in kinds:
        kind = load(place).manifest.quantization
        if kind != manifest.quantization:
            figures[f"macro_f1_at_{kind}"] = in_noise(clips, place, manifest)
    write(out, msgspec.structs.replace(manifest, metrics=dict(manifest.metrics) | figures))
