"""The way out for events that CloudWatch did not confirm: stdout, one JSON object a line.

Each is the event as it would have been kept with `"job_log_undelivered": true`: the process's own log is the last place left, where it can be
found by the job's id. One that is too long for a line is shortened as log lines are (`messages.lines`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from jobqueue.line_writer import FLUSH_SECONDS
from jobqueue.messages.lines import MAX_LINE_BYTES, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobqueue.line_writer import LineWriter

_MARK = b',"job_log_undelivered":true}\n'


class Undelivered:
    """Any thread, finalizers and forked children included, as `LineWriter`, which the log lines of the process go through too."""

    def __init__(self, lines: LineWriter) -> None:
        self._lines = lines
        self._stalled = False

    def write(self, texts: Iterable[bytes], *, patient: bool) -> None:
        """Each text is a JSON object with at least one member.

        `patient`: waits for a reader that is slower than we are, so that it gets every line. One that stalls costs one wait
        (`line_writer.FLUSH_SECONDS`) until it reads on, and `LineWriter` drops the oldest lines then, and says how many.
        """
        for text in texts:
            if len(text) + len(_MARK) > MAX_LINE_BYTES:
                text = line_of(orjson.loads(text), max_bytes=MAX_LINE_BYTES - len(_MARK))
            self._lines.write(text[:-1] + _MARK, at_once=True)
            if patient:
                self._stalled = not self._lines.flush(0.0 if self._stalled else FLUSH_SECONDS)
