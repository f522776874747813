"""What pages and displays are shown, and when the next picture is due."""

from contract.mqtt import MqttLink
from hub.announce import Announcer
from hub.feed import Feed
from hub.household import Household, Moment
from hub.portray import Portrait
from hub.render import Renderer
from hub.settings import HubSettings
from hub.view import Change

SHOW_S = 0.2
"""Pages need no more than five pictures a second."""
ALIVE_S = 1.0
"""A picture much older than this says that the hub hangs."""


class Screen:
    """Draws the home anew when something has changed, and once a second all the same."""

    def __init__(  # noqa: PLR0913  it stands where all of these meet
        self,
        settings: HubSettings,
        link: MqttLink,
        *,
        household: Household,
        portrait: Portrait,
        renderer: Renderer,
        announcer: Announcer,
        home: Feed,
        now_s: float,
    ) -> None:
        self._settings = settings
        self._link = link
        self._household = household
        self._portrait = portrait
        self._renderer = renderer
        self._announcer = announcer
        self._home = home
        self._changed: Change | None = "home"
        self._shown_s = self._drawn_s = now_s

    @property
    def due_s(self) -> float:
        """When `show` has something to do; monotonic."""
        return self._shown_s + (SHOW_S if self._changed else ALIVE_S)

    def changed(self, change: Change) -> None:
        """Note that the next picture differs."""
        self._changed = "home" if change == "home" else self._changed or change

    def show(self, now: Moment) -> None:
        """Put up a new picture for pages, and each room's state for displays, if one is due."""
        if now.mono_s < self._shown_s + SHOW_S:
            return
        self._shown_s = now.mono_s
        is_up, view = self._link.is_up, self._home.view()
        if self._changed == "home" or is_up is not view.broker_up:
            self._home.show(self._portrait.home(now, broker_up=is_up), "home")
            self._tell_rooms(now)
        elif self._changed == "lamps":
            self._home.show(self._portrait.lamps_moved(view, now), "lamps")
        elif now.mono_s < self._drawn_s + ALIVE_S:
            return
        else:
            self._home.refresh(self._portrait.home(now, broker_up=is_up))
        self._drawn_s = now.mono_s
        self._changed = None

    def _tell_rooms(self, now: Moment) -> None:
        for room_id in self._settings.rooms:
            message = self._renderer.room_message(room_id, self._household, now.mono_s)
            self._announcer.room(message)
