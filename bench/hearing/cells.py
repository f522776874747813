"""How figures stand in the page's tables: each with its count and its 95 % interval."""

from collections.abc import Sequence
from math import inf

from bench.hearing.score import rate, wilson
from bench.table import percentile

NONE = "-"


def share(hits: int, trials: int) -> str:
    """Put a share with its count and Wilson's interval."""
    if not trials:
        return NONE
    low, high = wilson(hits, trials)
    return f"{hits / trials:.3f} ({low:.2f}-{high:.2f}), {hits} of {trials}"


def hourly(count: int, hours: float) -> str:
    """Put a rate with its count and Poisson's interval."""
    low, high = rate(count, hours)
    return f"{count / hours:.2f} ({low:.2f}-{high:.2f}), {count}"


def delay(delays_s: Sequence[float], part: float) -> str:
    """Put a percentile of delays; of none, or where it lies among what never came: a dash."""
    found = percentile(delays_s, part) if delays_s else inf
    return f"{found:.2f}" if found < inf else NONE


def delays(delays_s: Sequence[float]) -> tuple[str, str]:
    """Put median and 95th percentile."""
    return delay(delays_s, 0.5), delay(delays_s, 0.95)
