"""The tables of quiet hours: false alerts by background, and by sound."""

from collections import Counter

from bench.hearing.cells import hourly
from bench.hearing.ears import Setting
from bench.hearing.peer import SOUNDS
from bench.hearing.quiet import KINDS, Quiet
from bench.hearing.six_sounds import alerts
from bench.hearing.six_tables import COMMAND, FRIGATES, HOUSEHOLDS, TUNINGS
from bench.table import Table
from contract.catalogue import Urgency, catalogue

FROM_RECORDINGS = ("kitchen", "street", "home", "country")


def tables(heard: Quiet, languages: tuple[str, ...]) -> tuple[Table, ...]:
    """Return the false alerts of quiet hours by background and by sound."""
    return _by_kind(heard, languages), _by_sound(heard)


def _by_kind(heard: Quiet, languages: tuple[str, ...]) -> Table:
    rows = [
        _row(f"{kind}, {'real' if kind in FROM_RECORDINGS else 'synthesised'}", (kind,), heard)
        for kind in KINDS
    ]
    rows.append(_row("**all**", KINDS, heard))
    minutes = heard.minutes
    return Table(
        title="Quiet hours",
        command=COMMAND,
        columns=(
            *("background", "hours", "emergencies/h", "attention/h"),
            *("the six sounds/h", "YAMNet as Frigate runs it: the six/h", "tuned: the six/h"),
        ),
        rows=tuple(rows),
        notes=(
            "Alerts while nothing happened, household at 0.5 s; in brackets the 95 % interval, then"
            f" the count. Distinct: {minutes['recorded']:.0f} min of recordings of fold 5,"
            f" {minutes['spoken']:.0f} min spoken by espeak-ng in {', '.join(languages)},"
            f" {minutes['music']:.0f} min of computed music; remixed at other levels, in other"
            " rooms, one over another. Television: speech over music and recordings.",
            f"Tuned: {TUNINGS[0].ear}, > {TUNINGS[0].limit:g}.",
            "Goals: no emergency; attention <= 0.1 an hour.",
        ),
    )


def _by_sound(heard: Quiet) -> Table:
    shown = (*HOUSEHOLDS, FRIGATES, *TUNINGS)
    counts = {setting: heard.counts(setting) for setting in shown}
    ours = {sound for setting in HOUSEHOLDS for sound in counts[setting] if alerts(sound)}
    rows = [
        (sound, *(_count(counts[setting], sound, setting) for setting in shown))
        for sound in dict.fromkeys(("smoke_alarm", "co_alarm", *SOUNDS, *sorted(ours)))
    ]
    return Table(
        title="Quiet hours, by sound",
        command=COMMAND,
        columns=(
            "false alerts of",
            *(f"{one.ear}{f', > {one.limit:g}' if one.limit else ''}" for one in shown),
        ),
        rows=tuple(rows),
        notes=(f"Counts in {sum(heard.hours.values()):.1f} h.",),
    )


def _row(name: str, kinds: tuple[str, ...], heard: Quiet) -> tuple[str, ...]:
    hours = sum(heard.hours[kind] for kind in kinds)

    def said(setting: Setting) -> Counter[str]:
        return sum((heard.said[setting][kind] for kind in kinds), start=Counter())

    mine = said(HOUSEHOLDS[0])
    urgent = [
        sum(n for sound, n in mine.items() if catalogue().get(sound).urgency is urgency)
        for urgency in (Urgency.EMERGENCY, Urgency.ATTENTION)
    ]
    six = [
        sum(said(one)[sound] for sound in SOUNDS) for one in (HOUSEHOLDS[0], FRIGATES, TUNINGS[0])
    ]
    return (name, f"{hours:.1f}", *(hourly(count, hours) for count in (*urgent, *six)))


def _count(counts: Counter[str], sound: str, setting: Setting) -> str:
    is_judged = setting in HOUSEHOLDS or sound in SOUNDS
    return str(counts[sound]) if is_judged else "not judged"
