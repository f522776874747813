"""Draws what a table cannot show: balance, learning curves, confusion, size against accuracy."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

KOREAN_FONTS = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic")
READABLE = 60
"""More classes than this have no room for their names."""
DPI = 110


@contextmanager
def drawn(path: Path, *, wide: float = 8.0, high: float = 4.5) -> Iterator[Axes]:
    """Draw on axes; the picture is there whole, or not at all.

    Args:
        path: A .png.
        wide: Inches.
        high: Inches.
    """
    figure = Figure(figsize=(wide, high), layout="constrained")
    with mpl.rc_context({"font.family": [*_korean(), "DejaVu Sans"]}):
        yield figure.subplots()
        aside = path.with_suffix(f".{os.getpid()}.png")
        figure.savefig(aside, dpi=DPI)
    aside.replace(path)


def balance(path: Path, before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
    """Draw how many frames each class has before and after undersampling (the paper's Fig. 1).

    Args:
        path: A .png.
        before: Frames of each class, shape (classes,).
        after: The same, undersampled.
    """
    order = np.argsort(-before)
    with drawn(path) as axes:
        axes.bar(range(len(order)), before[order], color="#b9c3d0", width=1.0, label="before")
        axes.bar(range(len(order)), after[order], color="#2b6cb0", width=1.0, label="after")
        axes.set(xlabel="class, by its frames", ylabel="frames", title="Frames of each class")
        axes.legend()


def curves(path: Path, epochs: Sequence[dict[str, float]]) -> None:
    """Draw loss and accuracy of training and validation by epoch (the paper's Fig. 2)."""
    x = [epoch["epoch"] for epoch in epochs]
    with drawn(path) as axes:
        other = axes.twinx()
        for name, style in (("", "-"), ("validation_", "--")):
            said = "validation" if name else "training"
            axes.plot(x, [e[f"{name}loss"] for e in epochs], f"C3{style}", label=f"loss, {said}")
            rights = [e[f"{name}accuracy"] for e in epochs]
            other.plot(x, rights, f"C0{style}", label=f"accuracy, {said}")
        axes.set(xlabel="epoch", ylabel="cross-entropy", title="Learning curves")
        other.set(ylabel="accuracy", ylim=(0.0, 1.0))
        lines = [*axes.get_lines(), *other.get_lines()]
        axes.legend(lines, [str(line.get_label()) for line in lines], loc="center right")


def confusion(path: Path, counts: NDArray[np.int64], classes: Sequence[str]) -> None:
    """Draw what was taken for what; of very many classes the ones that fare worst.

    Args:
        path: A .png.
        counts: Rows are what it was, columns what was named, shape (classes, classes).
        classes: Their names.
    """
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    worst = np.sort(np.argsort(np.diag(shares))[:READABLE])
    shown, names = shares[np.ix_(worst, worst)], [classes[one] for one in worst]
    side = 3.0 + 0.17 * len(names)
    with drawn(path, wide=side, high=side) as axes:
        axes.imshow(shown, cmap="Blues", vmin=0.0, vmax=1.0)
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
        axes.set(xlabel="was named", ylabel="was", title="Share of each class's frames")


def sizes(path: Path, points: Sequence[tuple[str, float, float]]) -> None:
    """Draw macro F1 of each kind, its size beside its name; each is a name, bytes, and F1."""
    names = [f"{name}, {size / 1e6:.2f} MB" for name, size, _ in points]
    with drawn(path, high=1.0 + 0.35 * len(points)) as axes:
        bars = axes.barh(names, [f1 for _, _, f1 in points], color="#2b6cb0")
        axes.bar_label(bars, fmt="%.3f", padding=3)
        axes.invert_yaxis()
        axes.set(xlabel="macro F1", xlim=(0.0, 1.0), title="Macro F1 and size of each kind")


def _korean() -> list[str]:
    """The fonts at hand that have Korean letters; class names may be Korean."""
    there = set(font_manager.get_font_names())
    return [name for name in KOREAN_FONTS if name in there]
