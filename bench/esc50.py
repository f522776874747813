"""ESC-50 by its five published folds: our benchmark network, float and int8, and its rivals."""

import os
from pathlib import Path
from statistics import mean

from bench.table import Table

RUNS = Path("runs")
KINDS = ("float32", "int8")
GOAL = 0.90
LEAST = 0.84


def measure() -> Table:
    """Train what is not trained yet (hours; it goes on where it was stopped), and tell all five."""
    from training import baseline, folds, recipe  # noqa: PLC0415 - TensorFlow takes seconds

    data, wanted = Path(os.environ["SORIBIT_DATA"]), recipe.load("benchmark")
    results = [
        folds.judge_fold(wanted, data, RUNS / wanted.name, fold, workers=os.cpu_count() or 1)
        for fold in range(1, 6)
    ]
    rows = [
        (f"ours, {kind}", *_shares([result.accuracy[kind] for result in results])) for kind in KINDS
    ]
    rows += [
        (f"ours, {kind}, single 2 s windows", *_shares([r.frame_accuracy[kind] for r in results]))
        for kind in KINDS
    ]
    rows.append(("YAMNet's embeddings, logistic regression", *_shares(baseline.accuracies(data))))
    one = results[0]
    return Table(
        title="ESC-50, five folds",
        command="SORIBIT_DATA=... make bench ARGS=esc50",
        columns=("network", "fold 1", "2", "3", "4", "5", "mean"),
        rows=tuple(rows),
        notes=(
            f"Share of clips named rightly, in percent, by the mean of a clip's 2 s windows (every"
            f" 0.5 s, silent ones left out); each fold by a network that saw the other four,"
            f" {one.steps} steps of 64 scenes. Through the node's own classifier.",
            f"{one.weights:,} weights, {one.mega_macs:.1f} million multiplications a window;"
            f" {one.file_bytes['int8'] / 1e6:.2f} MB as int8 (goals 60 and 1.0),"
            f" {one.file_bytes['float32'] / 1e6:.2f} MB as float32.",
            "The recipe's numbers were chosen by trials on fold 1, so folds 2-5 are the cleaner"
            " figures.",
            "YAMNet (3.7 million weights, trained on AudioSet's two million clips) is also our"
            " teacher: its embedding of each training scene is an auxiliary target.",
            "Published: ACDNet 87.1 (4.7 million weights), Micro-ACDNet 83.65, people 81.3.",
            f"Goal: {GOAL:.0%}, at least {LEAST:.0%}; int8 within 0.5 points of float32.",
        ),
    )


def _shares(shares: list[float]) -> tuple[str, ...]:
    return (*(f"{100 * share:.1f}" for share in shares), f"**{100 * mean(shares):.2f}**")
