"""The home as pages see it: one frozen picture out of what the hub knows."""

from msgspec.structs import replace

from hub.alert import Alert
from hub.faults import LAMP_SILENT, Fault
from hub.household import Household, Moment
from hub.lights.colour import hex_of, rgb_of_mired
from hub.lights.port import FULL, LampState
from hub.lights.stage import Stage
from hub.render import room_of
from hub.settings import HubSettings, Light, Room
from hub.supervise import Trouble
from hub.view import AlertView, HomeView, LampView, NodeView, RoomView, SoundView, TroubleView

WHITE = "#ffffff"
QUIET_DB = -120.0


class Portrait:
    """Draws the home."""

    def __init__(
        self,
        settings: HubSettings,
        household: Household,
        stage: Stage,
        *,
        version: str,
        broker: str,
    ) -> None:
        self._settings = settings
        self._household = household
        self._stage = stage
        self._version = version
        self._broker = broker

    def home(self, now: Moment, *, broker_up: bool) -> HomeView:
        """Return the whole home at this moment."""
        alerts = self._household.alerts.all()
        where = {sound: self._household.rooms.where(sound) for sound in {a.sound for a in alerts}}
        return HomeView(
            at_s=now.wall_s,
            version=self._version,
            broker=self._broker,
            broker_up=broker_up,
            rooms=tuple(
                self._room(room_id, room, now) for room_id, room in self._settings.rooms.items()
            ),
            alerts=tuple(
                _alert(alert, [] if alert.missed else where[alert.sound]) for alert in alerts
            ),
            lamps=self.lamps(),
            troubles=tuple(self._trouble(trouble) for trouble in self._household.troubles.all()),
            gaps=tuple(self._household.gaps.all()),
        )

    def lamps(self) -> tuple[LampView, ...]:
        """Return the lamps alone."""
        silent = self._stage.silent_since_s()
        return tuple(
            self._lamp(lamp_id, light, answers=lamp_id not in silent)
            for lamp_id, light in self._settings.lights.items()
        )

    def lamps_moved(self, view: HomeView, now: Moment) -> HomeView:
        """Return an earlier picture in which only the lamps are new."""
        return replace(view, at_s=now.wall_s, lamps=self.lamps())

    def _room(self, room_id: str, room: Room, now: Moment) -> RoomView:
        nodes = tuple(self._node(node_id, now) for node_id in room.nodes)
        return RoomView(
            room_id=room_id,
            name_en=room.title("en"),
            name_ko=room.title("ko"),
            hears=any(node.hears for node in nodes),
            sounds=tuple(
                SoundView(
                    sound=hearing.sound,
                    urgency=self._household.urgency(hearing.sound),
                    score=hearing.score,
                    since_s=hearing.since_s,
                )
                for hearing in self._household.rooms.sounds(room_id)
            ),
            nodes=nodes,
        )

    def _node(self, node_id: str, now: Moment) -> NodeView:
        watch = self._household.nodes.watch(node_id)
        health, status = watch.health, watch.status
        return NodeView(
            node_id=node_id,
            hears=self._household.nodes.hears(node_id, now.mono_s),
            level_db=health.level_db if health else QUIET_DB,
            floor_db=health.floor_db if health else QUIET_DB,
            inference_ms=health.inference_ms if health else 0.0,
            outbox_depth=health.outbox_depth if health else 0,
            dropped_windows=health.dropped_windows if health else 0,
            version=status.version if status else "",
            model=status.model if status else "",
            unproven=status.unproven if status else (),
            last_heard_s=watch.health_wall_s,
        )

    def _lamp(self, lamp_id: str, light: Light, *, answers: bool) -> LampView:
        state = self._stage.state(lamp_id) or LampState()
        return LampView(
            lamp_id=lamp_id,
            name_en=light.title("en"),
            name_ko=light.title("ko"),
            room_id=light.room,
            on=bool(state.on),
            brightness=min(FULL, round(state.brightness or 0)),
            colour=_colour(state),
            flashing=self._stage.is_flashing(lamp_id),
            answers=answers,
        )

    def _trouble(self, trouble: Trouble) -> TroubleView:
        fault = trouble.fault
        return TroubleView(
            trouble=fault.trouble,
            subject=fault.subject,
            room_id=self._room_of(fault),
            since_s=trouble.since_s,
            detail=fault.detail,
        )

    def _room_of(self, fault: Fault) -> str:
        if fault.trouble == LAMP_SILENT:
            return self._settings.lights[fault.subject].room
        return room_of(fault.subject, self._settings.rooms)


def _alert(alert: Alert, where: list[str]) -> AlertView:
    return AlertView(
        alert_id=alert.alert_id,
        sound=alert.sound,
        urgency=alert.urgency,
        room_id=alert.room_id,
        since_s=alert.since_s,
        score=alert.score,
        heard_by=alert.heard_by,
        reason=alert.reason,
        sounding=alert.sounding,
        acknowledged_s=alert.acknowledged_wall_s,
        ear_lost=alert.ear_lost,
        parts=alert.parts,
        until_s=alert.until_s,
        also_in=tuple(r for r in where if r != alert.room_id and not alert.missed),
    )


def _colour(state: LampState) -> str:
    if state.colour is not None:
        return hex_of(state.colour.rgb())
    return WHITE if state.mired is None else hex_of(rgb_of_mired(state.mired))
