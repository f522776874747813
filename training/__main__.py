"""The training commands: each step of a recipe by itself, or all of them."""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from contract.errors import (
    EXIT_OK,
    EXIT_OUR_FAULT,
    EXIT_YOUR_INPUT,
    InputError,
    SoribitError,
)

# Read when numpy and TensorFlow are first imported; each command imports what it needs itself, so
# that --help is instant.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

ABOUT = """\
Makes a model bundle, the folder from which a node learns to hear. The steps, in their order:

  examples     decode the recordings, compute the sounds that no recording holds, and keep the
               log-mel picture of each in the run's folder
  train        teach the network with folds 1 to 3; go on from the last checkpoint if stopped
  export       turn the network into full int8 TFLite, and prove that it hears the same
  thresholds   choose for each sound, on fold 4, when it counts as heard
  evaluate     measure on fold 5, and write the figures into the manifest and the model card
  household    all of these for the bundle that ships with Soribit

The data sets are looked for in --data, else in the folder that SORIBIT_DATA names;
docs/training.md says where each comes from. Without them only tiny and wrap-yamnet work.
"""

log = logging.getLogger("training")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every foreseeable fault is one line on stderr, and an exit code."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    step: Callable[[argparse.Namespace], None] = chosen.step
    started_s = time.monotonic()
    try:
        step(chosen)
    except SoribitError as error:
        print(error, file=sys.stderr)
        return EXIT_YOUR_INPUT if isinstance(error, InputError) else EXIT_OUR_FAULT
    log.info("%s: done in %.0f s", chosen.command, time.monotonic() - started_s)
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="soribit train",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="command", required=True, metavar="STEP")
    for name, (step, about) in STEPS.items():
        command = steps.add_parser(name, help=about, description=about)
        command.set_defaults(step=step)
        command.add_argument("--data", type=Path, default=os.environ.get("SORIBIT_DATA"))
        command.add_argument("--recipe", default="household", help="name, or a path to a .toml")
        command.add_argument("--runs", type=Path, default=Path("runs"), help="folder for the run")
        command.add_argument("--out", type=Path, help="folder of the bundle (models/<recipe>)")
    tiny = steps.add_parser("tiny", help="the small bundles of the tests; needs no data")
    tiny.set_defaults(step=_tiny)
    tiny.add_argument("--out", type=Path, required=True, help="tests/data")
    wrap = steps.add_parser("wrap-yamnet", help="make a bundle of Google's yamnet.tflite")
    wrap.set_defaults(step=_wrap_yamnet)
    wrap.add_argument("folder", type=Path, help="holds yamnet.tflite and yamnet_label_list.txt")
    wrap.add_argument("--out", type=Path, required=True)
    return parser


def _household(chosen: argparse.Namespace) -> None:
    for name in ("examples", "train", "export", "thresholds", "evaluate"):
        started_s = time.monotonic()
        STEPS[name][0](chosen)
        log.info("%s: done in %.0f s", name, time.monotonic() - started_s)


def _examples(chosen: argparse.Namespace) -> None:
    _Run(chosen)


def _train(chosen: argparse.Namespace) -> None:
    from training.train import train  # noqa: PLC0415

    run = _Run(chosen)
    train(run.recipe, run.examples, run.labels, run.folder)


def _export(chosen: argparse.Namespace) -> None:
    from training.export import export  # noqa: PLC0415

    run = _Run(chosen)
    export(run.recipe, run.examples, run.labels, run.folder, run.out)


def _thresholds(chosen: argparse.Namespace) -> None:
    from training.evaluate import set_thresholds  # noqa: PLC0415

    run = _Run(chosen)
    set_thresholds(run.recipe, run.clips, run.out)


def _evaluate(chosen: argparse.Namespace) -> None:
    from training.evaluate import evaluate  # noqa: PLC0415

    run = _Run(chosen)
    evaluate(run.recipe, run.examples, run.clips, run.out)


def _tiny(chosen: argparse.Namespace) -> None:
    from training.tiny import make  # noqa: PLC0415

    make(chosen.out)


def _wrap_yamnet(chosen: argparse.Namespace) -> None:
    from training.yamnet import wrap  # noqa: PLC0415

    wrap(chosen.folder, chosen.out)


class _Run:
    """What every step needs: the recipe, its clips, and their pictures, computed if need be."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        from contract.catalogue import BACKGROUND  # noqa: PLC0415
        from training import data, examples, recipe  # noqa: PLC0415

        if chosen.data is None:
            raise InputError("where are the recordings? give --data DIR, or set SORIBIT_DATA")
        self.recipe = recipe.load(chosen.recipe)
        self.folder: Path = chosen.runs / self.recipe.name
        self.out: Path = chosen.out or Path("models") / self.recipe.name
        self.labels = (*self.recipe.sounds, BACKGROUND)
        self.clips = data.clips(Path(chosen.data), self.recipe)
        self.examples = examples.gather(self.recipe, self.clips, self.folder / "examples")


STEPS: dict[str, tuple[Callable[[argparse.Namespace], None], str]] = {
    "examples": (_examples, "decode and compute the clips, keep their log-mel pictures"),
    "train": (_train, "teach the network, go on where it was stopped"),
    "export": (_export, "turn it into full int8 TFLite, prove that it hears the same"),
    "thresholds": (_thresholds, "choose on fold 4 when a sound counts as heard"),
    "evaluate": (_evaluate, "measure on fold 5, write manifest and card"),
    "household": (_household, "all of these steps"),
}

if __name__ == "__main__":
    sys.exit(main())
