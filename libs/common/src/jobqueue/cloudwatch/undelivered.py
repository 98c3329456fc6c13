"""Where do events go that CloudWatch did not confirm? Layer 3, any thread, without the shipper's lock.

To stdout, one JSON object a line, the event as it would have been kept with `"job_log_undelivered": true`: the process's own log is the
last place left, and whoever looks for a job there finds it by its id.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)

_MARK = ',"job_log_undelivered":true}\n'


class Undelivered:
    """Writes and counts. `out` None: the `sys.stdout` of the moment."""

    def __init__(self, count: Callable[[int], None], out: TextIO | None = None) -> None:
        self._count = count
        self._out = out

    def write(self, texts: Iterable[str]) -> None:
        """Each text is a JSON object with at least one member. Never raises: nothing is left to write to when stdout is gone."""
        lines = [text[:-1] + _MARK for text in texts]
        if not lines:
            return
        self._count(len(lines))
        out = self._out or sys.stdout
        try:
            out.write("".join(lines))  # one write: lines of other threads do not come between
            out.flush()
        except (OSError, ValueError) as error:  # a closed pipe, a closed file
            logger.warning("%d undelivered job log events could not be written to stdout: %s", len(lines), error)
