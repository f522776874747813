"""The whole measurement: quiet hours, home timelines and alarms, to every ear in one run."""

from pathlib import Path

from msgspec import structs

from bench.hearing import (
    alarm_scenes,
    alarm_tables,
    pictures,
    quiet,
    quiet_tables,
    six_sounds,
    six_tables,
)
from bench.hearing.background import Backgrounds
from bench.hearing.ears import HOPS_S, HOUSEHOLD, SHIFTS, Household, Listener
from bench.hearing.peer import CHUNK, FRIGATE, QUARTER, TUNED, Yamnet, open_yamnet
from bench.hearing.recordings import held_out
from bench.hearing.speech import Speech
from bench.table import Table
from node.bundle import load


def tables(data: Path, scale: float) -> tuple[Table, ...]:
    """Play quiet hours, home timelines and alarms to every ear; draw, and return all tables.

    Args:
        data: Holds esc50/, speech/ and yamnet/.
        scale: 1.0 plays all of it.
    """
    clips, speech = held_out(data), Speech()
    backgrounds, listeners = Backgrounds(clips, speech), _ears(data)
    still = quiet.hear(listeners, backgrounds, scale)  # first: it counts what it was made of
    six = six_sounds.hear(listeners, clips, backgrounds, scale)
    ear = Household(load(HOUSEHOLD), HOPS_S[0])
    rhythms = alarm_scenes.rhythms(ear, backgrounds, scale)
    near, far = alarm_scenes.families(ear, backgrounds, scale)
    pictures.draw_alarms(rhythms)
    pictures.draw_curves(six, still)
    found = (
        *alarm_tables.rhythms(rhythms),
        alarm_tables.families(near, far),
        *six_tables.tables(six, still),
        *quiet_tables.tables(still, speech.languages),
    )
    return found if scale == 1.0 else tuple(_as_trial(one, scale) for one in found)


def _as_trial(table: Table, scale: float) -> Table:
    told = f"**A trial: {scale:g} of the whole.**"
    return structs.replace(table, notes=(told, *table.notes))


def _ears(data: Path) -> list[Listener]:
    yamnet, bundle = open_yamnet(data), load(HOUSEHOLD)
    return [
        *(Household(bundle, hop_s, SHIFTS) for hop_s in HOPS_S),
        Yamnet(yamnet, CHUNK, [FRIGATE]),
        Yamnet(yamnet, QUARTER, TUNED),
    ]
