"""The newest ids of a kind, so many and no more, and when each was."""

from collections import OrderedDict


class Recent:
    """Remembers the last ids that it was told; older ones are forgotten."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ids: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, known_id: str) -> bool:
        return known_id in self._ids

    def at_s(self, known_id: str) -> float | None:
        """Return when an id was; None where it is not remembered."""
        return self._ids.get(known_id)

    def add(self, new_id: str, at_s: float) -> None:
        """Remember one, and when it was."""
        self._ids[new_id] = at_s
        self._ids.move_to_end(new_id)
        if len(self._ids) > self._size:
            self._ids.popitem(last=False)
