"""What does a log line look like? Layer 3, any thread: one JSON object on stdout, written whole, through the standard `logging`.

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
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from jobqueue.consumer.current import current_job
from jobqueue.settings import SettingError

if TYPE_CHECKING:
    from types import TracebackType

MOST_STACK_CHARACTERS = 8_000
"""The end of a stack, where the cause is; keeps a line far from CloudWatch Logs' limit of 1 MiB an event."""
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_BLANK = logging.LogRecord("", 0, "", 0, "", None, None).__dict__
_OWN = len(_BLANK)
"""Attributes of a record before those of `extra`, which `logging` adds behind them."""
_NOT_EXTRA = frozenset({*_BLANK, "message", "asctime"})
_CHATTY = ("botocore", "boto3", "urllib3")
"""Libraries whose INFO and DEBUG lines tell nothing about a job, and whose DEBUG lines show message bodies."""

_unexpected = logging.getLogger("jobqueue")


class JsonHandler(logging.Handler):
    """Writes each record as one line, in one write. A value that is not JSON becomes its text; no line is lost for it."""

    def __init__(self, service: str, version: str, stream: BinaryIO) -> None:
        super().__init__()
        self._always = {"service": service, "version": version}
        self._stream = stream
        self._second = 0
        self._second_text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Called under the handler's lock."""
        try:
            fields = self._fields(record)
            try:
                line = orjson.dumps(fields, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)
            except TypeError:  # a lone surrogate, an integer beyond 64 bits, a circle
                line = json.dumps(_plain(fields)).encode() + b"\n"
            self._stream.write(line)
            self._stream.flush()
        except Exception:  # noqa: BLE001 (a log line must not fail a job)
            self.handleError(record)

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
        second = int(created)
        if second != self._second:
            self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second
        return f"{self._second_text}.{int((created - second) * 1000):03d}Z"


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
