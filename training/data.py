"""Which data sets a run uses, and what their labels mean."""

import tomllib
from pathlib import Path

from contract.errors import InputError
from training.datasets import esc50, folder, speech, synthetic, tones
from training.datasets.clip import LEAVE_OUT, Clip
from training.recipe import Recipe

READERS = {"esc50": esc50.clips, "speech": speech.clips, "tones": tones.clips}
OWN = "own"
"""A folder of this name beside the data sets: one's own recordings, a sub-folder a sound."""


def clips(data: Path, recipe: Recipe) -> list[Clip]:
    """List every clip: the data sets that are there, one's own, and the computed ones.

    Raises:
        InputError: None of the data sets is there.
    """
    text = (Path(__file__).parent / "labels.toml").read_text(encoding="utf-8")
    meanings = tomllib.loads(text)
    there = [name for name in READERS if (data / name / "index.csv").is_file()]
    own = folder.clips(data / OWN)
    if not there and not own:
        raise InputError(
            f"--data {data}: none of {', '.join(READERS)} or {OWN} is there; docs/training.md says"
            " where each comes from"
        )
    found = [clip for name in there for clip in READERS[name](data / name, meanings[name])]
    found += own + synthetic.clips(recipe.run.seed, share=recipe.computed_share)
    return [clip for clip in found if clip.sound != LEAVE_OUT]
