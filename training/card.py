"""The model card: what a bundle hears, how well, and what it does not hear; written by command."""

from collections.abc import Mapping

from contract.catalogue import BACKGROUND
from node.bundle import Manifest
from training.markdown import table

ABOUT = """\
Written by `python -m training evaluate`; do not edit.

It listens *for* alarms, it detects no fire and no gas. It can miss a sound or name it wrongly.
Test your own alarm.
"""
MEASURED = """\
Trained on folds 1-3, thresholds set on fold 4, all figures on fold 5. *Recorded* are ESC-50's clips
(the whole of fold 5, also those that must not be trained on); *computed* are made by
`training/datasets/families/`, with pitches and rhythms that no other fold has, and for the 500 of
each emergency also beyond the ranges that taught. Each clip lies between 2.5 s of quiet. Clip
accuracy: the sound with the highest mean score over the clip's windows that are not silent,
background among the possible answers. *Reached*: some window reaches the sound's threshold; F1
counts that, against all clips of other sounds and of background. Recall and events: what
`node/ear.py` tells. Intervals are of 95 %.
"""
POOR_RECALL = 0.7
GOALS = {"recorded_macro_f1": 0.85, "computed_macro_f1": 0.85}
LEAST_HEARD, MOST_FALSE, LEAST_TOLD = 0.97, 0.001, "15 of 16"
"""Our own goals for a network that one can lean on."""
TABLES = {
    "recorded_clips_of": "recorded clips",
    "recorded_reached": "reached",
    "recorded_f1": "F1",
    "recorded_recall": "told",
    "computed_clips_of": "computed clips",
    "computed_reached": "reached",
    "computed_f1": "F1",
    "computed_recall": "told",
    "false_windows": "share of background windows that reach it",
    "false_events": "false events",
    "false_events_of_background": "of these of background",
}
IN_NOISE, TOLD_AS = "macro_f1_at_", "told_as_"

Tables = Mapping[str, Mapping[str, float]]


def card(manifest: Manifest) -> str:
    """Return the card of a measured bundle as Markdown."""
    figures = {k: v for k, v in manifest.metrics.items() if not isinstance(v, dict)}
    tables = {k: v for k, v in manifest.metrics.items() if isinstance(v, dict)}
    parts = [
        f"# Model bundle {manifest.name} {manifest.version}\n",
        ABOUT,
        "## What it does not hear well\n",
        _weak(manifest, tables),
        "## What was measured\n",
        MEASURED,
        table(("figure", "value", "goal"), [_figure(*one) for one in figures.items()]) + "\n",
        "## Emergencies, computed out of other ranges\n",
        _emergencies(tables),
        "## In noise\n",
        _in_noise(tables),
        "## Background that was taken for an emergency\n",
        _by_kind(tables),
        "## Other sounds that a node takes for an emergency\n",
        _taken_for(tables),
        "## Sound by sound\n",
        _sounds(manifest, tables),
        "## Data and licences\n",
        "\n".join(f"- {line}" for line in (*manifest.data, *manifest.licences)),
    ]
    return "\n".join(parts) + "\n"


def _weak(manifest: Manifest, tables: Tables) -> str:
    """What a person should know before trusting it, in plain words."""
    lines = []
    if manifest.unproven:
        lines += [
            "Not proven on real recordings: none was at hand whose licence allows it. These were"
            " learned from and tested by sounds computed from their standards; the figures say how"
            " well computed sounds are found, not how well yours is.\n",
            *(f"- {sound}" for sound in manifest.unproven),
            "",
        ]
    recalls = tables.get("recorded_recall", {})
    poor = sorted((share, sound) for sound, share in recalls.items() if share < POOR_RECALL)
    if poor:
        lines += ["Often missed, in recordings:\n"]
        lines += [f"- {sound}: {100 * share:.0f} % of the clips are told" for share, sound in poor]
        lines += [""]
    return "\n".join(lines)


def _figure(name: str, value: float) -> tuple[str, str, str]:
    return name, _short(value), _short(GOALS[name]) if name in GOALS else ""


def _emergencies(tables: Tables) -> str:
    """Each emergency's figures beside their goals."""
    head = (
        "sound",
        f"share heard (goal {LEAST_HEARD})",
        "at least",
        f"background windows that reach it (goal {MOST_FALSE})",
        f"recorded clips told (goal {LEAST_TOLD})",
    )
    low = tables.get("emergency_recall_of_500_low", {})
    clips, told = tables.get("recorded_clips_of", {}), tables.get("recorded_recall", {})
    rows = [
        (
            sound,
            _short(share),
            _short(low[sound]),
            f"{tables['false_windows'][sound]:.4f}",
            f"{told[sound] * clips[sound]:.0f} of {clips[sound]:.0f}" if sound in told else "",
        )
        for sound, share in tables.get("emergency_recall_of_500", {}).items()
    ]
    return table(head, rows) + "\n"


def _in_noise(tables: Tables) -> str:
    """Macro F1 by kind of file and distance to recorded background."""
    kinds = {name.removeprefix(IN_NOISE): t for name, t in tables.items() if IN_NOISE in name}
    distances = list(dict.fromkeys(one for f1 in kinds.values() for one in f1))
    rows = [(kind, *(_short(f1[one]) for one in distances)) for kind, f1 in kinds.items()]
    return table(("kind", *(f"{one} above it" for one in distances)), rows) + "\n"


def _by_kind(tables: Tables) -> str:
    rows = [
        (kind, _short(share))
        for kind, share in tables.get("false_emergency_windows_by_kind", {}).items()
    ]
    return table(("background", "share of its windows"), rows) + "\n"


def _taken_for(tables: Tables) -> str:
    rows = [
        (name.removeprefix(TOLD_AS), label, _short(share))
        for name, shares in tables.items()
        if name.startswith(TOLD_AS)
        for label, share in sorted(shares.items(), key=lambda one: -one[1])
    ]
    return table(("told", "what it was", "share of its clips"), rows) + "\n"


def _sounds(manifest: Manifest, tables: Tables) -> str:
    """One line a sound: when it counts as heard, and what was measured."""
    shown = {name: head for name, head in TABLES.items() if name in tables}
    sounds = dict.fromkeys(manifest.sound_of(label) for label in manifest.labels)
    rows = []
    for sound in sounds:
        if sound != BACKGROUND:
            rule = manifest.threshold(sound)
            measured = [_short(tables[n][sound]) if sound in tables[n] else "" for n in shown]
            rows.append((sound, f"{rule.on}", f"{rule.off}", f"{rule.hold_s}", *measured))
    return table(("sound", "on", "off", "hold s", *shown.values()), rows) + "\n"


def _short(value: float) -> str:
    return f"{value:.0f}" if value == int(value) and abs(value) > 1.0 else f"{value:.3f}"
