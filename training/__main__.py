"""The training commands: each step of a recipe by itself, or all of them."""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from contract.errors import (
    EXIT_OK,
    EXIT_OUR_FAULT,
    EXIT_YOUR_INPUT,
    InputError,
    SoribitError,
)

if TYPE_CHECKING:
    from training.paper import Paper
    from training.run import Run

# Read when numpy and TensorFlow are first imported; each command imports what it needs itself, so
# that --help is instant.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

ABOUT = """\
Makes a model bundle, the folder from which a node learns to hear. The steps, in their order:

  examples     decode the recordings, compute the sounds that no recording holds, and keep the
               log-mel picture of each in the run's folder
  scenes       make up what the network learns from: sounds, others behind them, rooms
  train        teach the network with folds 1 to 3; go on from the last checkpoint if stopped
  export       turn the network into full int8 TFLite, and prove that it hears the same
  thresholds   choose for each sound, on fold 4, when it counts as heard
  snr          measure on fold 5 in noise, 20 dB below the sound to 5 dB above
  evaluate     measure on fold 5, and write the figures into the manifest and the model card
  household    all of these, for the bundle that ships with Soribit

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
        command.add_argument("--recipe", help="name, or a path to a .toml")
        command.add_argument("--runs", type=Path, default=Path("runs"), help="folder for the run")
        command.add_argument("--out", type=Path, help="folder of the bundle (models/<recipe>)")
        command.add_argument("--workers", type=int, default=2, help="processes that make scenes")
        command.add_argument("--scheduler", help="frames: address of a Dask cluster's scheduler")
        command.add_argument("--anew", action="store_true", help="fit: forget what is there")
        command.add_argument(
            "--beside", type=Path, action="append", help="compare: a bundle of the same classes"
        )
        command.add_argument(
            "--write", type=Path, default=Path("docs/quantization.md"), help="page of the figures"
        )
        command.add_argument(
            "--runtime", action="append", default=[], help="runtimes: NAME=PYTHON of another one"
        )
        command.add_argument("--fold", type=int, action="append", help="folds: only this one")
    fetch = steps.add_parser("fetch", help="download a data set: esc50; says how to get aihub")
    fetch.set_defaults(step=_fetch)
    fetch.add_argument("set", choices=("esc50", "aihub"))
    fetch.add_argument("--out", type=Path, default=Path("data"), help="folder of the data sets")
    tiny = steps.add_parser("tiny", help="the small bundles of the tests; needs no data")
    tiny.set_defaults(step=_tiny)
    tiny.add_argument("--out", type=Path, required=True, help="tests/data")
    wrap = steps.add_parser("wrap-yamnet", help="make a bundle of Google's yamnet.tflite")
    wrap.set_defaults(step=_wrap_yamnet)
    wrap.add_argument("folder", type=Path, help="holds yamnet.tflite and yamnet_label_list.txt")
    wrap.add_argument("--out", type=Path, required=True)
    return parser


def _household(chosen: argparse.Namespace) -> None:
    for name in ("examples", "scenes", "train", "export", "thresholds", "snr", "evaluate"):
        started_s = time.monotonic()
        STEPS[name][0](chosen)
        log.info("%s: done in %.0f s", name, time.monotonic() - started_s)


def _examples(chosen: argparse.Namespace) -> None:
    _run(chosen).examples  # noqa: B018 - computed when asked for


def _scenes(chosen: argparse.Namespace) -> None:
    _run(chosen).pool()


def _train(chosen: argparse.Namespace) -> None:
    from training.train import accuracy, train  # noqa: PLC0415

    run = _run(chosen)
    asked = run.asked()
    train(
        run.recipe,
        run.pool(),
        run.labels,
        run.recorded(),
        run.folder,
        lambda network, normal: accuracy(network, normal, asked),
    )


def _folds(chosen: argparse.Namespace) -> None:
    from training import folds, recipe, run  # noqa: PLC0415

    wanted = recipe.load(chosen.recipe or "benchmark")
    folder = chosen.runs / wanted.name
    for fold in chosen.fold or range(1, 6):
        folds.judge_fold(wanted, run.data(chosen.data), folder, fold, workers=chosen.workers)


def _export(chosen: argparse.Namespace) -> None:
    from training.export import export  # noqa: PLC0415

    run = _run(chosen)
    export(run.recipe, run.examples, run.clips, run.labels, run.folder, run.out)


def _thresholds(chosen: argparse.Namespace) -> None:
    from training.thresholds import set_thresholds  # noqa: PLC0415

    run = _run(chosen)
    set_thresholds(run.recipe, run.clips, run.out)


def _snr(chosen: argparse.Namespace) -> None:
    from training import snr  # noqa: PLC0415

    run = _run(chosen)
    snr.record(run.clips, run.out, sorted((run.folder / "kinds").glob("[!.]*")))


def _evaluate(chosen: argparse.Namespace) -> None:
    from training.evaluate import evaluate  # noqa: PLC0415

    run = _run(chosen)
    evaluate(run.recipe, run.examples, run.clips, run.out)


def _frames(chosen: argparse.Namespace) -> None:
    _paper(chosen).frames  # noqa: B018 - cut when asked for


def _fit(chosen: argparse.Namespace) -> None:
    from training.fit import fit  # noqa: PLC0415

    paper = _paper(chosen)
    fit(paper.experiment, *paper.parted(), paper.folder, anew=chosen.anew)


def _balance(chosen: argparse.Namespace) -> None:
    from training import report  # noqa: PLC0415

    paper = _paper(chosen)
    log.info("balance: %s", report.balance(paper.experiment, *paper.parted(), paper.folder))


def _report(chosen: argparse.Namespace) -> None:
    from training import report  # noqa: PLC0415

    paper = _paper(chosen)
    print(report.report(paper.experiment, *paper.parted(), paper.folder))


def _convert(chosen: argparse.Namespace) -> None:
    from training import kinds, report  # noqa: PLC0415

    paper = _paper(chosen)
    frames, parts = paper.parted()
    network, normal = report.opened(paper.folder, frames.classes)
    wanted = paper.experiment
    made = kinds.Made(wanted.name, wanted.version, frames.classes, wanted.picture, normal)
    shown, proving = (frames.pictures(paper.some(part)) for part in (parts.train, parts.validation))
    kinds.convert_all(network, made, shown, proving, paper.folder)


def _compare(chosen: argparse.Namespace) -> None:
    from training import compare, page  # noqa: PLC0415

    paper = _paper(chosen)
    classes = paper.frames.classes
    heard = compare.frames_of(paper.experiment, paper.clips, classes)
    lines = compare.compare(paper.folder, classes, heard, chosen.beside or ())
    is_papers = paper.experiment.network.kind == "resnet50"
    recipe = "" if is_papers else f" --recipe {paper.experiment.name}"
    command = f"{_said(chosen)}{recipe}"
    page.table_2(chosen.write, lines, len(heard.samples), command, is_papers=is_papers)


def _collapse(chosen: argparse.Namespace) -> None:
    from training import collapse, page, report  # noqa: PLC0415

    paper = _paper(chosen)
    frames, parts = paper.parted()
    network, normal = report.opened(paper.folder, frames.classes)
    shown = collapse.Shown(
        frames.pictures(paper.some(parts.train)),
        frames.pictures(parts.test),
        frames.labels[parts.test],
    )
    page.collapsed(
        chosen.write, collapse.causes(network, normal, shown), len(parts.test), _said(chosen)
    )


def _sizes(chosen: argparse.Namespace) -> None:
    from training import page, sizes  # noqa: PLC0415

    page.sized(chosen.write, sizes.sizes(), sizes.CLASSES, _said(chosen))


def _said(chosen: argparse.Namespace) -> str:
    return f"SORIBIT_DATA=... soribit train {chosen.command}"


def _leak(chosen: argparse.Namespace) -> None:
    from training import leak, page  # noqa: PLC0415

    paper = _paper(chosen)
    found = leak.leak(paper.experiment, paper.frames, paper.folder / "leak")
    page.leaked(chosen.write, found, _said(chosen))


def _runtimes(chosen: argparse.Namespace) -> None:
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    from training import page, runtimes  # noqa: PLC0415

    paper = _paper(chosen)
    judging = [clip for clip in paper.clips if clip.fold in paper.experiment.data.test]
    clips = list({clip.label: clip for clip in judging}.values())
    bundles = [*sorted((paper.folder / "kinds").glob("[!.]*")), *(chosen.beside or ())]
    others = {name: Path(python) for name, _, python in (r.partition("=") for r in chosen.runtime)}
    with TemporaryDirectory() as folder:
        found = runtimes.tell(bundles, clips, others, Path(folder))
    beside = " --beside FOLDER..." if chosen.beside else ""
    page.told(chosen.write, found, f"{_said(chosen)}{beside} --runtime NAME=PYTHON")


def _fetch(chosen: argparse.Namespace) -> None:
    from training import fetch  # noqa: PLC0415

    log.info("fetch: %s is there", fetch.fetch(chosen.set, fetch.sources()[chosen.set], chosen.out))


def _tiny(chosen: argparse.Namespace) -> None:
    from training.tiny import make  # noqa: PLC0415

    make(chosen.out)


def _wrap_yamnet(chosen: argparse.Namespace) -> None:
    from training.yamnet import wrap  # noqa: PLC0415

    wrap(chosen.folder, chosen.out)


def _run(chosen: argparse.Namespace) -> "Run":
    from training import run  # noqa: PLC0415

    recipe, data = chosen.recipe or "household", run.data(chosen.data)
    return run.Run(recipe, data, runs=chosen.runs, out=chosen.out, workers=chosen.workers)


def _paper(chosen: argparse.Namespace) -> "Paper":
    from training import paper, run  # noqa: PLC0415

    recipe, data = chosen.recipe or "paper", run.data(chosen.data)
    return paper.Paper(
        recipe, data, runs=chosen.runs, workers=chosen.workers, scheduler=chosen.scheduler
    )


STEPS: dict[str, tuple[Callable[[argparse.Namespace], None], str]] = {
    "examples": (_examples, "decode and compute the clips, keep their log-mel pictures"),
    "scenes": (_scenes, "make up the scenes that the network learns from"),
    "train": (_train, "teach the network, go on where it was stopped"),
    "export": (_export, "turn it into full int8 TFLite, prove that it hears the same"),
    "thresholds": (_thresholds, "choose on fold 4 when a sound counts as heard"),
    "snr": (_snr, "measure on fold 5 in noise, each kind of file"),
    "evaluate": (_evaluate, "measure on fold 5, write manifest and card"),
    "household": (_household, "all of these steps"),
    "frames": (_frames, "the paper: cut recordings into frames and keep their pictures"),
    "balance": (_balance, "the paper: show its classes before and after undersampling"),
    "fit": (_fit, "the paper: fit its network to them, go on where it was stopped"),
    "convert": (_convert, "the paper: turn its network into five kinds of TFLite, prove each"),
    "compare": (_compare, "the paper: its Table 2, size, time and F1 of each kind"),
    "collapse": (_collapse, "the paper: why its integer kinds lost everything"),
    "sizes": (_sizes, "the paper: the sizes of its 363-class network"),
    "leak": (_leak, "the paper: what a split by frame would have claimed"),
    "runtimes": (
        _runtimes,
        "the paper: its kinds on other TFLite runtimes (--runtime NAME=PYTHON)",
    ),
    "report": (_report, "the paper: judge its network, draw curves and confusion"),
    "folds": (_folds, "the benchmark: five networks on all of ESC-50, each judged by one fold"),
}

if __name__ == "__main__":
    sys.exit(main())
