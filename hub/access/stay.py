"""How long a browser stays signed in, also by a clock that is wrong. Pure."""

from contract.clock import LAST_S, NOT_BEFORE_S

SIGNED_IN_S = 365 * 86_400.0


def is_over(signed_s: float, now_s: float) -> bool:
    """Tell whether a sign-in is more than a year ago.

    What was signed while the clock was not set has no age, and what seems to come from the future
    was signed before a power cut set the clock back.

    Args:
        signed_s: What the wall clock showed then.
        now_s: What it shows now.
    """
    return signed_s >= NOT_BEFORE_S and now_s - signed_s > SIGNED_IN_S


def forgotten_s(now_s: float) -> float:
    """Return when the browser is to forget, by its own clock: by ours of 1970 it would at once."""
    return now_s + SIGNED_IN_S if now_s >= NOT_BEFORE_S else LAST_S
