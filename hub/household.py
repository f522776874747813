"""The home as the hub knows it: takes messages in, decides, and says what came of it. Pure."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from contract.catalogue import Urgency
from contract.clock import is_settled
from contract.messages import Health, NodeStatus, Phase, SoundEvent
from hub.alert import Alert, News
from hub.alerts import Alerts
from hub.clocks import NodeClocks, When
from hub.gaps import Gaps
from hub.policy import LATE_S, Decision, Policy, Reason, Situation
from hub.recent import Recent
from hub.rooms import Hearing, Rooms
from hub.supervise import Board, Nodes
from hub.view import Gap, Why

SET_S = 5.0
"""A wall clock that parts from the monotonic one by this much was set, or drifted for days."""

ENDS_REMEMBERED = 1000
"""As many as a node keeps in memory: after an outage an end may overtake its beginning."""


class Moment(NamedTuple):
    """One instant on both clocks."""

    mono_s: float
    wall_s: float


class Verdict(NamedTuple):
    """What came of one event."""

    room_id: str
    when: When
    decision: Decision
    news: list[News]


class Household:
    """Everything that decisions depend on, and the decisions.

    Attributes:
        rooms: What sounds where.
        alerts: What people have been told, or must be.
        nodes: Which ears are well.
        troubles: What is broken.
        gaps: When nobody listened.
    """

    def __init__(
        self,
        room_of: Mapping[str, str],
        policy: Policy,
        now: Moment,
        *,
        new_id: Callable[[], str],
    ) -> None:
        """Begin in silence.

        Args:
            room_of: The room of each node.
            policy: What deserves an alert.
            now: The start.
            new_id: Makes the id of what begins here.
        """
        self.rooms = Rooms(room_of, lambda sound: policy.urgency(sound) is Urgency.EMERGENCY)
        self.alerts = Alerts()
        self.nodes = Nodes(room_of, now.mono_s)
        self.troubles = Board()
        self._nodes_of = _by_room(room_of)
        self.gaps = Gaps(self._nodes_of, now.mono_s, new_id)
        self._policy = policy
        self._clocks = NodeClocks()
        self._room_of = room_of
        self._lost: set[str] = set()
        self._offset_s = now.wall_s - now.mono_s
        self._over = Recent(ENDS_REMEMBERED)

    def urgency(self, sound: str) -> Urgency:
        """Return how urgent a sound is in this home."""
        return self._policy.urgency(sound)

    def follow(self, now: Moment) -> float:
        """Follow the wall clock, before anything else is done at this moment.

        Where it was set, all that it has dated moves along: how long ago something was does not
        change.

        Returns:
            By how much it was set, 0 where it was not.
        """
        moved_s = now.wall_s - now.mono_s - self._offset_s
        if abs(moved_s) < SET_S:
            return 0.0
        self._offset_s += moved_s
        for dated in (self.rooms, self.alerts, self.nodes, self.troubles):
            dated.shift(moved_s)
        return moved_s

    def heard(self, node_id: str, event: SoundEvent, now: Moment) -> Verdict:
        """Take in an event that is not known yet."""
        self.nodes.heard(node_id)
        room_id = self.rooms.room_of(node_id)
        when = self._clocks.when(node_id, event, now_s=now.mono_s, wall_s=now.wall_s)
        age_s = when.age_s
        late = self._is_past(node_id, event, age_s, now)
        news = []
        if event.phase is Phase.BEGAN and not late:
            news += self._restarted(node_id, event, now)
        alert = self.alerts.get(room_id, event.sound)
        situation = Situation(
            late=late,
            still_sounding=(alert is not None and alert.sounding)
            or self.alerts.was_raised(event.event_id),
            since_alert_s=self.alerts.since_last_s(room_id, event.sound, now.mono_s),
            wall_s=now.wall_s if is_settled(now.mono_s, now.wall_s) else None,
        )
        decision = self._policy.judge(event.sound, event.phase, situation)
        if event.phase is Phase.ENDED:
            self._over.add(event.began_id or "", now.mono_s - age_s)
            news += self._ended(node_id, event.sound, now, event.began_id)
            news += self._not_missed(event, age_s, now)
        elif event.phase is Phase.BEGAN and not late and event.event_id not in self._over:
            self._began(node_id, event, age_s, now)
        if decision.alerts:
            news += self.alerts.open(_alert(room_id, event, decision, when, now))
            news += self._overtaken(room_id, event, now)
        elif decision.reason in (Reason.MISSED, Reason.LATE):
            self.alerts.miss(_alert(room_id, event, decision, when, now), now.mono_s)
        return Verdict(room_id, when, decision, news)

    def alive(self, node_id: str, health: Health, now: Moment) -> list[News]:
        """Take in a sign of life, and set right what got lost: what it lists sounds now."""
        self._clocks.alive(node_id, health, now.mono_s)
        self.nodes.alive(node_id, health, now_s=now.mono_s, wall_s=now.wall_s)
        room_id = self.rooms.room_of(node_id)
        over = self.rooms.listed(node_id, health.sounding, now_s=now.mono_s, wall_s=now.wall_s)
        news = [item for sound in over for item in self._ended(node_id, sound, now)]
        for hearing in self.rooms.heard_in(room_id):
            if hearing.node_id == node_id:
                self.alerts.ear(room_id, hearing.sound, lost=False)
                news += self._heal(room_id, hearing, now)
        self._lost.discard(node_id)
        return news

    def told(self, node_id: str, status: NodeStatus, now: Moment) -> None:
        """Take in what a node, or its last will, says it is."""
        self.nodes.told(node_id, status, now.mono_s)

    def acknowledge(self, alert_id: str, now: Moment) -> list[News]:
        """A person has seen an alert."""
        return self.alerts.acknowledge(alert_id, now_s=now.mono_s, wall_s=now.wall_s)

    def tick(self, now: Moment) -> list[News]:
        """Let time pass."""
        news = [
            item
            for node_id in self._room_of
            if node_id not in self._lost and self.nodes.is_gone(node_id, now.mono_s)
            for item in self._lose(node_id, now)
        ]
        return news + self.alerts.tick(now.mono_s)

    def listen(self, now: Moment, *, broker_up: bool) -> list[Gap]:
        """Take stock of who listens; return what is new about when nobody did."""
        ears = {
            room_id: self.nodes.ear(nodes, now.mono_s) for room_id, nodes in self._nodes_of.items()
        }
        why: Why = "ear" if broker_up else "broker"
        return self.gaps.turn(ears, now_s=now.mono_s, wall_s=now.wall_s, why=why)

    def _is_past(self, node_id: str, event: SoundEvent, age_s: float, now: Moment) -> bool:
        """Whether an event is old, or was overtaken by a later one, and does not sound still.

        A beginning whose end is known by now is as old as that.
        """
        hearing = self.rooms.hearing(node_id, event.sound)
        if hearing is None:
            over_s = self._over.at_s(event.event_id) if event.phase is Phase.BEGAN else None
            return (age_s if over_s is None else now.mono_s - over_s) > LATE_S
        overtaken = now.mono_s - age_s < hearing.began_s
        return hearing.event_id != event.event_id and (age_s > LATE_S or overtaken)

    def _not_missed(self, event: SoundEvent, age_s: float, now: Moment) -> list[News]:
        """Raise an emergency after all that was taken for missed but ended only just now."""
        alert = self.alerts.missed(event.began_id or "")
        if alert is None or alert.urgency is not Urgency.EMERGENCY or age_s > LATE_S:
            return []
        if self.rooms.is_on(alert.room_id, alert.sound):  # its alert must not end with this one
            return []
        raised = self.alerts.open(
            replace(
                alert,
                missed=False,
                reason=Reason.EMERGENCY,
                sounding=True,
                raised_s=now.mono_s,
                ended_s=None,
                quiet=False,
            )
        )
        return raised + self.alerts.sound_ended(alert.room_id, alert.sound, now.mono_s)

    def _overtaken(self, room_id: str, event: SoundEvent, now: Moment) -> list[News]:
        """Its end came in before its beginning: people are told, and that it is over."""
        if event.event_id not in self._over or self.rooms.is_on(room_id, event.sound):
            return []
        return self.alerts.sound_ended(room_id, event.sound, now.mono_s)

    def _restarted(self, node_id: str, event: SoundEvent, now: Moment) -> list[News]:
        """A node begins anew what it still seems to hear: the end in between was lost."""
        hearing = self.rooms.hearing(node_id, event.sound)
        if hearing is None or hearing.event_id == event.event_id:
            return []
        return self._ended(node_id, event.sound, now)

    def _began(self, node_id: str, event: SoundEvent, age_s: float, now: Moment) -> None:
        known_s = age_s if math.isfinite(age_s) else 0.0
        self.rooms.began(
            Hearing(
                node_id=node_id,
                sound=event.sound,
                event_id=event.event_id,
                since_s=now.wall_s - known_s,
                began_s=now.mono_s - known_s,
                listed_s=now.mono_s,
                score=event.score,
                heard_by=event.heard_by,
            )
        )
        room_id = self.rooms.room_of(node_id)
        self.alerts.learn(room_id, event.sound, score=event.score, heard_by=event.heard_by)

    def _ended(
        self, node_id: str, sound: str, now: Moment, began_id: str | None = None
    ) -> list[News]:
        if not self.rooms.ended(node_id, sound, began_id):
            return []
        return self.alerts.sound_ended(self.rooms.room_of(node_id), sound, now.mono_s)

    def _heal(self, room_id: str, hearing: Hearing, now: Moment) -> list[News]:
        """Give an emergency that sounds now the alert that it lacks."""
        alert = self.alerts.get(room_id, hearing.sound)
        decision = Decision(Reason.EMERGENCY, self._policy.urgency(hearing.sound))
        if decision.urgency is not Urgency.EMERGENCY or (alert and alert.sounding):
            return []
        return self.alerts.open(
            Alert(
                alert_id=hearing.event_id,
                sound=hearing.sound,
                urgency=decision.urgency,
                room_id=room_id,
                reason=decision.reason,
                since_s=hearing.since_s,
                raised_s=now.mono_s,
                score=hearing.score,
                heard_by=hearing.heard_by,
            )
        )

    def _lose(self, node_id: str, now: Moment) -> list[News]:
        """A node went away: its emergencies stay, with their ear lost; the rest is over."""
        self._lost.add(node_id)
        room_id = self.rooms.room_of(node_id)
        news = []
        for hearing in self.rooms.lose(node_id):
            if self._policy.urgency(hearing.sound) is not Urgency.EMERGENCY:
                news += self._ended(node_id, hearing.sound, now)
            elif all(h.lost for h in self.rooms.heard_in(room_id) if h.sound == hearing.sound):
                self.alerts.ear(room_id, hearing.sound, lost=True)
        return news


def _by_room(room_of: Mapping[str, str]) -> dict[str, list[str]]:
    nodes_of: dict[str, list[str]] = {}
    for node_id, room_id in room_of.items():
        nodes_of.setdefault(room_id, []).append(node_id)
    return nodes_of


def _alert(room_id: str, event: SoundEvent, decision: Decision, when: When, now: Moment) -> Alert:
    missed = not decision.alerts
    return Alert(
        alert_id=event.event_id,
        sound=event.sound,
        urgency=decision.urgency,
        room_id=room_id,
        reason=decision.reason,
        since_s=when.heard_s,
        is_dated=when.is_dated,
        raised_s=now.mono_s,
        score=event.score,
        heard_by=event.heard_by,
        sounding=not missed,
        missed=missed,
        ended_s=now.mono_s if missed else None,
    )
