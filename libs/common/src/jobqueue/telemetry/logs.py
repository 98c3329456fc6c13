"""Log lines: one JSON object each on stdout, through the standard `logging`. Any thread.

`timestamp`, `level`, `message`, `logger`, `service`, `version`, the ids of the job that runs (from `extra`, else from the context variable that
the executor sets), whatever else is in `extra`, and `errorType`, `error` and `stack` of an exception. It runs for every message, so the parts
that do not change are made once. It never writes a message's data: that is up to who logs, and a rule of this project at INFO.

A field of another logger's `extra` that is named like one of the line's own gets an underscore behind its name, and so does an `event` of the
runtime's (`job.failed`): alarms count those.

The runtime's own loggers (`jobqueue` and below) have the handler to themselves: alarms count their lines, so these stay whatever a handler's
libraries do to `logging` as a whole (`basicConfig(force=True)`, `fileConfig`, `disable`).
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.current import current_job
from jobqueue.consumer.job_events import MAX_STACK_CHARACTERS, error_fields, own
from jobqueue.line_writer import LineWriter
from jobqueue.messages.lines import line_of
from jobqueue.settings import SettingError

if TYPE_CHECKING:
    from types import TracebackType

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

    Lines below WARNING are written together, at most `line_writer.WRITE_AFTER_SECONDS` later: a write for each would let go of the interpreter in
    the middle of every job, and costs more than all else about the line. WARNING and above are written at once, behind what waits. A process that is
    killed loses the lines of that tenth of a second; one that ends writes them (`logging.shutdown`).
    """

    def __init__(self, service: str, version: str, fd: int | None = None) -> None:
        """`fd`: where to, instead of stdout."""
        super().__init__()
        self._always = {"service": service, "version": version}
        self._second = (0, "")
        self.lines = LineWriter(self._own_line, fd)

    def handle(self, record: logging.LogRecord) -> bool:
        """In place of the standard one, which would hold a lock over all of it, also while a finalizer that logs interrupts it."""
        kept: Any = self.filter(record)  # from Python 3.12 on another record may come out of it
        if not kept:
            return False
        self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Any thread."""
        try:
            line = line_of(self._fields(record)) + b"\n"
        except BaseException as error:  # noqa: BLE001 (a value's own `__str__` may raise anything; a log line must not fail a job)
            line = self._line_without_its_values(record, error)
        if line:
            self.lines.write(line, at_once=record.levelno >= logging.WARNING)

    def flush(self) -> None:
        """Writes what waits."""
        self.lines.flush()

    def close(self) -> None:
        """Nothing: `logging.shutdown` in a handler closes every handler, and our lines go on. See `end`."""

    def end(self) -> None:
        """Writes what waits and lets go of thread and file."""
        self.lines.close()

    def _line_without_its_values(self, record: logging.LogRecord, error: BaseException) -> bytes:
        """A line in place of one that could not be formatted; nothing where not even that is possible."""
        text = f"a log line could not be formatted ({type(error).__name__}): {record.msg!r:.1000}"
        try:
            return self._own_line(text, level=record.levelname, logger=record.name)
        except Exception:  # noqa: BLE001 (as above; out of memory, too deep a recursion)
            return b""

    def _own_line(self, message: str, *, level: str = "WARNING", logger: str = _unexpected.name) -> bytes:
        fields = {"timestamp": self._timestamp(time.time()), "level": level, "message": message, "logger": logger}
        return line_of({**fields, **self._always}) + b"\n"

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
        if record.exc_info is not None and record.exc_info[1] is not None:
            fields.update(error_fields(record.exc_info[1]))
        if record.stack_info:
            fields["stack"] = record.stack_info[-MAX_STACK_CHARACTERS:]
        values = record.__dict__
        if len(values) > _OWN:
            extra = {name: value for name, value in islice(values.items(), _OWN, None) if name not in _NOT_EXTRA}
            fields.update(extra if _is_ours(record.name) else own(extra, fields.keys()))
        return fields

    def _timestamp(self, created: float) -> str:
        """UTC with milliseconds; the text of a second is made once."""
        second, text = self._second
        if int(created) != second:
            second = int(created)
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, text)  # in one step: several threads write lines
        return f"{text}.{int((created - second) * 1000):03d}Z"


class RuntimeLogger(logging.Logger):
    """A logger of the runtime's: `logging.disable` and `disable_existing_loggers` mean others. A level of its own still counts."""

    @property
    def disabled(self) -> bool:
        """Never."""
        return False

    @disabled.setter
    def disabled(self, value: bool) -> None:
        """Has no effect."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 (logging's name)
        """Whether a line of this level is written."""
        return level >= self.getEffectiveLevel()


def setup_logging(service: str, version: str, level: str = "INFO", fd: int | None = None) -> JsonHandler:
    """Makes the root logger write JSON lines, and only these, to stdout (`fd`); uncaught exceptions and warnings become lines too.

    Raises:
        SettingError: an unknown level.
    """
    if level.upper() not in _LEVELS:
        raise SettingError(f"LOG_LEVEL={level!r} is not one of {', '.join(_LEVELS)}")
    handler = JsonHandler(service, version, fd)
    root = logging.getLogger()
    runtime = logging.getLogger("jobqueue")
    for logger in (root, runtime):
        logger.handlers[:] = [handler]
        logger.setLevel(level.upper())
    runtime.propagate = False
    _keep_ours(root.manager)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    # Fields that no line shows; not asking for them is cheaper (Python documentation, logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    sys.unraisablehook = _uncaught_in_finalizer
    threading.excepthook = _uncaught_in_thread
    return handler


def _keep_ours(manager: logging.Manager) -> None:
    """Makes every logger of the runtime a RuntimeLogger: those that are there, and those of modules that are imported later."""
    for name, logger in manager.loggerDict.items():
        if _is_ours(name) and type(logger) is logging.Logger:
            logger.__class__ = RuntimeLogger

    def of_name(name: str) -> logging.Logger:
        return (RuntimeLogger if _is_ours(name) else logging.getLoggerClass())(name)

    manager.loggerClass = of_name  # type: ignore[assignment]  # `getLogger` calls it, and nothing else does


def _is_ours(name: str) -> bool:
    return name == "jobqueue" or name.startswith("jobqueue.")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _unexpected.critical("the process failed", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        name = args.thread.name if args.thread is not None else "?"
        _unexpected.critical("thread %s failed", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))


def _uncaught_in_finalizer(args: sys.UnraisableHookArgs) -> None:
    """A `__del__`, a weak reference's callback: Python goes on without it, in the middle of whatever it interrupted."""
    where = getattr(args.object, "__qualname__", None) or type(args.object).__qualname__
    _unexpected.error("%s: %s", args.err_msg or "exception ignored in", where, exc_info=args.exc_value)
