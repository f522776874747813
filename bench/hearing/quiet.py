"""Hours in which nothing happens that a household must be told of: what the ears say then."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.hearing.background import Backgrounds
from bench.hearing.ears import Listener, Setting
from bench.hearing.levels import at_level, recorded, rms
from bench.hearing.score import HOUR_S
from training.quiet import LEVEL_DB, PIECE_S

HOURS = 10.5
KINDS = ("speech", "music", "television", "kitchen", "street", "home", "country")
"""In turn. Real recordings, remixed: kitchen, street, home, country."""
SEED = 10


@dataclass(slots=True)
class Quiet:
    """What was said while nothing happened.

    Attributes:
        said: Alerts by setting, kind of background and sound.
        hours: Of each kind.
        minutes: Distinct recorded minutes, spoken ones, computed music's.
    """

    said: dict[Setting, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    hours: dict[str, float] = field(default_factory=dict)
    minutes: dict[str, float] = field(default_factory=dict)

    def counts(self, setting: Setting) -> Counter[str]:
        """Return the alerts of a setting by sound."""
        return sum(self.said[setting].values(), start=Counter())


def hear(listeners: Sequence[Listener], backgrounds: Backgrounds, scale: float) -> Quiet:
    """Let every ear listen to every kind of background, piece by piece.

    Args:
        listeners: The ears; each begins anew with each piece.
        backgrounds: Makes the pieces.
        scale: 1.0 for `HOURS`.
    """
    heard = Quiet(hours=dict.fromkeys(KINDS, 0.0))
    pieces = max(len(KINDS), round(scale * HOURS * HOUR_S / PIECE_S))
    for piece in range(pieces):
        kind, random = KINDS[piece % len(KINDS)], np.random.default_rng((SEED, piece))
        made = backgrounds.make(kind, random, PIECE_S)
        samples = recorded(at_level(made, random.uniform(*LEVEL_DB), rms(made)))
        heard.hours[kind] += PIECE_S / HOUR_S
        for listener in listeners:
            for setting, said in listener.hear(samples).items():
                heard.said[setting][kind].update(one.sound for one in said if not one.possible)
    heard.minutes = {
        "recorded": sum(backgrounds.player.played.values()) / 60.0,
        "spoken": sum(backgrounds.speech.spoken.values()) / 60.0,
        "music": 60.0 * (heard.hours["music"] + heard.hours["television"]),
    }
    return heard
