"""Logs as JSON lines on stderr: one event a line, no payloads, a repeated fault once a minute."""

import json
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from contract.clock import rfc3339

REPEAT_S = 60.0
REMEMBERED = 1000
"""Different faults remembered at once, so that a flood of them cannot fill the memory."""

WAITING = 10_000
"""Lines that may wait for a terminal or a journal that does not take them; newer ones are lost."""
CLOSE_S = 1.0

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def set_up(part: str, level: int = logging.INFO) -> None:
    """Send every log line of this process to stderr as JSON.

    Args:
        part: Which part of Soribit speaks, "hub" or "node kitchen".
        level: The least level that is written.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(part))
    handler.addFilter(OncePerMinute(time.monotonic))
    logging.basicConfig(level=level, handlers=[Relay(handler)], force=True)


class Relay(logging.Handler):
    """Hands records to a thread of its own: whoever reads our stderr cannot delay an alert."""

    def __init__(self, writer: logging.Handler) -> None:
        super().__init__()
        self._writer = writer
        self._waiting: queue.Queue[logging.LogRecord | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; where too many wait, it is lost."""
        with suppress(queue.Full):
            self._waiting.put_nowait(record)

    def close(self) -> None:
        """Write what waits, for a second at most."""
        with suppress(queue.Full):
            self._waiting.put_nowait(None)
        self._thread.join(CLOSE_S)
        super().close()

    def _write(self) -> None:
        while record := self._waiting.get():
            try:
                self._writer.handle(record)
            except Exception:  # noqa: BLE001 - a library's broken line must not end all others
                self._writer.handleError(record)


class JsonLines(logging.Formatter):
    """One record as one JSON object; what is given as `extra` becomes keys of its own."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": rfc3339(record.created),
            "level": record.levelname.lower(),
            "part": self._part,
            "log": record.name,
            "say": record.getMessage(),
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class OncePerMinute(logging.Filter):
    """Lets a repeated warning through once a minute, then with how often it was held back."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        super().__init__()
        self._now_s = now_s
        self._last: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Decide on one record; everything below a warning passes."""
        if record.levelno < logging.WARNING:
            return True
        if len(self._last) > REMEMBERED:
            self._last.clear()
        place, now_s = (record.pathname, record.lineno, record.getMessage()), self._now_s()
        written_s, held_back = self._last.get(place, (-REPEAT_S, 0))
        if now_s - written_s < REPEAT_S:
            self._last[place] = (written_s, held_back + 1)
            return False
        if held_back:
            record.held_back = held_back
        self._last[place] = (now_s, 0)
        return True
