import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from jobqueue.consumer.current import RunningIds, current_job
from jobqueue.settings import SettingError
from jobqueue.telemetry.logs import MOST_STACK_CHARACTERS, JsonHandler, setup_logging

logger = logging.getLogger("a.service")


@pytest.fixture
def stream() -> Iterator[io.BytesIO]:
    """Set up as a service does; afterwards everything global is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    flags = logging.logThreads, logging.logProcesses, logging.logMultiprocessing
    written = io.BytesIO()
    setup_logging("main-job", "1.2.3", "info", written)
    yield written
    logging.captureWarnings(capture=False)
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing = flags


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    for handler in logging.getLogger().handlers:
        handler.flush()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_json_object_on_a_line(stream: io.BytesIO) -> None:
    record = logging.makeLogRecord(
        {"name": "x", "levelname": "INFO", "levelno": logging.INFO, "msg": "took %d s\nor more", "args": (3,)}
    )
    record.created = 1_767_225_600.0421
    logging.getLogger().handle(record)

    assert lines(stream) == [
        {
            "timestamp": "2026-01-01T00:00:00.042Z",
            "level": "INFO",
            "message": "took 3 s\nor more",
            "logger": "x",
            "service": "main-job",
            "version": "1.2.3",
        }
    ]
    assert stream.getvalue().count(b"\n") == 1


def test_the_ids_of_the_running_job_are_on_every_line_and_extra_wins(stream: io.BytesIO) -> None:
    token = current_job.set(RunningIds("01JOB", "order-7", "t" * 32, "s" * 16))
    logger.info("inside", extra={"jobType": "test", "attempt": 2})
    logger.info("about another", extra={"jobId": "01OTHER"})
    current_job.reset(token)
    logger.info("outside")

    inside, about, outside = lines(stream)
    assert inside["jobId"] == "01JOB"
    assert inside["correlationId"] == "order-7"
    assert inside["traceId"] == "t" * 32
    assert inside["spanId"] == "s" * 16
    assert (inside["jobType"], inside["attempt"]) == ("test", 2)
    assert about["jobId"] == "01OTHER"
    assert "jobId" not in outside


def test_a_job_without_a_trace_has_no_empty_trace_id(stream: io.BytesIO) -> None:
    token = current_job.set(RunningIds("01JOB", "order-7", "", ""))
    logger.info("inside")
    current_job.reset(token)

    assert "traceId" not in lines(stream)[0]


def test_an_exception_becomes_fields_and_a_long_stack_keeps_its_end(stream: io.BytesIO) -> None:
    logger.error("failed", exc_info=ValueError("x" * 20_000 + "the end"))

    (line,) = lines(stream)
    assert line["errorType"] == "ValueError"
    assert line["error"].endswith("the end")
    assert len(line["stack"]) == MOST_STACK_CHARACTERS
    assert line["stack"].rstrip().endswith("the end")
    assert line["level"] == "ERROR"


@pytest.mark.parametrize("value", [{1, 2}, object(), "\ud800", 2**70, float("nan"), {1: "x"}, b"bytes"])
def test_no_line_is_lost_for_a_value_that_is_not_json(stream: io.BytesIO, value: object) -> None:
    logger.info("kept", extra={"value": value})

    (line,) = lines(stream)
    assert line["message"] == "kept"
    assert "value" in line


def test_lines_below_the_level_are_not_written(stream: io.BytesIO) -> None:
    logger.debug("no")

    assert not stream.getvalue()


def test_an_exception_that_nobody_caught_is_a_line_too(stream: io.BytesIO) -> None:
    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail, name="poller")
    thread.start()
    thread.join()
    sys.excepthook(RuntimeError, RuntimeError("in the main one"), None)

    first, second = lines(stream)
    assert (first["message"], first["error"]) == ("thread poller failed", "in a thread")
    assert (second["level"], second["error"]) == ("CRITICAL", "in the main one")


def test_an_unknown_level_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="LOG_LEVEL='LOUD'"):
        setup_logging("main-job", "1.2.3", "LOUD")


class Signalling(io.BytesIO):
    """Says when it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        self.written.set()


def test_lines_below_warning_are_written_together_without_being_asked_for() -> None:
    stream = Signalling()
    handler = JsonHandler("main-job", "1.2.3", stream)
    for number in range(3):
        handler.handle(logging.makeLogRecord({"levelno": logging.INFO, "levelname": "INFO", "msg": str(number)}))
    assert stream.written.wait(10)
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["0", "1", "2"]


def test_a_warning_is_written_at_once_and_behind_what_waited() -> None:
    stream = Signalling()
    handler = JsonHandler("main-job", "1.2.3", stream)
    handler.handle(logging.makeLogRecord({"levelno": logging.INFO, "levelname": "INFO", "msg": "first"}))
    handler.handle(logging.makeLogRecord({"levelno": logging.WARNING, "levelname": "WARNING", "msg": "second"}))
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["first", "second"]
