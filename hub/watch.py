"""Where the hub's parts are asked what is broken."""

from contract.mqtt import MqttLink
from hub.faults import Fault, flood_faults, hub_faults, lamp_faults, stranger_faults
from hub.household import Moment
from hub.inbox import Inbox
from hub.lights.stage import Stage
from hub.store.history import Store
from hub.supervise import Nodes

BROKER_AWAY_S = 5.0
LATELY_S = 60.0


class Watch:
    """Asks every part of the hub.

    Attributes:
        failed_s: When the hub's loop last met a fault of ours; monotonic.
    """

    def __init__(
        self,
        link: MqttLink,
        store: Store,
        inbox: Inbox,
        nodes: Nodes,
        stage: Stage,
        now_s: float,
    ) -> None:
        self.failed_s: float | None = None
        self._link = link
        self._store = store
        self._inbox = inbox
        self._nodes = nodes
        self._stage = stage
        self._link_up_s = now_s

    def faults(self, now: Moment) -> list[Fault]:
        """Return what is broken; where the broker is away, nothing behind it can be judged."""
        if self._link.is_up:
            self._link_up_s = now.mono_s
        away = now.mono_s - self._link_up_s > BROKER_AWAY_S
        faults = hub_faults(
            history=self._store.fault,
            broker_away=away,
            refused=self._link.refused,
            overloaded=_lately(self._inbox.overflow_s, now.mono_s),
            failed=_lately(self.failed_s, now.mono_s),
        )
        lamps = lamp_faults(self._stage.silences(while_broker_away=away))
        if away:
            return [*faults, *lamps]
        return [
            *faults,
            *self._nodes.faults(now.mono_s, now.wall_s),
            *flood_faults(self._inbox.too_fast_s, now.mono_s),
            *stranger_faults(self._inbox.stranger_s, now.mono_s),
            *lamps,
        ]


def _lately(at_s: float | None, now_s: float) -> bool:
    return at_s is not None and now_s - at_s < LATELY_S
