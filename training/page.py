"""docs/quantization.md: each command writes its own section and leaves the others as they are."""

from collections.abc import Sequence
from pathlib import Path

from training import pictures
from training.collapse import INTEGER_KINDS, Cause
from training.compare import PAPER, Line
from training.leak import Leak
from training.markdown import table
from training.runtimes import REFUSED, Told
from training.sizes import PAPER_MB, WITHIN

HEADER = """# Quantization

What happens to a network when its numbers become smaller: the paper's Table 2 made again, its two
collapsed kinds explained, its sizes checked. Written by the commands that each section names; the
machines that measure are shared and noisy, so trust ratios within one table.
"""
LEAST_SMALLER, LEAST_FASTER = 50.0, 20.0
"""Goals of our own network beside ResNet-50 in float32."""


def write(page: Path, title: str, text: str) -> None:
    """Put a section into the page, in place of the one of that title."""
    there = page.read_text(encoding="utf-8").split("\n## ")[1:] if page.is_file() else []
    sections = {part.partition("\n")[0]: part.rstrip() for part in there}
    sections[title] = f"{title}\n\n{text.rstrip()}"
    parts = [HEADER, *(f"## {section}\n" for section in sections.values())]
    page.write_text("\n".join(parts), encoding="utf-8")


def table_2(
    page: Path, lines: Sequence[Line], frames: int, command: str, *, is_papers: bool
) -> None:
    """Write how the kinds compare, with a picture beside the page.

    Args:
        page: Which.
        lines: The first of them is the run's HDF5.
        frames: How many judged.
        command: What makes it again.
        is_papers: Whether the run's network is the paper's, whose figures then stand beside.
    """
    first = lines[0].network
    rows = [_compared(line, is_papers=is_papers and line.network == first) for line in lines]
    header = ("network", "kind", "MB", "median ms", "macro F1", "as Keras", "paper MB", "s", "F1")
    name = "quantization" if is_papers else f"quantization-{first}"
    picture = page.parent / "images" / f"{name}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    points = [(f"{line.network} {line.kind}", line.file_bytes, line.f1) for line in lines]
    pictures.sizes(picture, [(name, float(size), f1) for name, size, f1 in points])
    shown = len(header) if is_papers else header.index("paper MB")
    notes = [
        f"`{command}`",
        "",
        table(header[:shown], [row[:shown] for row in rows]),
        "",
        f"{frames} frames of 2 s of recordings that taught nothing. All TFLite files through the"
        " node's own classifier on one thread, each frame judged by each network in turn; the time"
        " includes the picture. *as Keras*: share of frames named as the HDF5 names them.",
        "",
        *_rivals(lines),
        f"![Size and macro F1](images/{name}.png)",
    ]
    write(page, "Table 2" if is_papers else f"Table 2 for {first}", "\n".join(notes))


def collapsed(page: Path, causes: Sequence[Cause], frames: int, command: str) -> None:
    """Write what each suspected cause does to the integer kinds."""
    rows = [
        (cause.name, *(f"{cause.f1[kind]:.3f}" for kind in INTEGER_KINDS), f"{cause.floats:.3f}")
        for cause in causes
    ]
    text = [
        f"`{command}`",
        "",
        "The paper's integer kinds fell to a macro F1 of 0.2831 and 0.0001, its float network had"
        " 0.879. What it did is not known; each of these does as much to the same network:",
        "",
        table(("what is done", "int8, float in and out", "full int8", "same, in float"), rows),
        "",
        f"Macro F1 on {frames} frames. An int8 softmax has steps of 1/256, so that classes which"
        " all lie near 1/363 become equal; a full int8 file takes int8 numbers of its own scale, so"
        " that a plain cast leaves a few steps of the input; and calibration fixes every layer's"
        " range for good: a few frames whose activations reach far beyond the others' leave those"
        " few steps, the more so the deeper the network. The remedy is what `soribit train convert`"
        " does: networks end in logits, the typical half of real frames calibrates, inputs are"
        " scaled by the file's own numbers, and every file is compared with Keras.",
    ]
    write(page, "Why the paper's integer kinds collapsed", "\n".join(text))


def sized(page: Path, found: dict[str, float], classes: int, command: str) -> None:
    """Write the sizes of the paper's network beside the paper's."""
    rows = []
    for name, size in found.items():
        paper = PAPER_MB.get(name)
        off = f"{100.0 * (size / paper - 1.0):+.1f} %" if paper else ""
        rows.append((name, f"{size:.2f}", f"{paper:.2f}" if paper else "", off))
    whole, bare = found["HDF5 with the optimizer"], found["HDF5 without the optimizer"]
    least = found["int8"]
    text = [
        f"`{command}`",
        "",
        table(("file", "MB", "paper MB", "difference"), rows),
        "",
        f"ResNet-50 on one channel, {classes} classes, random weights: only sizes are compared"
        f' (goal: within {WITHIN:.0%}). The paper\'s "about 10 times" smaller is its HDF5 with the'
        f" optimizer's two moments over int8: {whole / least:.1f} here. Of that, {whole / bare:.1f}"
        f" is the optimizer's state, which nobody needs in order to listen; the weights themselves"
        f" become {bare / least:.1f} times smaller.",
    ]
    write(page, "The 363-class network", "\n".join(text))


def leaked(page: Path, found: Leak, command: str) -> None:
    """Write what a split by frame would have claimed."""
    rows = [
        ("by recording, as everything here", f"{100.0 * found.by_recording:.1f}"),
        ("by frame, as nothing should be", f"{100.0 * found.by_frame:.1f}"),
    ]
    text = [
        f"`{command}`",
        "",
        table(("split", "test frames named rightly, %"), rows),
        "",
        f"The same small network, taught twice on as many frames, judged by {found.frames}: where"
        " frames of one recording teach and judge, it need only know the recording again.",
    ]
    write(page, "Why recordings are split and not frames", "\n".join(text))


def told(page: Path, found: Sequence[Told], command: str) -> None:
    """Write what each kind tells on each runtime: a section a network."""
    for network in dict.fromkeys(one.network for one in found):
        rows = [
            (
                one.kind,
                one.runtime,
                str(one.recordings),
                REFUSED if one.share is None else f"{100.0 * one.share:.1f} %",
            )
            for one in found
            if one.network == network
        ]
        text = [
            f"`{command}`",
            "",
            table(("kind", "runtime", "recordings", "whose own sound is told"), rows),
            "",
            "Recordings that taught nothing, one a class that the network knows, through"
            " `soribit listen`.",
        ]
        write(page, f"On both runtimes: {network}", "\n".join(text))


def _compared(line: Line, *, is_papers: bool) -> tuple[str, ...]:
    paper = PAPER.get(line.kind) if is_papers else None
    megabytes, seconds, f1 = paper or (None, None, None)
    return (
        line.network,
        line.kind,
        f"{line.file_bytes / 1e6:.2f}",
        f"{line.median_ms:.2f}",
        f"{line.f1:.3f}",
        "" if line.agreement is None else f"{100.0 * line.agreement:.1f} %",
        f"{megabytes:.2f}" if megabytes else "",
        f"{seconds:.4f}" if seconds else "",
        f"{f1:.4f}" if f1 else "",
    )


def _rivals(lines: Sequence[Line]) -> list[str]:
    """Our network's full int8 beside the first network's float32, with the goals."""
    float32 = next(line for line in lines if line.kind == "float32")
    return [
        f"{line.network} as full int8 beside {float32.network} as float32:"
        f" {float32.file_bytes / line.file_bytes:.0f} times smaller (goal {LEAST_SMALLER:.0f}),"
        f" {float32.median_ms / line.median_ms:.0f} times faster (goal {LEAST_FASTER:.0f}), F1"
        f" {line.f1 - float32.f1:+.3f} (goal: not lower).\n"
        for line in lines
        if line.network != float32.network and line.kind == "int8"
    ]
