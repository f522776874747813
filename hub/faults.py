"""What is broken now, fault by fault: of lamps that do not answer, nodes that flood, the hub."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

SILENT_S = 15.0
"""Three signs of life missed; told well within 30 s (DESIGN 1.1)."""
FLOOD_S = 60.0
LAMP_SILENT = "lamp_silent"
HUB_FAILED = "hub_failed"
HUB = "hub"
"""The subject of troubles of the hub itself."""


class Fault(Struct, frozen=True, kw_only=True):
    """Something is broken now."""

    trouble: str
    subject: str
    """Id of the node or lamp, or "hub"."""
    detail: str
    since_s: float | None = None
    """Wall clock; None: since it was first seen here."""


def lamp_faults(silences: Mapping[str, str]) -> list[Fault]:
    """Return a fault for each lamp that does not answer.

    Args:
        silences: Why, by lamp; "" where nobody knows.
    """
    unknown = "does not answer; check that it has power"
    return [
        Fault(trouble=LAMP_SILENT, subject=lamp, detail=why or unknown)
        for lamp, why in silences.items()
    ]


def flood_faults(too_fast_s: Mapping[str, float], now_s: float) -> list[Fault]:
    """Return a fault for each node that has lately sent more than it may.

    Args:
        too_fast_s: When each node last did, monotonic.
        now_s: Monotonic time.
    """
    return [
        Fault(trouble="node_flooding", subject=node_id, detail="sends too fast; some is refused")
        for node_id, at_s in too_fast_s.items()
        if now_s - at_s < FLOOD_S
    ]


def stranger_faults(stranger_s: Mapping[str, float], now_s: float) -> list[Fault]:
    """Return a fault for each node that lives and belongs to no room: nobody is told what it hears.

    Args:
        stranger_s: When each last gave a sign of life, monotonic.
        now_s: Monotonic time.
    """
    detail = "belongs to no room here, so nothing that it hears is alerted"
    return [
        Fault(trouble="node_unknown", subject=node_id, detail=detail)
        for node_id, at_s in stranger_s.items()
        if now_s - at_s < SILENT_S
    ]


def hub_faults(
    *, history: str, broker_away: bool, refused: Sequence[str], overloaded: bool, failed: bool
) -> list[Fault]:
    """Return what is wrong with the hub itself.

    Args:
        history: What keeps the history from being stored, "" if nothing does.
        broker_away: No connection to the broker for a while.
        refused: Topics that the broker does not let us hear.
        overloaded: Messages had to be turned away for want of time.
        failed: The loop met a fault of ours.
    """
    details = {
        "broker_away": "the MQTT broker cannot be reached" if broker_away else "",
        "broker_refuses": f"it does not let us hear {', '.join(refused)}" if refused else "",
        "history_not_stored": history,
        "hub_overloaded": "messages were turned away" if overloaded else "",
        HUB_FAILED: "a message could not be handled; see the log" if failed else "",
    }
    return faults_of(HUB, details)


def faults_of(subject: str, details: Mapping[str, str]) -> list[Fault]:
    """Return faults of one subject.

    Args:
        subject: Id of the node or lamp, or "hub".
        details: What is wrong, by the fault's name; what has no detail is well.
    """
    return [
        Fault(trouble=trouble, subject=subject, detail=detail)
        for trouble, detail in details.items()
        if detail
    ]
