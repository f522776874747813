"""What a virtual lamp is, whatever its family."""

from typing import Protocol

from msgspec import Struct


class Said(Struct, frozen=True):
    """One message of a lamp."""

    topic: str
    payload: bytes
    retain: bool = False


class VirtualLamp(Protocol):
    """A lamp of one family."""

    @property
    def hears(self) -> tuple[str, ...]:
        """The topics of its commands."""

    @property
    def light(self) -> Struct:
        """What it shows, in its family's own terms."""

    def recall(self, memory: bytes) -> None:
        """Take on a light that was kept as JSON.

        Raises:
            msgspec.MsgspecError: It is none of this family.
        """

    def alive(self, *, here: bool) -> Said:
        """Return what it says on connecting, and its last will."""

    def state(self) -> list[Said]:
        """Return how it says it is."""

    def obey(self, topic: str, payload: bytes, now_s: float) -> list[Said]:
        """Carry out a command and return what it says then.

        Raises:
            PayloadError: It is no command of this family.
        """

    def idle(self, now_s: float) -> list[Said]:
        """Return what it has to say by itself."""
