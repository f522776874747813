"""A lamp without a wire; it passes the same tests as the real drivers (tests/ports)."""

import threading

from hub.lights.colour import LampColour, rgb_of
from hub.lights.port import LampReport, LampState, Look, Report


class FakeLamp:
    """Does at once what it is told, says so, and remembers every look."""

    limit_per_s = 1000

    def __init__(self, lamp_id: str, state: LampState, report: Report) -> None:
        self.state = state
        self.fault = ""
        self.needs_broker = False
        self.looks: list[Look] = []
        self.hang: threading.Event | None = None
        """Where set, each call waits for it."""
        self._lamp_id = lamp_id
        self._report = report

    def show(self, look: Look) -> None:
        """Take on a look."""
        self._wait()
        self.looks.append(look)
        red, green, blue = (255.0 * part for part in rgb_of(look.colour))
        self.state = LampState(
            on=look.brightness > 0,
            brightness=look.brightness or self.state.brightness,
            colour=LampColour(r=red, g=green, b=blue) if look.brightness else self.state.colour,
            mired=None if look.brightness else self.state.mired,
        )
        self.ask()

    def restore(self, state: LampState) -> None:
        """Go back to an earlier state."""
        self._wait()
        self.state = state
        self.ask()

    def ask(self) -> None:
        """Say how it is."""
        self._wait()
        self._report(LampReport(lamp_id=self._lamp_id, state=self.state, live=True))

    def _wait(self) -> None:
        if self.hang:
            self.hang.wait(30.0)
