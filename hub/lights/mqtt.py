"""Lamps over MQTT, each family by its template."""

import logging
import time
from collections import deque
from contextlib import suppress

from msgspec.structs import replace

from contract.errors import PayloadError, UnavailableError
from contract.mqtt import Arrival, MqttLink
from hub.ingest import Buckets
from hub.lights import speech
from hub.lights.colour import LampColour, rgb_of
from hub.lights.hearing import read
from hub.lights.kinds import USUAL, LampKind, shipped
from hub.lights.port import BRIGHTNESS_STEPS, LampReport, LampState, Look, Report, merged

GONE = "it signed off, or its connection broke; check that it has power"
NOTHING = LampState()
LATE_REPORTS = 4
"""WLED speaks once a second, and four looks are what an alert shows in a second."""

log = logging.getLogger(__name__)


class MqttLamp:
    """One lamp behind the broker."""

    limit_per_s = 20
    """Far more than the flash budget asks for: Zigbee2MQTT itself queues for the radio."""
    needs_broker = True

    def __init__(
        self,
        link: MqttLink,
        lamp_id: str,
        topic: str,
        report: Report,
        kind: LampKind | None = None,
    ) -> None:
        self.fault = ""
        self._link = link
        self._lamp_id = lamp_id
        self._kind = (kind or shipped()[USUAL]).at(topic)
        self._report = report
        self._bucket = Buckets()
        self._online: bool | None = None
        self._known = NOTHING
        self._dimmed: float | None = None
        """The brightness that it keeps while it is off, for those that do not say it then."""
        self._told: deque[float] = deque(maxlen=LATE_REPORTS)
        if self._kind.availability:  # first: it decides what the broker's memory is worth
            link.subscribe(self._kind.availability, self._will_arrived)
        for state in self._kind.states:
            link.subscribe(state, self._state_arrived)

    def show(self, look: Look) -> None:
        """Take on a look at once, without a fade."""
        if not look.brightness:
            self._tell(speech.dark(self._kind))
            return
        red, green, blue = (round(255 * part) for part in rgb_of(look.colour))
        colour = LampColour(r=red, g=green, b=blue)
        self._light(LampState(on=True, brightness=look.brightness, colour=colour))

    def restore(self, state: LampState) -> None:
        """Go back to an earlier state.

        A lamp that was off takes back its brightness and colour first: many take neither while
        they are off, and would come on in the alert's colour the next time.
        """
        if state.on or speech.has_light(self._kind, state):
            self._light(state)
        if not state.on:
            self._tell(speech.dark(self._kind))

    def ask(self) -> None:
        """Ask the lamp to say how it is; for one that cannot be asked, its last will answers."""
        if self._kind.ask_topic:
            self._publish(self._kind.ask_topic, self._kind.ask)
        elif not self._link.is_up:
            raise UnavailableError(f"{self._kind.command}: the broker is away; nobody can tell")
        elif self._online:
            self._say(self._known, live=True)

    def _light(self, state: LampState) -> None:
        if state.brightness is not None:
            self._dimmed = state.brightness
            self._told.append(state.brightness)
        self._tell(speech.lit(self._kind, state))

    def _tell(self, command: str) -> None:
        self._publish(self._kind.command, command)
        if not self._kind.ask_topic and self._online:
            self._say(NOTHING, live=True)
        elif self._kind.ask_topic and not self._kind.echoes:
            self.ask()

    def _publish(self, topic: str, message: str) -> None:
        if not self._link.publish(topic, message.encode()):
            raise UnavailableError(f"{topic}: the broker is away; the lamp was not reached")

    def _state_arrived(self, arrival: Arrival) -> None:
        if not self._bucket.take(self._lamp_id, time.monotonic()):
            log.warning("lamp %s talks too fast, some is dropped", self._lamp_id)
            return
        try:
            state = read(arrival.payload, arrival.topic, self._kind)
        except PayloadError as fault:
            log.warning("lamp %s sends what no lamp says", self._lamp_id, extra={"fault": fault})
            return
        if not arrival.retained:
            self._online, self.fault = True, ""
        vouched = bool(self._online) and not self._kind.ask_topic
        self._heard(state, live=vouched or not arrival.retained)

    def _heard(self, state: LampState, *, live: bool) -> None:
        known = merged(state, self._known)
        if not self._kind.reads.on:
            known = self._dimmed_too(state, known)
        self._known = known
        self._say(NOTHING if state == NOTHING else known, live=live)

    def _dimmed_too(self, state: LampState, known: LampState) -> LampState:
        """Add the brightness of a lamp that is off; a late report of ours does not change it."""
        shown = state.brightness
        if shown is not None and all(abs(shown - told) > BRIGHTNESS_STEPS for told in self._told):
            self._dimmed = shown
        if state.on is False and self._dimmed is not None:
            return replace(known, brightness=self._dimmed)
        return known

    def _will_arrived(self, arrival: Arrival) -> None:
        """Its last will, by which the broker itself says that it is gone."""
        word = arrival.payload.strip()
        if word == self._kind.offline.encode():
            self._online, self.fault = False, GONE
            self._report(LampReport(lamp_id=self._lamp_id, state=NOTHING, live=False, gone=True))
        elif word == self._kind.online.encode():
            was_gone, self._online, self.fault = self._online is False, True, ""
            if was_gone or not self._kind.ask_topic:
                with suppress(UnavailableError):
                    self.ask()
        else:
            log.warning("lamp %s has an odd last will", self._lamp_id)

    def _say(self, state: LampState, *, live: bool) -> None:
        self._report(LampReport(lamp_id=self._lamp_id, state=state, live=live))
