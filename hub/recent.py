"""The newest ids of a kind, so many and no more."""

from collections import OrderedDict


class Recent:
    """Remembers the last ids that it was told; older ones are forgotten."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, known_id: str) -> bool:
        return known_id in self._ids

    def add(self, new_id: str) -> None:
        """Remember one."""
        self._ids[new_id] = None
        self._ids.move_to_end(new_id)
        if len(self._ids) > self._size:
            self._ids.popitem(last=False)
