"""The tables of alarms: recall and delay, what was taken for what, fire alarms of all kinds."""

from collections.abc import Sequence
from math import inf

from bench.hearing.alarm_kinds import CHIRP, FAMILIES
from bench.hearing.alarm_scenes import DOOR_DB, RHYTHMS, ROOM_DB, Outcome
from bench.hearing.alarms import NOISES, SNR_DB
from bench.hearing.cells import delays, share
from bench.hearing.rooms import DOOR_DB as DOOR_LOSS_DB
from bench.hearing.six_tables import COMMAND
from bench.table import Table

POSSIBLE = "told or possible"
ALARMS = ("smoke_alarm", "co_alarm", "low_battery_chirp")
SUCH = (
    "Synthesised, every sound by a seed and from slices that taught nothing; RT60 0.2-1.2 s; the"
    " alarm's level while it sounds over the noise's, both in the third of an octave that holds"
    " most of the alarm."
)


def rhythms(found: Sequence[Outcome]) -> tuple[Table, ...]:
    """Return recall and delay of T3 and T4, recall by noise, and what was taken for what."""
    return (_recall(found), _by_noise(found), _confusion(found))


def families(near: Sequence[Outcome], far: Sequence[Outcome]) -> Table:
    """Return the recall of fire alarms that have no rhythm of their own."""
    rows = []
    for kind in FAMILIES:
        cells = [
            (_share(own), *delays([one.delay_s for one in own]), _worded(own))
            for own in (_of(near, kind.name), _of(far, kind.name))
        ]
        rows.append((kind.name, *cells[0], *cells[1]))
    (low_hz, low_db), (high_hz, high_db) = DOOR_LOSS_DB
    return Table(
        title="Fire alarms without T3's rhythm",
        command=COMMAND,
        columns=(
            *("kind", f"in the room, {ROOM_DB:+.0f} dB: recall", "p50 s", "p95 s", POSSIBLE),
            *(f"through a closed door, {DOOR_DB:+.0f} dB: recall", "p50 s", "p95 s", POSSIBLE),
        ),
        rows=tuple(rows),
        notes=(
            SUCH,
            f"Recall: smoke_alarm began within 26 s; {POSSIBLE}: that or a possible one. The door"
            f" takes {low_db:.0f} dB up to {low_hz:.0f} Hz, rising to {high_db:.0f} dB at"
            f" {high_hz:.0f} Hz: the range measured on bedroom doors of Korean apartments (Lee and"
            " Kim, Indoor and Built Environment 27(5), 2018); its slope is assumed. Behind it a"
            " second room. Delays count what was missed as endless.",
        ),
    )


def _recall(found: Sequence[Outcome]) -> Table:
    rows = []
    for kind in (kind for kind in RHYTHMS if kind != CHIRP):
        own = _of(found, kind.name)
        clear = [one for one in own if one.truth.snr_db >= 0.0]
        drowned = [one for one in own if one.truth.snr_db < 0.0]
        rows.append(
            (
                kind.name,
                _share(clear),
                _share(drowned),
                *delays([one.delay_s for one in clear]),
                *delays([one.possible_s for one in clear]),
            )
        )
    return Table(
        title="Smoke and CO alarms by their rhythm",
        command=COMMAND,
        columns=(
            *("alarm", f"recall at 0-{max(SNR_DB):.0f} dB", "recall at -5 dB", "p50 s", "p95 s"),
            *("first possible word: p50 s", "p95 s"),
        ),
        rows=tuple(rows),
        notes=(
            f"{SUCH} SNR {', '.join(f'{one:+.0f}' for one in SNR_DB)} dB alike, under"
            f" {', '.join(NOISES)} (mixture: held-out recordings), 26 s of alarm.",
            f"Delays: of the scenes at 0-{max(SNR_DB):.0f} dB, one that was missed counts as"
            " endless. The first word: a possible one, when it is told, or the alert itself.",
            "Goals: recall >= 0.99 at 0 dB and above; T3's median <= 5 s, its first word <= 2 s.",
        ),
    )


def _by_noise(found: Sequence[Outcome]) -> Table:
    rows = [
        (
            noise,
            *(
                _share([o for o in found if _is_alarm(o) and _at(o, noise, snr_db)])
                for snr_db in SNR_DB
            ),
        )
        for noise in NOISES
    ]
    return Table(
        title="Smoke and CO alarms, by noise",
        command=COMMAND,
        columns=("under", *(f"{snr_db:+.0f} dB" for snr_db in SNR_DB)),
        rows=tuple(rows),
        notes=("Recall of T3 and T4 together.",),
    )


def _confusion(found: Sequence[Outcome]) -> Table:
    rows = []
    for kind in RHYTHMS:
        own = _of(found, kind.name)
        named = [sum(sound in one.named for one in own) for sound in ALARMS]
        wrong = sum(bool((one.named & set(ALARMS)) - {kind.sound}) for one in own)
        rows.append((kind.name, *(f"{one} of {len(own)}" for one in named), share(wrong, len(own))))
    return Table(
        title="T3, T4 and chirp taken for each other",
        command=COMMAND,
        columns=("was", *(f"told as {sound}" for sound in ALARMS), "another one of these"),
        rows=tuple(rows),
        notes=(
            "All scenes, -5 dB too. Goal: at most 1 % in the last column.",
            "The chirp sounds twice, as the network alone may know it; its rhythm needs four.",
        ),
    )


def _of(found: Sequence[Outcome], kind: str) -> list[Outcome]:
    return [one for one in found if one.truth.clip == kind]


def _is_alarm(found: Outcome) -> bool:
    return found.truth.sound in {"smoke_alarm", "co_alarm"}


def _at(found: Outcome, noise: str, snr_db: float) -> bool:
    return found.truth.background == noise and found.truth.snr_db == snr_db


def _worded(found: Sequence[Outcome]) -> str:
    """How many were told at least as possible."""
    return f"{sum(one.possible_s < inf for one in found)} of {len(found)}"


def _share(found: Sequence[Outcome]) -> str:
    return share(sum(one.is_hit for one in found), len(found))
