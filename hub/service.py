"""The hub at work: gather, decide, render, deliver, keep, show."""

import logging
import threading
import uuid
from pathlib import Path

from contract.catalogue import catalogue
from contract.clock import Clock, boot_id, rfc3339
from contract.errors import PayloadError
from contract.messages import SoundEvent
from contract.mqtt import Arrival, MqttLink
from contract.process import version, watchdog_s
from contract.pulse import Pulse
from contract.topics import every_node
from hub import render
from hub.alert import News
from hub.announce import Announcer
from hub.chronicle import Chronicle
from hub.deliver import Workers
from hub.feed import Feed
from hub.flash import TROUBLE_COLOUR, Director
from hub.heart import Heart
from hub.household import Household, Moment
from hub.inbox import Acknowledge, Inbox, LinkUp, Message, Stored
from hub.ingest import Alive, Heard, Told, read
from hub.ledger import Ledger
from hub.lights.lamps import Lamps
from hub.lights.port import LampReport
from hub.lights.stage import Stage
from hub.policy import SENTENCES, Policy
from hub.portray import Portrait
from hub.screen import Screen
from hub.settings import HubSettings
from hub.store.history import Store
from hub.store.records import EventRecord
from hub.view import Counters
from hub.watch import Watch
from hub.zone import zone_of

TICK_S = 0.25
MEMORY_S = 2.0
"""The start waits no longer than this for the database."""

log = logging.getLogger(__name__)


class Hub:
    """Owns the loop's thread and every part that it drives.

    Attributes:
        home: The hub as pages see it.
    """

    def __init__(
        self, settings: HubSettings, link: MqttLink, state: Path, clock: Clock, *, broker: str
    ) -> None:
        """Put the parts together; nothing runs yet.

        Args:
            settings: The household's own.
            link: The connection to the broker, not yet started.
            state: Folder for the database.
            clock: Both times.
            broker: Which broker serves this home, for pages.
        """
        self._clock, self._link = clock, link
        sounds, now, release = catalogue(), self._now(), version()
        nodes = {node: room for room, entry in settings.rooms.items() for node in entry.nodes}
        groups = {lamp: light.sight_group for lamp, light in settings.lights.items()}
        rules = Policy(
            sounds,
            settings.sounds,
            cooldown_s=settings.alerts.cooldown_s,
            quiet=settings.alerts.quiet_hours,
            zone=zone_of(settings.time_zone),
        )
        self._inbox = Inbox(nodes, clock, rules.emergencies())
        self._household = Household(nodes, rules, now, new_id=_new_id)
        self._renderer = render.Renderer(settings, sounds)
        self._store = Store(state / "hub.sqlite", lambda done: self._inbox.put(Stored(done)))
        self._chronicle = Chronicle(self._household, self._store.keep, boot_id=boot_id())
        self._lamps = Lamps(settings.lights, link, self._inbox.offer, kinds=settings.kinds())
        self._workers = Workers(self._lamps.limits_per_s, clock.mono_s)
        self._colours = [TROUBLE_COLOUR, *(sound.colour for sound in sounds.sound.values())]
        self._stage = Stage(self._lamps.lamps, self._workers, Director(groups), self._store.keep)
        self._stage.recall((), self._colours, now.mono_s)
        self._announcer = Announcer(link, release)
        portrait = Portrait(settings, self._household, self._stage, version=release, broker=broker)
        first = portrait.home(now, broker_up=False)
        self.home = Feed(first, lambda alert: self._inbox.put(Acknowledge(alert)), self._counters)
        self._screen = Screen(
            settings,
            link,
            household=self._household,
            portrait=portrait,
            renderer=self._renderer,
            announcer=self._announcer,
            home=self.home,
            now_s=now.mono_s,
        )
        self._watch = Watch(
            link, self._store, self._inbox, self._household.nodes, self._stage, now.mono_s
        )
        self._ledger = Ledger(self._store, self._announcer, self.home, self._chronicle.recall)
        self._tick_s = now.mono_s
        self._heart = Heart(Pulse(watchdog_s()))
        self._events = self._alerts = self._malformed = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        for kind in ("event", "health", "status"):
            link.subscribe(every_node(kind), self._inbox.admit, qos=1 if kind == "status" else 0)
        link.when_up(lambda: self._inbox.put(LinkUp()))

    def start(self) -> None:
        """Recall the last run, then listen and work."""
        self._store.start()
        memory = self._store.memory(MEMORY_S)
        self._stage.recall(memory.lamps, self._colours, self._clock.mono_s())
        self._ledger.recall()
        self._lamps.start()
        self._workers.start()
        self._thread.start()
        self._link.start()

    def stop(self) -> None:
        """Send the lamps back, store what waits, say goodbye; takes a second at most."""
        self._ending.set()
        self._thread.join(0.5)
        self._workers.stop()
        self._workers.join(0.3)
        self._lamps.stop()
        self._store.stop(0.5)
        self._announcer.goodbye()
        self._link.stop()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._turn()
            except Exception:
                log.exception("one turn of the hub's loop failed")
                self._watch.failed_s = self._clock.mono_s()
                self._ending.wait(0.01)
        self._stage.leave(self._clock.mono_s())
        self._chronicle.say_alive(self._now())

    def _turn(self) -> None:
        message = self._inbox.next(self._due_s() - self._clock.mono_s())
        now = self._now()
        if self._chronicle.follow(now):
            self._screen.changed("home")
        if message is not None:
            self._heart.taken()
            self._gather(message, now)
            self._heart.handled()
        if now.mono_s >= self._stage.due_s:
            self._stage.advance(now.mono_s)
        ticks = now.mono_s >= self._tick_s + TICK_S
        if ticks:
            self._tick_s = now.mono_s
            self._tick(now)
        self._screen.show(now)
        if ticks:
            self._heart.ticked(now.mono_s, self._status())

    def _due_s(self) -> float:
        return min(self._stage.due_s, self._tick_s + TICK_S, self._screen.due_s)

    def _gather(self, message: Message, now: Moment) -> None:
        match message:
            case Arrival():
                self._arrived(message, now)
            case LampReport():
                self._stage.reported(message, now.mono_s)
                self._screen.changed("lamps")
            case Stored(records):
                if self._ledger.stored(records):
                    self._screen.changed("home")
            case Acknowledge(alert_id):
                self._deliver(self._household.acknowledge(alert_id, now), now)
            case LinkUp():
                self._household.nodes.give_time(now.mono_s)
                self._announcer.hello()

    def _arrived(self, arrival: Arrival, now: Moment) -> None:
        try:
            message = read(arrival)
        except PayloadError as fault:
            self._malformed += 1
            log.warning("malformed message dropped", extra={"topic": arrival.topic, "fault": fault})
            return
        match message:
            case Heard(node_id, event) if event.event_id in self._ledger:
                self._household.nodes.heard(node_id)
                self._ledger.enter_again(node_id, event.event_id)
            case Heard(node_id, event):
                self._heard(node_id, event, now)
            case Alive(node_id, health):
                self._deliver(self._household.alive(node_id, health, now), now)
            case Told(node_id, status):
                self._household.told(node_id, status, now)
        self._screen.changed("home")

    def _heard(self, node_id: str, event: SoundEvent, now: Moment) -> None:
        """Decide, dispatch, then store; the acknowledgement follows the COMMIT."""
        verdict = self._household.heard(node_id, event, now)
        self._deliver(verdict.news, now)
        row = render.row(node_id, event, verdict)
        self._ledger.enter(EventRecord(row=row, event=event, received_s=now.wall_s))
        self._chronicle.came_in(event.event_id, now, is_dated=verdict.when.is_dated)
        self._events += 1
        facts = {"event_id": event.event_id, "node_id": node_id, "sound": event.sound}
        log.info("received", extra=facts | {"phase": event.phase, "seq": event.seq})
        reason, until_s = verdict.decision.reason, verdict.decision.until_s
        until = {} if until_s is None else {"until": rfc3339(until_s)}
        log.info("decided: %s", SENTENCES[reason], extra=facts | {"reason": reason} | until)

    def _deliver(self, news: list[News], now: Moment) -> None:
        """Lamps first, then wristbands and displays, then the journal."""
        for item in news:
            cue = self._renderer.cue(item) if item.phase == "raised" else None
            if cue:
                self._stage.play(cue, now.mono_s)
            elif item.phase in ("acknowledged", "quiet") and not item.alert.missed:
                self._stage.stop(render.cue_id(item.alert), now.mono_s)
            message = self._renderer.alert_message(item, now.wall_s)
            if message:
                self._announcer.alert(message)
            self._store.keep(render.journal(item, now.wall_s))
            self._alerts += item.phase == "raised"
            self._screen.changed("home")
            facts = {"event_id": item.alert.alert_id, "room_id": item.alert.room_id}
            log.info("alert %s%s", item.phase, render.missed(item.alert), extra=facts)

    def _tick(self, now: Moment) -> None:
        """Let time pass: what ends, which lamp needs something, what is broken."""
        self._deliver(self._household.tick(now), now)
        self._stage.tick(now.mono_s)
        self._ledger.recall()
        storing = not self._store.fault
        if self._chronicle.take_stock(now, broker_up=self._link.is_up, is_storing=storing):
            self._screen.changed("home")
        board, faults = self._household.troubles, self._watch.faults(now)
        known = board.all()
        broken, mended = board.update(faults, now_s=now.mono_s, wall_s=now.wall_s)
        if broken:
            self._stage.play(self._renderer.trouble_cue(), now.mono_s)
        for trouble in broken:
            self._announcer.alert(self._renderer.trouble_message(trouble, "raised", now.wall_s))
            log.warning("trouble: %s", render.trouble_text(trouble))
        for trouble in mended:
            self._announcer.alert(self._renderer.trouble_message(trouble, "ended", now.wall_s))
            log.info("mended: %s", render.trouble_text(trouble))
        if board.all() != known:
            self._screen.changed("home")

    def _status(self) -> str:
        rooms = self.home.view().rooms
        return f"rooms heard: {sum(room.hears for room in rooms)} of {len(rooms)}"

    def _counters(self) -> Counters:
        tally = self._workers.tally()
        return Counters(
            events=self._events,
            events_dropped=self._inbox.refused + self._malformed + self._link.faults,
            alerts=self._alerts,
            lamp_commands=tally.done,
            lamp_failures=tally.failed,
            stored=self._store.stored,
            store_failures=self._store.failures,
        )

    def _now(self) -> Moment:
        return Moment(self._clock.mono_s(), self._clock.wall_s())


def _new_id() -> str:
    return str(uuid.uuid4())
