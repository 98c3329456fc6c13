"""What does a log line look like? Layer 3, any thread: one JSON object on stdout, through the standard `logging`.

`timestamp`, `level`, `message`, `logger`, `service`, `version`, the ids of the job that runs (from `extra`, else from the context variable that
the executor sets), whatever else is in `extra`, and `errorType`, `error` and `stack` of an exception. It runs for every message, so the parts
that do not change are made once. It never writes a message's data: that is up to who logs, and a rule of this project at INFO.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
import traceback
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from jobqueue.consumer.current import current_job
from jobqueue.settings import SettingError

if TYPE_CHECKING:
    from types import TracebackType

MOST_STACK_CHARACTERS = 8_000
"""The end of a stack, where the cause is; keeps a line far from CloudWatch Logs' limit of 1 MiB an event."""
WRITE_AFTER_SECONDS = 0.1
"""How long lines below WARNING wait for others."""
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_BLANK = logging.LogRecord("", 0, "", 0, "", None, None).__dict__
_OWN = len(_BLANK)
"""Attributes of a record before those of `extra`, which `logging` adds behind them."""
_NOT_EXTRA = frozenset({*_BLANK, "message", "asctime"})
_CHATTY = ("botocore", "boto3", "urllib3")
"""Libraries whose INFO and DEBUG lines tell nothing about a job, and whose DEBUG lines show message bodies."""

_unexpected = logging.getLogger("jobqueue")


class JsonHandler(logging.Handler):
    """Writes each record as one line. A value that is not JSON becomes its text; no line is lost for it.

    Lines below WARNING are written by a thread of ours, together, at most WRITE_AFTER_SECONDS later: a write for each would let go of the
    interpreter in the middle of every job, and costs more than all else about the line. WARNING and above are written at once, behind what
    waits. A process that is killed loses the lines of that tenth of a second; one that ends writes them (`logging.shutdown`).
    """

    def __init__(self, service: str, version: str, stream: BinaryIO) -> None:
        super().__init__()
        self._always = {"service": service, "version": version}
        self._stream = stream
        self._second = (0, "")
        self._lines: deque[bytes] = deque()
        self._waiting = threading.Event()
        self._writing = threading.Lock()
        self._writer: threading.Thread | None = None

    def handle(self, record: logging.LogRecord) -> bool:
        """In place of the standard one, which would hold a lock over all of it: a deque's `append` needs none."""
        if not self.filter(record):
            return False
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Any thread."""
        try:
            fields = self._fields(record)
            try:
                line = orjson.dumps(fields, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)
            except TypeError:  # a lone surrogate, an integer beyond 64 bits, a circle
                line = json.dumps(_plain(fields)).encode() + b"\n"
            self._lines.append(line)
            if record.levelno >= logging.WARNING:
                self.flush()
            elif not self._waiting.is_set():
                self._waiting.set()
                if self._writer is None:
                    self._start()
        except Exception:  # noqa: BLE001 (a log line must not fail a job)
            self.handleError(record)

    def flush(self) -> None:
        """Writes what waits."""
        with self._writing:
            lines = b"".join(self._lines.popleft() for _ in range(len(self._lines)))
            if lines:
                self._stream.write(lines)
                self._stream.flush()

    def _start(self) -> None:
        with self._writing:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="log-lines", daemon=True)
                self._writer.start()

    def _write(self) -> None:
        while True:
            self._waiting.wait()
            time.sleep(WRITE_AFTER_SECONDS)
            self._waiting.clear()  # before the write: what comes from here on sets it again
            try:
                self.flush()
            except (OSError, ValueError):
                return  # nobody reads stdout any more

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "timestamp": self._timestamp(record.created),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            **self._always,
        }
        ids = current_job.get()
        if ids is not None:
            fields["jobId"] = ids.job_id
            fields["correlationId"] = ids.correlation_id
            if ids.trace_id:
                fields["traceId"] = ids.trace_id
                fields["spanId"] = ids.span_id
        values = record.__dict__
        if len(values) > _OWN:
            extra = islice(values.items(), _OWN, None)
            fields.update((name, value) for name, value in extra if name not in _NOT_EXTRA)
        if record.exc_info is not None and record.exc_info[1] is not None:
            fields.update(_error_fields(record.exc_info[1]))
        if record.stack_info:
            fields["stack"] = record.stack_info[-MOST_STACK_CHARACTERS:]
        return fields

    def _timestamp(self, created: float) -> str:
        """UTC with milliseconds; the text of a second is made once."""
        second, text = self._second
        if int(created) != second:
            second = int(created)
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, text)  # in one step: several threads write lines
        return f"{text}.{int((created - second) * 1000):03d}Z"


def setup_logging(service: str, version: str, level: str = "INFO", stream: BinaryIO | None = None) -> None:
    """Makes the root logger write JSON lines, and only these, to `stream` (stdout); uncaught exceptions and warnings become lines too.

    Raises:
        SettingError: an unknown level.
    """
    if level.upper() not in _LEVELS:
        raise SettingError(f"LOG_LEVEL={level!r} is not one of {', '.join(_LEVELS)}")
    root = logging.getLogger()
    root.handlers[:] = [JsonHandler(service, version, stream or sys.stdout.buffer)]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    # Fields that no line shows; not asking for them is cheaper (Python documentation, logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _unexpected.critical("the process failed", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        name = args.thread.name if args.thread is not None else "?"
        _unexpected.critical("thread %s failed", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))


def _error_fields(error: BaseException) -> dict[str, str]:
    stack = "".join(traceback.format_exception(error))
    return {"errorType": type(error).__name__, "error": str(error), "stack": stack[-MOST_STACK_CHARACTERS:]}


def _plain(fields: dict[str, Any]) -> dict[str, str]:
    """The fields as text, for the rare line that orjson refuses."""
    return {str(name): value if isinstance(value, str) else repr(value) for name, value in fields.items()}
