"""Log lines: what is on them, and what cannot keep them from being written."""

from __future__ import annotations

import gc
import json
import logging
import logging.config
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

import pytest

from jobqueue.consumer.current import RunningIds, current_job
from jobqueue.consumer.job_events import error_fields
from jobqueue.settings import SettingError
from jobqueue.telemetry.logs import MAX_STACK_CHARACTERS, setup_logging

logger = logging.getLogger("a.service")
runtime = logging.getLogger("jobqueue.job")
Lines = Callable[[], list[dict[str, Any]]]
GENEROUS_SECONDS = 60.0
"""A write to a busy disk may take longer than a service waits for its lines."""


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    """Set up as a service does; gives what was written so far. Afterwards everything global is as it was."""
    root, above = logging.getLogger(), logging.getLogger("jobqueue")
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook
    flags = logging.logThreads, logging.logProcesses, logging.logMultiprocessing
    file = tmp_path / "lines"
    handler = setup_logging("main-job", "1.2.3", "info", os.open(file, os.O_WRONLY | os.O_CREAT))

    def written() -> list[dict[str, Any]]:
        assert handler.lines.flush(GENEROUS_SECONDS), "the disk takes nothing"
        return [json.loads(line) for line in file.read_text().splitlines()]

    yield written
    handler.end()
    logging.captureWarnings(capture=False)
    logging.disable(logging.NOTSET)
    for other in root.manager.loggerDict.values():
        if isinstance(other, logging.Logger):
            other.disabled = False
    root.handlers[:], level, sys.excepthook, threading.excepthook, sys.unraisablehook = before
    root.setLevel(level)
    above.handlers.clear()
    above.setLevel(logging.NOTSET)
    above.propagate = True
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing = flags


def test_a_record_is_one_json_object_on_a_line(lines: Lines) -> None:
    record = logging.makeLogRecord(
        {"name": "x", "levelname": "INFO", "levelno": logging.INFO, "msg": "took %d s\nor more", "args": (3,)}
    )
    record.created = 1_767_225_600.0421
    logging.getLogger().handle(record)

    assert lines() == [
        {
            "timestamp": "2026-01-01T00:00:00.042Z",
            "level": "INFO",
            "message": "took 3 s\nor more",
            "logger": "x",
            "service": "main-job",
            "version": "1.2.3",
        }
    ]


def test_the_ids_of_the_running_job_are_on_every_line_and_no_extra_replaces_them(lines: Lines) -> None:
    token = current_job.set(RunningIds("01JOB", "order-7", "t" * 32, "s" * 16))
    logger.info("inside", extra={"jobType": "test", "attempt": 2})
    logger.info("about another", extra={"jobId": "01OTHER"})
    current_job.reset(token)
    logger.info("outside")

    inside, about, outside = lines()
    assert inside["jobId"] == "01JOB"
    assert inside["correlationId"] == "order-7"
    assert inside["traceId"] == "t" * 32
    assert inside["spanId"] == "s" * 16
    assert (inside["jobType"], inside["attempt"]) == ("test", 2)
    assert (about["jobId"], about["jobId_"]) == ("01JOB", "01OTHER")
    assert "jobId" not in outside


class Word(Enum):
    FAILED = "job.failed"


@pytest.mark.parametrize("event", ["job.failed", "job.completed", Word.FAILED, ["job.failed"]], ids=str)
def test_an_event_of_ours_in_another_s_line_is_counted_by_no_alarm(lines: Lines, event: object) -> None:
    logger.error("mine", extra={"event": event, "level": "INFO", "timestamp": 0, "service": "x"})
    logger.error("mine", extra={"event": "order.placed"})
    runtime.error("ours", extra={"event": "job.failed", "jobId": "01JOB"})
    (line, free, ours) = lines()
    assert "event" not in line
    assert (line["level"], line["service"], line["level_"], line["service_"]) == ("ERROR", "main-job", "INFO", "x")
    assert free["event"] == "order.placed"
    assert (ours["event"], ours["jobId"]) == ("job.failed", "01JOB")


def test_an_error_of_megabytes_makes_a_short_line_with_its_stack_and_its_event(lines: Lines) -> None:
    def fail() -> NoReturn:
        raise ValueError("begin" + "\x00\U0001f600" * 1_500_000 + "end")

    try:
        fail()
    except ValueError as error:
        fields = {**error_fields(error), "event": "job.failed", "payload": "x" * 3_000_000, "rows": list(range(90_000))}
        runtime.warning("job failed: %s", error, extra=fields)
    (line,) = lines()
    assert len(json.dumps(line, ensure_ascii=False).encode()) < 256_000
    assert line["event"] == "job.failed"
    assert "raise ValueError(" in line["stack"]
    assert line["error"].startswith("begin")
    assert line["error"].endswith("end")
    assert {"payload", "rows", "message"} <= {*line["cut"].split(", ")}


def test_a_job_without_a_trace_has_no_empty_trace_id(lines: Lines) -> None:
    token = current_job.set(RunningIds("01JOB", "order-7", "", ""))
    logger.info("inside")
    current_job.reset(token)

    assert "traceId" not in lines()[0]


def test_an_exception_becomes_fields_and_a_long_stack_keeps_its_end(lines: Lines) -> None:
    error = ValueError("x" * 20_000 + "the end")
    for number in range(100):
        error.add_note(f"{number} " + "y" * 500 + "the end")
    logger.error("failed", exc_info=error)

    (line,) = lines()
    assert line["errorType"] == "ValueError"
    assert line["error"].endswith("the end")
    assert len(line["stack"]) == MAX_STACK_CHARACTERS
    assert line["stack"].rstrip().endswith("the end")
    assert line["level"] == "ERROR"


@pytest.mark.parametrize("value", [{1, 2}, object(), "\ud800", 2**70, float("nan"), {1: "x"}, b"bytes"])
def test_no_line_is_lost_for_a_value_that_is_not_json(lines: Lines, value: object) -> None:
    logger.info("kept", extra={"value": value})

    (line,) = lines()
    assert line["message"] == "kept"
    assert "value" in line


def test_lines_below_the_level_are_not_written(lines: Lines) -> None:
    logger.debug("no")

    assert lines() == []


def test_an_exception_that_nobody_caught_is_a_line_too(lines: Lines) -> None:
    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail, name="poller")
    thread.start()
    thread.join()
    sys.excepthook(RuntimeError, RuntimeError("in the main one"), None)

    first, second = lines()
    assert (first["message"], first["error"]) == ("thread poller failed", "in a thread")
    assert (second["level"], second["error"]) == ("CRITICAL", "in the main one")


def test_an_unknown_level_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="LOG_LEVEL='LOUD'"):
        setup_logging("main-job", "1.2.3", "LOUD")


class Raises:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error


@pytest.mark.parametrize(
    "error", [ValueError("x"), SystemExit(1), KeyboardInterrupt(), RecursionError(), MemoryError()]
)
def test_a_value_that_raises_when_it_is_written_costs_its_line_the_text_and_who_logs_nothing(
    lines: Lines, error: BaseException
) -> None:
    alone = logging.Logger("alone")  # pytest has handlers of its own on the others
    alone.addHandler(logging.getLogger().handlers[0])
    alone.warning("it is %s", Raises(error))
    alone.warning("more", extra={"value": Raises(error)})
    alone.error("failed", exc_info=BaseException(Raises(error)))

    first, second, third = lines()
    kind = type(error).__name__
    assert first["message"] == f"a log line could not be formatted ({kind}): 'it is %s'"
    assert (second["message"], "Raises object" in second["value"]) == ("more", True)
    assert (third["message"], third["error"]) == ("failed", f"({kind} while asking BaseException for its text)")


class LogsInTheEnd:
    """What an unclosed HTTP session does, and a circle so that the garbage collector finds it in the middle of anything."""

    def __init__(self, ended: list[None]) -> None:
        self.circle = self
        self.ended = ended

    def __del__(self) -> None:
        runtime.warning("unclosed")
        runtime.info("unclosed too")
        self.ended.append(None)


def test_finalizers_that_log_in_the_middle_of_logging_hold_up_nobody(lines: Lines) -> None:
    ended: list[None] = []
    threshold = gc.get_threshold()
    gc.set_threshold(7, 2, 2)
    try:
        for number in range(2_000):
            LogsInTheEnd(ended)
            runtime.log(
                logging.WARNING if number % 3 else logging.INFO, "line", extra={"number": number, "list": [number]}
            )
    finally:
        gc.set_threshold(*threshold)
    until = time.monotonic() + GENEROUS_SECONDS
    while len(ended) < 2_000 and time.monotonic() < until:
        gc.collect()  # returns at once while the writer's thread is in the middle of a collection
        time.sleep(0.001)
    said = [line["message"] for line in lines()]
    assert {word: said.count(word) for word in set(said)} == {"line": 2_000, "unclosed": 2_000, "unclosed too": 2_000}


def test_an_error_in_a_finalizer_is_a_line(lines: Lines) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ValueError("in the end")

    Broken()
    (line,) = lines()
    assert (line["error"], line["level"], "Broken.__del__" in line["message"]) == ("in the end", "ERROR", True)


def disable_all() -> None:
    logging.disable(logging.CRITICAL)


def configure_anew() -> None:
    logging.basicConfig(force=True, level=logging.CRITICAL, handlers=[logging.NullHandler()])


def configure_by_dictionary() -> None:
    logging.config.dictConfig({"version": 1, "root": {"level": "CRITICAL", "handlers": []}})


@pytest.mark.parametrize("tamper", [disable_all, configure_anew, configure_by_dictionary, logging.shutdown])
def test_what_a_handler_does_to_logging_as_a_whole_costs_no_line_of_the_runtime(
    lines: Lines, tamper: Callable[[], None]
) -> None:
    tamper()
    runtime.info("job done")
    logging.getLogger(f"jobqueue.imported_later.{tamper.__name__}").info("later")
    assert [line["message"] for line in lines()] == ["job done", "later"]


def test_a_level_for_one_of_the_runtimes_loggers_is_obeyed(lines: Lines) -> None:
    runtime.setLevel(logging.ERROR)
    runtime.info("no")
    runtime.setLevel(logging.NOTSET)
    runtime.info("yes")
    assert [line["message"] for line in lines()] == ["yes"]
