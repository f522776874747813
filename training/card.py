"""The model card: what a bundle hears, how well, and what it does not hear; written by command."""

from collections.abc import Mapping, Sequence

from contract.catalogue import BACKGROUND
from node.bundle import Manifest

ABOUT = """\
Written by `python -m training evaluate`; do not edit.

It listens *for* alarms, it detects no fire and no gas. It can miss a sound or name it wrongly.
No real smoke alarm, CO alarm, doorbell, kettle or appliance was at hand: those sounds are computed
from their standards, and their figures say how well computed sounds are found, not how well yours
is. Test your own alarm.

## What was measured

Trained on folds 1-3, thresholds on fold 4, all figures on fold 5. *Recorded* are ESC-50's clips
(the whole of fold 5, also those that must not be trained on); *computed* are made by
`training/datasets/synthetic.py`, with pitches and rhythms that no other fold has. Clip accuracy:
the sound with the highest mean score over the clip's windows that are not silent, background among
the possible answers. Recall and events: each clip between 2.5 s of quiet, played to `node/ear.py`
with the thresholds below.
"""


def card(manifest: Manifest) -> str:
    """Return the card of a measured bundle as Markdown."""
    figures = {k: v for k, v in manifest.metrics.items() if not isinstance(v, dict)}
    tables = {k: v for k, v in manifest.metrics.items() if isinstance(v, dict)}
    lines = [
        f"# Model bundle {manifest.name} {manifest.version}",
        "",
        ABOUT,
        *_table(("figure", "value"), [(name, _short(value)) for name, value in figures.items()]),
        "",
        "## Sound by sound",
        "",
        *_sounds(manifest, tables),
        "",
        "## Data and licences",
        "",
        *(f"- {line}" for line in (*manifest.data, *manifest.licences)),
    ]
    return "\n".join(lines) + "\n"


def _sounds(manifest: Manifest, tables: Mapping[str, Mapping[str, float]]) -> list[str]:
    """One line a sound: when it counts as heard, and what was measured."""
    heads = ("sound", "on", "off", "hold s", *(name.replace("_", " ") for name in tables))
    sounds = dict.fromkeys(manifest.sound_of(label) for label in manifest.labels)
    rows = []
    for sound in sounds:
        if sound != BACKGROUND:
            rule = manifest.threshold(sound)
            measured = [_short(table[sound]) if sound in table else "" for table in tables.values()]
            rows.append((sound, f"{rule.on}", f"{rule.off}", f"{rule.hold_s}", *measured))
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _short(value: float) -> str:
    return f"{value:.0f}" if value == int(value) and abs(value) > 1.0 else f"{value:.3f}"
