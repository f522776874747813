"""One worker a target: a lamp that hangs or fails delays no other, and only the latest counts."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping

from msgspec import Struct

log = logging.getLogger(__name__)


class Job(Struct, frozen=True):
    """One thing to do at one target."""

    do: Callable[[], None]
    name: str
    """What it is, for the log."""
    event_id: str = ""
    before_s: float | None = None
    """Monotonic time after which it is no longer worth doing."""


class Tally(Struct):
    """What has become of a target's jobs."""

    done: int = 0
    failed: int = 0
    skipped: int = 0


class Workers:
    """Does jobs at targets, each target on its own thread; a newer job replaces a waiting one."""

    def __init__(self, limits_per_s: Mapping[str, int], now_s: Callable[[], float]) -> None:
        """Make the workers.

        Args:
            limits_per_s: How many jobs each target takes in any second.
            now_s: Monotonic time.
        """
        self._workers = {
            target: _Worker(target, limit, now_s) for target, limit in limits_per_s.items()
        }

    def start(self) -> None:
        """Begin to work."""
        for worker in self._workers.values():
            worker.start()

    def stop(self) -> None:
        """End when the jobs that wait are done; a hung target is left to the process's end."""
        for worker in self._workers.values():
            worker.stop()

    def join(self, timeout_s: float) -> None:
        """Wait for the workers' end, at most so long for all of them together."""
        for worker in self._workers.values():
            worker.join(timeout_s / len(self._workers))

    def send(self, target: str, job: Job) -> None:
        """Hand a job over; returns at once."""
        self._workers[target].put(job)

    def tally(self) -> Tally:
        """Return what has become of all jobs."""
        tallies = [worker.tally for worker in self._workers.values()]
        return Tally(
            done=sum(tally.done for tally in tallies),
            failed=sum(tally.failed for tally in tallies),
            skipped=sum(tally.skipped for tally in tallies),
        )


class _Worker(threading.Thread):
    def __init__(self, target: str, limit_per_s: int, now_s: Callable[[], float]) -> None:
        super().__init__(name=f"target {target}", daemon=True)
        self.tally = Tally()
        self._target_id = target
        self._now_s = now_s
        self._slot: Job | None = None
        self._event_id = ""
        """What it was last reached for: the log says so once, not at each step of a rhythm."""
        self._began_s: deque[float] = deque(maxlen=limit_per_s)
        self._ending = False
        self._changed = threading.Condition()

    def put(self, job: Job) -> None:
        with self._changed:
            self._slot = job
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify()

    def run(self) -> None:
        while job := self._take():
            self._do(job)

    def _take(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._slot or self._ending)
            while (pause_s := self._pause_s()) > 0.0:
                self._changed.wait(pause_s)
            job, self._slot = self._slot, None
            self._began_s.append(self._now_s())
            return job

    def _pause_s(self) -> float:
        """How long the target must be left alone, lest it gets more in a second than it takes."""
        full = len(self._began_s) == self._began_s.maxlen
        return self._began_s[0] + 1.0 - self._now_s() if full else 0.0

    def _do(self, job: Job) -> None:
        facts = {"target": self._target_id, "job": job.name, "event_id": job.event_id}
        if job.before_s is not None and self._now_s() > job.before_s:
            self.tally.skipped += 1
            log.info("too late, skipped", extra=facts)
            return
        try:
            job.do()
        except Exception as error:  # noqa: BLE001  the top of a thread: no fault may end it
            self.tally.failed += 1
            log.warning("%s was not reached", self._target_id, extra=facts | {"fault": error})
        else:
            self.tally.done += 1
            is_first = job.event_id not in ("", self._event_id)
            self._event_id = job.event_id or self._event_id
            log.log(logging.INFO if is_first else logging.DEBUG, "delivered", extra=facts)
