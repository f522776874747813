"""All lamps of the home: brings scenes to them, keeps their memory, sees who does not answer."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from hub.deliver import Job, Workers
from hub.flash import Cue, Director, Scene, looks
from hub.lights.calm import CalmKeeper, Want
from hub.lights.port import DARK, STEP_S, Lamp, LampReport, LampState, Look
from hub.store.records import LampRecord

log = logging.getLogger(__name__)


class Stage:
    """The lamps."""

    def __init__(
        self,
        lamps: Mapping[str, Lamp],
        workers: Workers,
        director: Director,
        keep: Callable[[LampRecord], bool],
    ) -> None:
        """Take the lamps over; `recall` must follow before anything else.

        Args:
            lamps: Each lamp by its id.
            workers: One worker for each of them.
            director: Knows which lamps are seen together.
            keep: Where a lamp's calm state goes to be remembered; False if there is no room.
        """
        self._lamps = lamps
        self._workers = workers
        self._director = director
        self._keep = keep
        self._keepers: dict[str, CalmKeeper] = {}
        self._kept: dict[str, LampRecord] = {}

    def recall(self, records: Iterable[LampRecord], colours: Iterable[str], now_s: float) -> None:
        """Begin with what an earlier run left.

        Args:
            records: The lamps' calm states, and which were flashing at its end.
            colours: Every colour that an alert may have.
            now_s: Monotonic time, as in all calls here.
        """
        known = {record.lamp_id: record for record in records}
        possible = looks(colours)
        for lamp_id in self._lamps:
            record = known.get(lamp_id, LampRecord(lamp_id=lamp_id, calm=None, flashing=False))
            self._kept[lamp_id] = record
            self._keepers[lamp_id] = CalmKeeper(
                record.calm, flashing=record.flashing, looks=possible, now_s=now_s
            )

    @property
    def due_s(self) -> float:
        """When `advance` has something to do."""
        return self._director.due_s

    def play(self, cue: Cue, now_s: float) -> None:
        """Bring an alert onto its lamps."""
        scenes = self._director.play(cue, now_s)
        self._perform(scenes, now_s)
        at_once = sum(len(scene.lamps) for scene in scenes)
        log.info("dispatched", extra={"event_id": cue.event_id, "lamps": at_once})

    def stop(self, cue_id: str, now_s: float) -> None:
        """Take an alert off the lamps."""
        self._perform(self._director.stop(cue_id, now_s), now_s)

    def advance(self, now_s: float) -> None:
        """Make the steps that are due."""
        self._perform(self._director.advance(now_s), now_s)

    def reported(self, report: LampReport, now_s: float) -> None:
        """Take in what a lamp says of itself."""
        self._keepers[report.lamp_id].reported(report, now_s)
        self._remember(report.lamp_id)

    def tick(self, now_s: float) -> None:
        """Ask idle lamps how they are, and send those back again that did not go."""
        for lamp_id, keeper in self._keepers.items():
            match keeper.wants(now_s):
                case Want.RESTORE if self._director.spend(lamp_id, now_s):
                    self._restore(lamp_id, now_s)
                case Want.ASK:
                    self._workers.send(lamp_id, Job(self._lamps[lamp_id].ask, "ask"))
                    keeper.asked(now_s)
            self._remember(lamp_id)

    def silent_since_s(self) -> dict[str, float]:
        """Return the lamps that do not answer, and since when."""
        return {
            lamp_id: keeper.silent_since_s
            for lamp_id, keeper in self._keepers.items()
            if keeper.silent_since_s is not None
        }

    def silences(self, *, while_broker_away: bool) -> dict[str, str]:
        """Return the lamps that do not answer, and why, "" where nobody knows.

        Args:
            while_broker_away: Only those that do not need the broker.
        """
        return {
            lamp_id: self._lamps[lamp_id].fault
            for lamp_id in self.silent_since_s()
            if not (while_broker_away and self._lamps[lamp_id].needs_broker)
        }

    def state(self, lamp_id: str) -> LampState | None:
        """Return how a lamp last said it is."""
        keeper = self._keepers[lamp_id]
        return keeper.last or keeper.calm

    def is_flashing(self, lamp_id: str) -> bool:
        """Tell whether an alert has a lamp."""
        return self._keepers[lamp_id].flashing

    def leave(self, now_s: float) -> None:
        """Send every lamp back that an alert has: the hub ends.

        It cannot wait for the flash budget. All of them go at once: at most one flash over it.
        """
        for lamp_id, keeper in self._keepers.items():
            if keeper.flashing:
                self._restore(lamp_id, now_s)

    def _perform(self, scenes: Sequence[Scene], now_s: float) -> None:
        for scene in scenes:
            for lamp_id in scene.lamps:
                if isinstance(scene.look, Look):
                    self._show(lamp_id, scene.look, scene.event_id, now_s)
                elif scene.look.over:
                    self._restore(lamp_id, now_s)
                else:
                    self._rest(lamp_id, now_s)
        time.sleep(0)  # give Python's lock to the workers before we go on to lesser things
        for scene in scenes:
            for lamp_id in scene.lamps:
                self._remember(lamp_id)

    def _show(self, lamp_id: str, look: Look, event_id: str, now_s: float) -> None:
        show = partial(self._lamps[lamp_id].show, look)
        job = Job(show, "show", event_id=event_id, before_s=now_s + STEP_S)
        self._workers.send(lamp_id, job)
        self._keepers[lamp_id].showed(look, now_s)

    def _rest(self, lamp_id: str, now_s: float) -> None:
        keeper = self._keepers[lamp_id]
        if keeper.target.on:
            restore = partial(self._lamps[lamp_id].restore, keeper.target)
            self._workers.send(lamp_id, Job(restore, "rest"))
            keeper.showed(None, now_s)
        else:
            self._workers.send(lamp_id, Job(partial(self._lamps[lamp_id].show, DARK), "rest"))
            keeper.showed(DARK, now_s)

    def _restore(self, lamp_id: str, now_s: float) -> None:
        keeper = self._keepers[lamp_id]
        restore = partial(self._lamps[lamp_id].restore, keeper.target)
        self._workers.send(lamp_id, Job(restore, "restore"))
        keeper.restored(now_s)

    def _remember(self, lamp_id: str) -> None:
        """Keep the calm state on disk, beside the alert and never before it."""
        keeper = self._keepers[lamp_id]
        record = LampRecord(lamp_id=lamp_id, calm=keeper.calm, flashing=keeper.flashing)
        if record != self._kept[lamp_id] and self._keep(record):
            self._kept[lamp_id] = record
