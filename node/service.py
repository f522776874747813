"""A node at work: listen, frame, see, judge, detect, report; and say every 5 s that it lives."""

import logging
import threading
import time
import uuid
from pathlib import Path
from typing import Literal

from contract.clock import NOT_BEFORE_S, Clock, SystemClock, rfc3339
from contract.errors import InputError, SettingsError
from contract.messages import Ack, Health, HubStatus, NodeStatus, decode, encode
from contract.mqtt import Account, Arrival, MqttLink, Will
from contract.places import state_folder
from contract.process import notify, stop_event, version, watchdog_s
from contract.pulse import Pulse
from contract.topics import HUB_STATUS, node_ack, node_event, node_health, node_status
from node import bundle
from node.beyond import RULES
from node.classifier import open_first
from node.detection import Detection
from node.ear import Ear
from node.health import (
    NO_AUDIO_S,
    Meter,
    Troubles,
    is_time_synchronised,
    some_unproven,
    temperature_c,
)
from node.outbox import Outbox
from node.pace import Pace
from node.settings import NodeSettings
from node.sources import Source, open_source
from node.voice import Voice

WAKE_S = 0.5
"""A read takes at most twice as long: the loop wakes at least once a second."""
HEALTH_S = 5.0
LATE_S = 2.0
"""A window that waited longer for the network is given up: the next ones matter more."""
LEAVE_S = 0.2
"""amqtt drops what it has not routed when its sender leaves (measured)."""

log = logging.getLogger(__name__)


class Node:
    """One room's ear with all that it needs to be heard."""

    def __init__(
        self,
        settings: NodeSettings,
        state: Path,
        ear: Ear,
        source: Source,
        clock: Clock,
        *,
        refused: str = "",
    ) -> None:
        """Take the parts; nothing is sent before `run`.

        Args:
            settings: Who this node is, and where its broker is.
            state: Folder of the outbox.
            ear: What hears.
            source: Where the sound comes from.
            clock: Both clocks.
            refused: Why a newer bundle than the ear's was not used.

        Raises:
            SettingsError: The password file cannot be read.
        """
        self._id, self._clock, self._ear, self._source = settings.node_id, clock, ear, source
        self._refused, self._is_piped = refused, settings.audio.source in {"fifo", "stdin"}
        self._voice = Voice(ear.model, lambda: str(uuid.uuid4()))
        self._meter, self._troubles, self._pace = Meter(clock.mono_s()), Troubles(), Pace()
        self._health_s, self._judging_s, self._judged = -HEALTH_S, 0.0, 0
        self._came_up, self._greeted = False, False
        self._pulse = Pulse(watchdog_s())
        account = settings.broker.account(default_username=self._id)
        will = Will(node_status(self._id), encode(self._status("offline")))
        self._link = MqttLink(
            account, client_id=self._id, will=will, if_refused=_refusal(account, self._id)
        )
        self._outbox = Outbox(state / f"outbox-{self._id}.db", self._send, clock)
        self._link.when_up(self._up)
        self._link.subscribe(node_ack(self._id), self._acknowledged, qos=1)
        self._link.subscribe(HUB_STATUS, self._hub_changed, qos=1)

    def run(self, stop: threading.Event) -> None:
        """Listen until told to stop."""
        self._link.start()
        while not stop.is_set():
            self._step()
        self._close()

    def _step(self) -> None:
        """Hear one block; at least once a second, sound or not."""
        self._greet()
        block = self._source.read(WAKE_S)  # listen
        now_s = self._clock.mono_s()
        if block:
            self._meter.hear(block, now_s)
            for heard in self._ear.hear(block, not_before_s=now_s - LATE_S):  # frame ... detect
                self._report(heard)
            took_s = self._clock.mono_s() - now_s
            self._judging_s += took_s
            self._pace.judged(block.ended_s - block.started_s, took_s=took_s)
        self._live()
        self._pulse.beat(self._clock.mono_s(), self._words())

    def _report(self, heard: Detection) -> None:
        offset_s = self._clock.wall_s() - self._clock.mono_s()
        event = self._voice.event(heard, wall_offset_s=offset_s, clock_ok=self._clock_ok())
        said = {"event_id": event.event_id, "sound": event.sound, "phase": str(event.phase)}
        log.info("heard", extra=said)
        self._outbox.report(event)

    def _live(self) -> None:
        """Tell troubles when they change, and every few seconds that this loop still turns."""
        now_s = self._clock.mono_s()
        silent = self._meter.frame_age_s(now_s) > NO_AUDIO_S
        slow = self._pace.doubt(self._dropped(), now_s)
        present = {  # the worst first: a status has room for the first few
            "no_audio": f"no sound came for {NO_AUDIO_S:.0f} s" if silent else "",
            "microphone_missing": self._source.lost,
            **({} if silent else self._doubts(slow=bool(slow))),
            "node_overloaded": "" if silent else slow,
            "cannot_store": self._outbox.trouble,
            "model_refused": self._refused,
        }
        changed = self._troubles.update(present, rfc3339(self._clock.wall_s()))
        if changed and self._greeted:
            self._say_status("online")
        if (changed or now_s - self._health_s >= HEALTH_S) and self._greeted:
            self._say_health(now_s)  # with news at once: whether the room hears stands in it alone

    def _greet(self) -> None:
        """After each connect: who we are and what sounds now, before anything that has waited."""
        if not self._came_up:
            return
        self._came_up = False
        self._say_status("online")
        self._say_health(self._clock.mono_s())
        self._greeted = True
        self._outbox.wake()

    def _say_status(self, state: Literal["online", "offline"]) -> None:
        self._link.publish(node_status(self._id), encode(self._status(state)), qos=1, retain=True)

    def _say_health(self, now_s: float) -> None:
        judged = max(1, self._ear.decisions - self._judged)
        zeros, clipped = self._meter.shares()
        health = Health(
            boot_id=self._voice.boot_id,
            mono_s=round(now_s, 3),
            frame_age_s=round(self._meter.frame_age_s(now_s), 3),
            sounding=self._voice.sounding(self._ear.sounding, now_s),
            level_db=round(self._ear.level_db, 1),
            floor_db=round(self._ear.floor_db, 1),
            zero_share=round(zeros, 4),
            clipping=round(clipped, 4),
            inference_ms=round(1000.0 * self._judging_s / judged, 3),
            dropped_windows=self._dropped(),
            outbox_depth=self._outbox.depth,
            temperature_c=temperature_c(),
        )
        self._health_s, self._judging_s, self._judged = now_s, 0.0, self._ear.decisions
        self._link.publish(node_health(self._id), encode(health))

    def _status(self, state: Literal["online", "offline"]) -> NodeStatus:
        return NodeStatus(
            state=state,
            version=version(),
            model=self._ear.model,
            unproven=some_unproven(self._ear.unproven),
            troubles=self._troubles.listed() if state == "online" else (),
        )

    def _doubts(self, *, slow: bool) -> dict[str, str]:
        """What speaks against the source; a pipe cannot tell its writer's pace from our own."""
        blameless = {"microphone_rate"} if slow and self._is_piped else set()
        return {name: why for name, why in self._source.doubts.items() if name not in blameless}

    def _dropped(self) -> int:
        return self._ear.dropped + self._source.dropped

    def _words(self) -> str:
        troubles = ", ".join(trouble.id for trouble in self._troubles.listed())
        return f"{self._id}: {troubles or 'hears'}"

    def _send(self, payload: bytes) -> bool:
        return self._greeted and self._link.publish(node_event(self._id), payload)

    def _clock_ok(self) -> bool:
        return self._clock.wall_s() >= NOT_BEFORE_S and is_time_synchronised()

    def _up(self) -> None:
        self._greeted, self._came_up = False, True

    def _acknowledged(self, arrival: Arrival) -> None:
        self._outbox.acknowledge(decode(Ack, arrival.payload, source=arrival.topic).event_ids)

    def _hub_changed(self, arrival: Arrival) -> None:
        if decode(HubStatus, arrival.payload, source=arrival.topic).state == "online":
            self._outbox.wake()

    def _close(self) -> None:
        notify("STOPPING=1")
        self._say_status("offline")
        self._source.close()
        self._outbox.close()
        time.sleep(LEAVE_S)
        self._link.stop()


def _refusal(account: Account, node_id: str) -> str:
    return (
        f"broker {account.host} refused node {account.username}: its settings are of another home "
        "or it was revoked; get new ones on the hub: "
        f"soribit hub add-node {node_id} --again"
    )


def run(settings: NodeSettings, state: Path | None, model: Path | None) -> None:
    """Be a node until a signal ends it.

    Args:
        settings: All about it.
        state: Folder for the outbox, before that of the settings.
        model: Folder of the bundle; no other is tried then.

    Raises:
        SettingsError: A setting does not fit the bundle, or the password file cannot be read.
        InputError: The bundle or the source cannot be used.
        UnavailableError: There is no TFLite runtime.
    """
    stop, clock = stop_event(), SystemClock()
    folder = state_folder(state, settings.state)
    named = Path(settings.model) if settings.model else None
    classifier, refused = open_first(bundle.find(model, folder, named))
    if refused:
        log.error("%s; using %s", refused, classifier.bundle.folder)
    rules = settings.rules(classifier.bundle.manifest)
    for sound in sorted(set(rules) - {*classifier.sounds, *RULES}):
        log.warning("thresholds.%s: the bundle does not know this sound", sound)
    try:
        ear = Ear(classifier, settings.hop_s, rules)
    except InputError as error:
        raise SettingsError([f"hop_s = {settings.hop_s}: {error}"]) from error
    source = open_source(settings.audio, ear.hop_samples, clock, time.sleep)
    Node(settings, folder, ear, source, clock, refused=refused).run(stop)
