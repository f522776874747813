"""The page's pictures: recall against false alerts, and alarms against noise."""

from collections.abc import Sequence
from pathlib import Path

from bench.hearing.alarm_kinds import CHIRP
from bench.hearing.alarm_scenes import RHYTHMS, Outcome
from bench.hearing.alarms import SNR_DB
from bench.hearing.quiet import Quiet
from bench.hearing.score import wilson
from bench.hearing.six_sounds import Heard
from bench.hearing.six_tables import FRIGATES, SHOWN, curve
from training.pictures import drawn

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
LINEAR_TO = 0.1
"""Fewer false alerts an hour than this are drawn to scale: zero has a place on the axis."""


def draw_curves(heard: Heard, quiet: Quiet) -> None:
    """Draw every ear's recall of the six sounds against its false alerts; its own setting big."""
    with drawn(FOLDER / "hearing-sounds.png") as axes:
        for ear in dict.fromkeys(setting.ear for setting in SHOWN):
            points = sorted((false, recall) for _, false, recall in curve(heard, quiet, ear))
            line = "o" if ear == FRIGATES.ear else "-"
            (drawn_line,) = axes.plot(*zip(*points, strict=True), line, label=ear)
            own = [p for p in curve(heard, quiet, ear) if p[0] in SHOWN]
            axes.plot([p[1] for p in own], [p[2] for p in own], "o", color=drawn_line.get_color())
        axes.set_xscale("symlog", linthresh=LINEAR_TO)
        axes.set(xlabel="false alerts an hour", ylabel="event recall", ylim=(0.0, 1.0))
        axes.set(xlim=(-LINEAR_TO / 10.0, None), title="Six sounds in home timelines")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)


def draw_alarms(found: Sequence[Outcome]) -> None:
    """Draw the recall of T3 and T4 against the SNR, with its 95 % interval."""
    with drawn(FOLDER / "hearing-alarms.png") as axes:
        for place, kind in enumerate(kind for kind in RHYTHMS if kind != CHIRP):
            shares, below, above = [], [], []
            for snr_db in SNR_DB:
                at = [o for o in found if o.truth.clip == kind.name and o.truth.snr_db == snr_db]
                hits = sum(one.is_hit for one in at)
                low, high = wilson(hits, len(at))
                shares.append(hits / len(at))
                below.append(max(0.0, shares[-1] - low))
                above.append(max(0.0, high - shares[-1]))
            x = [snr_db + 0.25 * (place - 1) for snr_db in SNR_DB]
            axes.errorbar(x, shares, yerr=(below, above), fmt="o-", capsize=3, label=kind.name)
        axes.set(xlabel="SNR in the alarm's third of an octave, dB", ylabel="recall within 26 s")
        axes.set(ylim=(0.0, 1.02), title="Synthesised smoke and CO alarms in rooms and noise")
        axes.grid(alpha=0.3)
        axes.legend()
