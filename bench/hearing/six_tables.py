"""The tables of the six sounds in home timelines."""

from collections.abc import Iterator, Sequence

from bench.hearing.cells import delays, hourly, share
from bench.hearing.ears import HOPS_S, Setting
from bench.hearing.peer import FRIGATE, SOUNDS, TUNED, TUNED_LIMITS
from bench.hearing.quiet import Quiet
from bench.hearing.score import Score
from bench.hearing.six_sounds import AS_RECORDED, CLIPS, CONDITIONS, Heard
from bench.table import Table

COMMAND = "SORIBIT_DATA=... make bench ARGS=hearing"
FRIGATES = Setting(FRIGATE.called, FRIGATE.limits[0])
HOUSEHOLDS = tuple(Setting(f"household, {hop_s:g} s", 0.0) for hop_s in HOPS_S)
TUNINGS = tuple(
    Setting(
        way.called, next(at for end, at in TUNED_LIMITS.items() if way.called.endswith(f", {end}"))
    )
    for way in TUNED
)
SHOWN = (*HOUSEHOLDS, FRIGATES, *TUNINGS)


def tables(heard: Heard, quiet: Quiet) -> tuple[Table, ...]:
    """Return how the ears fared: overall, by sound, by condition, at equal false alerts."""
    return (_overall(heard), _by_sound(heard), _by_condition(heard), _equal(heard, quiet))


def curve(heard: Heard, quiet: Quiet, ear: str) -> list[tuple[Setting, float, float]]:
    """Return how each setting of an ear fares over timelines and quiet hours together.

    Returns:
        Setting, false alerts an hour, recall.
    """
    found = []
    for setting in heard.scores:
        if setting.ear == ear:
            whole = heard.overall(setting)
            false = len(whole.false) + sum(quiet.counts(setting)[sound] for sound in SOUNDS)
            hours = whole.hours + sum(quiet.hours.values())
            found.append((setting, false / hours, whole.recall))
    return found


def _overall(heard: Heard) -> Table:
    rows = []
    for setting in SHOWN:
        whole = heard.overall(setting)
        false = (hourly(len(whole.false), whole.hours), f"{len(whole.misnamed) / whole.hours:.1f}")
        rows.append((_named(setting), _share(whole), *false, *delays(whole.delays_s)))
    others = {setting.ear: dict(heard.others[setting]) for setting in HOUSEHOLDS}
    whole = heard.overall(FRIGATES)
    return Table(
        title="Six sounds at home",
        command=COMMAND,
        columns=("ear", "event recall", "false alerts/h", "misnamed/h", "p50 s", "p95 s"),
        rows=tuple(rows),
        notes=(
            f"Real recordings only: {len(whole.found)} events, {CLIPS} clips a sound at most, of"
            " ESC-50's fold 5, which the shipped network neither learned nor chose thresholds by;"
            f" {whole.hours:.1f} h. YAMNet may know them from AudioSet.",
            "One every 16 s, each in a room of its own (RT60 0.2-0.8 s), its loudest half second at"
            " -23 dBFS, in the fifteen conditions below. In brackets: 95 %, Wilson's for shares,"
            " Poisson's for rates; events of one clip are not independent, so they are optimistic.",
            "Onset: 20 ms RMS above a tenth of its peak. Delay: from there to the end of the window"
            " that showed it, of what was found. False: while none of the six sounds was there;"
            " misnamed: while another one was.",
            "YAMNet's label sets are generous to it; an alarm clock's holds Siren, hence most"
            " of what it misnames. Frigate's own 30 s pass before a sound may"
            " begin again; tuned, 5 s, lest a false alert hide a true one.",
            f"Other emergencies and attention that the household told in these hours: {others}.",
            "Goals: recall >= 0.90; no more false alerts than YAMNet as Frigate runs it; p50 <= 0.6"
            " s, p95 <= 1.5 s.",
        ),
    )


def _by_sound(heard: Heard) -> Table:
    shown = (HOUSEHOLDS[0], FRIGATES, TUNINGS[0])
    rows = []
    for sound in SOUNDS:
        own = [heard.overall(setting).of(sound) for setting in shown]
        alerts = [f"{len(one.false) + len(one.misnamed)}" for one in own]
        cells = [cell for one in own for cell in (_share(one), *delays(one.delays_s))]
        rows.append((sound, *cells, " / ".join(alerts)))
    columns = [c for one in shown for c in (f"{_named(one)}: recall", "p50 s", "p95 s")]
    return Table(
        title="Six sounds at home, by sound",
        command=COMMAND,
        columns=("sound", *columns, "false and misnamed"),
        rows=tuple(rows),
        notes=("Goal: recall >= 0.80 each.",),
    )


def _by_condition(heard: Heard) -> Table:
    def row(name: str, scores: Sequence[Score]) -> tuple[str, ...]:
        return (name, *(_share(one) for one in scores))

    rows = [
        row(
            "as recorded, no room, room tone 40 dB below"
            if at == AS_RECORDED
            else f"{at.background}, {at.snr_db:.0f} dB below",
            [heard.scores[setting][at] for setting in SHOWN],
        )
        for at in (AS_RECORDED, *CONDITIONS)
    ]
    return Table(
        title="Six sounds at home, by background",
        command=COMMAND,
        columns=("background", *(_named(setting) for setting in SHOWN)),
        rows=tuple(rows),
        notes=(
            "Event recall; the background's RMS so far below the sound's loudest half second. The"
            " first row counts nowhere else.",
        ),
    )


def _equal(heard: Heard, quiet: Quiet) -> Table:
    rows = []
    for mine, way in _same_pace():
        curves = {one.ear: curve(heard, quiet, one.ear) for one in (mine, way)}
        (limit,) = [false for one, false, _ in curves[mine.ear] if one == mine]
        within = [(recall, one, false) for one, false, recall in curves[way.ear] if false <= limit]
        own = heard.overall(mine)
        ours = (_named(mine), f"{limit:.2f}", _share(own), *delays(own.delays_s))
        if within:
            _, best, false = max(within, key=lambda found: found[0])
            whole = heard.overall(best)
            theirs = (_named(best), f"{false:.2f}", _share(whole), *delays(whole.delays_s))
        else:
            theirs = (f"{way.ear}: no threshold", "-", "-", "-", "-")
        rows.append((*ours, *theirs))
    return Table(
        title="Six sounds at equal false alerts",
        command=COMMAND,
        columns=(
            *("household", "false/h", "recall", "p50 s", "p95 s"),
            *("best YAMNet with no more", "false/h", "recall", "p50 s", "p95 s"),
        ),
        rows=tuple(rows),
        notes=(
            "False alerts of the six sounds in the timelines and in the quiet hours below together."
            " YAMNet: the one threshold, of fourteen, that finds most at no more false alerts.",
            "Goal: recall not lower; delays not longer.",
        ),
    )


def _same_pace() -> Iterator[tuple[Setting, Setting]]:
    """The household and every tuned YAMNet that decides as often."""
    for mine in HOUSEHOLDS:
        pace = mine.ear.split(", ")[1]
        yield from ((mine, way) for way in TUNINGS if way.ear.split(", ")[1] == pace)


def _share(whole: Score) -> str:
    return share(whole.hits, len(whole.found))


def _named(setting: Setting) -> str:
    if setting in (*HOUSEHOLDS, FRIGATES):
        return setting.ear
    return f"{setting.ear}, > {setting.limit:g}"
