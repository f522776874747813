"""Watches the nodes, and keeps what people know of all that is broken."""

import logging
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from contract.clock import NOT_BEFORE_S, from_rfc3339
from contract.messages import Health, NodeStatus
from hub.faults import HUB, HUB_FAILED, SILENT_S, Fault, faults_of
from hub.gaps import Ear

AGAIN_S = 4 * 3600.0
"""An unresolved trouble is told again (NFPA 72)."""
STUCK_S = 30.0
"""Windows left out, or events that wait and none that comes: told within 30 s (DESIGN 1.1)."""
DEAF = frozenset({"microphone_missing", "microphone_mute", "microphone_faint", "microphone_rate"})
"""Troubles of a node with which its silence means nothing: its room is not heard."""

log = logging.getLogger(__name__)


class Trouble(Struct, frozen=True, kw_only=True):
    """A fault, and since when people know."""

    fault: Fault
    since_s: float
    """Wall clock, seconds since 1970."""
    told_s: float
    """Monotonic."""


class NodeWatch(Struct, frozen=True, kw_only=True):
    """The last that is known of one node."""

    status: NodeStatus | None = None
    status_s: float = 0.0
    """Monotonic, as all times here unless they say otherwise."""
    health: Health | None = None
    health_s: float | None = None
    health_wall_s: float | None = None
    dropped_s: float | None = None
    """When windows had been left out since the sign of life before."""
    waiting_s: float | None = None
    """Since when events have waited on the node while none came in."""


class Nodes:
    """Watches the nodes."""

    def __init__(self, node_ids: Iterable[str], now_s: float) -> None:
        """Expect a sign of life of each node from now on."""
        self._watches = {node_id: NodeWatch() for node_id in node_ids}
        self._started_s = now_s
        self._unjudged: set[str] = set()

    def give_time(self, now_s: float) -> None:
        """Expect signs of life from now on only: the broker was away."""
        self._started_s = now_s

    def watch(self, node_id: str) -> NodeWatch:
        """Return what is known of a node."""
        return self._watches[node_id]

    def told(self, node_id: str, status: NodeStatus, now_s: float) -> None:
        """Take in what a node, or its last will, says it is."""
        watch = self._watches[node_id]
        self._watches[node_id] = replace(watch, status=status, status_s=now_s)

    def alive(self, node_id: str, health: Health, *, now_s: float, wall_s: float) -> None:
        """Take in a sign of life."""
        watch = self._watches[node_id]
        before = watch.health
        drops = (
            before is not None
            and before.boot_id == health.boot_id
            and health.dropped_windows > before.dropped_windows
        )
        away = watch.health_s is None or now_s - watch.health_s > SILENT_S
        since_s = now_s if watch.waiting_s is None or away else watch.waiting_s
        self._watches[node_id] = replace(
            watch,
            health=health,
            health_s=now_s,
            health_wall_s=wall_s,
            dropped_s=now_s if drops else watch.dropped_s,
            waiting_s=since_s if health.outbox_depth else None,
        )

    def shift(self, by_s: float) -> None:
        """Follow the wall clock, which was set."""
        for node_id, watch in self._watches.items():
            if watch.health_wall_s is not None:
                moved_s = watch.health_wall_s + by_s
                self._watches[node_id] = replace(watch, health_wall_s=moved_s)

    def heard(self, node_id: str) -> None:
        """Take in that an event got through."""
        self._watches[node_id] = replace(self._watches[node_id], waiting_s=None)

    def is_gone(self, node_id: str, now_s: float) -> bool:
        """Tell whether a node has gone away, or has never come."""
        fault = self._absence(node_id, now_s)
        return fault is not None or self._watches[node_id].health_s is None

    def hears(self, node_id: str, now_s: float) -> bool:
        """Tell whether a node is there and gets audio that can be believed."""
        watch = self._watches[node_id]
        return (
            watch.health is not None
            and watch.health_s is not None
            and now_s - watch.health_s <= SILENT_S
            and watch.health.frame_age_s <= SILENT_S
            and not _is_deaf(watch)
            and not self.is_gone(node_id, now_s)
        )

    def ear(self, node_ids: Iterable[str], now_s: float) -> Ear:
        """Return how a room with these nodes listens."""
        nodes = tuple(node_ids)
        known = [until_s for node_id in nodes if (until_s := self._heard_s(node_id)) is not None]
        return Ear(any(self.hears(node_id, now_s) for node_id in nodes), max(known, default=None))

    def faults(self, now_s: float, wall_s: float) -> list[Fault]:
        """Return what is wrong with the nodes; one that cannot be judged hides no other."""
        return [
            fault for node_id in self._watches for fault in self._judged(node_id, now_s, wall_s)
        ]

    def _heard_s(self, node_id: str) -> float | None:
        watch = self._watches[node_id]
        if watch.health is None or watch.health_s is None:
            return None
        return watch.health_s - watch.health.frame_age_s

    def _judged(self, node_id: str, now_s: float, wall_s: float) -> list[Fault]:
        try:
            return self._faults(node_id, now_s, wall_s)
        except Exception as error:  # supervision must outlive any fault of ours
            if node_id not in self._unjudged:
                self._unjudged.add(node_id)
                log.exception("a node cannot be judged", extra={"node_id": node_id})
            return [Fault(trouble=HUB_FAILED, subject=HUB, detail=f"{node_id}: {error}"[:120])]

    def _faults(self, node_id: str, now_s: float, wall_s: float) -> list[Fault]:
        watch = self._watches[node_id]
        absence = self._absence(node_id, now_s)
        if absence:
            return [absence]
        return [*_seen(node_id, watch, now_s), *_own(node_id, watch, wall_s)]

    def _absence(self, node_id: str, now_s: float) -> Fault | None:
        watch = self._watches[node_id]
        health_s = max(watch.health_s or 0.0, self._started_s)
        if (
            watch.status
            and watch.status.state == "offline"
            and watch.status_s >= (watch.health_s or 0.0)
        ):
            return Fault(trouble="node_offline", subject=node_id, detail="the broker lost it")
        if now_s - health_s > SILENT_S:
            never = watch.health_s is None
            detail = "has never given a sign of life" if never else "gives no sign of life"
            return Fault(trouble="node_silent", subject=node_id, detail=detail)
        return None


def _seen(node_id: str, watch: NodeWatch, now_s: float) -> list[Fault]:
    """What the hub sees in a node's signs of life."""
    deaf_s = watch.health.frame_age_s if watch.health else 0.0
    depth = watch.health.outbox_depth if watch.health else 0
    drops = watch.dropped_s is not None and now_s - watch.dropped_s < STUCK_S
    stuck = watch.waiting_s is not None and now_s - watch.waiting_s > STUCK_S
    details = {
        "no_audio": f"no audio for {deaf_s:.0f} s" if deaf_s > SILENT_S else "",
        "node_overloaded": "leaves sound out; it is too slow" if drops else "",
        "events_stuck": f"{depth} events wait and none comes" if stuck else "",
    }
    return faults_of(node_id, details)


def _own(node_id: str, watch: NodeWatch, wall_s: float) -> list[Fault]:
    """What a node says of itself; since when is ours to say where its clock cannot be right."""
    found = []
    for trouble in watch.status.troubles if watch.status else ():
        since_s = from_rfc3339(trouble.since)
        found.append(
            Fault(
                trouble=trouble.id,
                subject=node_id,
                detail=trouble.detail,
                since_s=since_s if NOT_BEFORE_S <= since_s <= wall_s else None,
            )
        )
    return found


def _is_deaf(watch: NodeWatch) -> bool:
    return watch.status is not None and any(one.id in DEAF for one in watch.status.troubles)


class Turn(NamedTuple):
    """What people must be told of."""

    broken: list[Trouble]
    """New, or not mended for hours."""
    mended: list[Trouble]


class Board:
    """The troubles people know of: each is told once, again after hours, and clears itself."""

    def __init__(self) -> None:
        self._troubles: dict[tuple[str, str], Trouble] = {}

    def all(self) -> list[Trouble]:
        """Return the present troubles, oldest first."""
        return sorted(self._troubles.values(), key=lambda trouble: trouble.since_s)

    def shift(self, by_s: float) -> None:
        """Follow the wall clock, which was set."""
        self._troubles = {
            key: replace(trouble, since_s=trouble.since_s + by_s)
            for key, trouble in self._troubles.items()
        }

    def update(self, faults: Iterable[Fault], *, now_s: float, wall_s: float) -> Turn:
        """Compare with what is broken now; return what people must be told of.

        Of two faults of the same name and subject the first counts.
        """
        earlier = self._troubles
        self._troubles = {}
        broken = []
        for fault in faults:
            key = (fault.trouble, fault.subject)
            if key in self._troubles:
                continue
            known = earlier.get(key)
            since_s = fault.since_s or (known.since_s if known else wall_s)
            if known and now_s - known.told_s < AGAIN_S:
                trouble = replace(known, fault=fault, since_s=since_s)
            else:
                trouble = Trouble(fault=fault, since_s=since_s, told_s=now_s)
                broken.append(trouble)
            self._troubles[key] = trouble
        mended = [trouble for key, trouble in earlier.items() if key not in self._troubles]
        return Turn(broken, mended)
